#pragma once

#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "actors/node_context.hpp"

namespace uod {

struct directory_state {
  static inline const char* name = "directory";

  struct listed_session {
    session_actor session;
    device_id device;
    bool online = false;                 ///< has subscribed
    std::vector<std::uint32_t> passing;  ///< scratch: this commit's messages for it
  };
  struct listed_account {
    std::string name;
    std::vector<listed_session> sessions;
    std::unordered_set<account_id> contacts;  ///< who may know whether it is online

    [[nodiscard]] bool online() const;
  };

  std::shared_ptr<node_context> node;
  std::unordered_map<account_id, listed_account> accounts;  ///< those with a session here
  std::unordered_map<caf::actor_id, account_id> owners;     ///< of sessions
};

/// Knows who is online where, tells sessions what concerns their accounts, and contacts who comes
/// and goes. Holds one entry a session, so the connections' bound is its bound.
directory_actor::behavior_type directory(directory_actor::stateful_pointer<directory_state> self,
                                         std::shared_ptr<node_context> node);

}  // namespace uod
