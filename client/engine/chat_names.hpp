#pragma once

#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/messages.hpp"

namespace uod::client {

/// Stands for an account whose name the server has not told.
inline constexpr std::string_view unknown_name = "unknown";

/// A name from the server, or what stands for a missing one.
std::string shown_name(const std::string& name);

/// The names that chats and their members are shown by, as the server told them. Pure.
class chat_names {
 public:
  /// Chats that are remembered, the ones used last: some megabytes at most. A server tells each
  /// chat once a connection, so this is more than one connection's worth of chats.
  static constexpr std::size_t chats_max = 16'384;

  void learn(const chat_info& chat);
  [[nodiscard]] bool knows(const chat_id& chat) const { return chats_.contains(chat); }

  /// What a chat is called by one of its members: the other's name.
  std::string name_of(const chat_id& chat, const account_id& viewer);
  /// A member's name.
  std::string member_name(const chat_id& chat, const account_id& who);

 private:
  struct known_member {
    account_id id;
    std::string name;
  };
  struct entry {
    std::vector<known_member> members;
    std::list<chat_id>::iterator used;
  };

  const entry* use(const chat_id& chat);

  std::unordered_map<chat_id, entry> chats_;
  std::list<chat_id> last_used_first_;
};

}  // namespace uod::client
