#pragma once

#include <memory>

#include "actors/node_context.hpp"

namespace uod {

/// How long it may take until it is stored when somebody was last online: long enough that log-ins
/// and their ends, of which there may be thousands a second, do not make a commit each.
inline constexpr std::uint32_t last_seen_delay_ms = 100;
/// Who was last online when: so many waiting to be stored are not left to wait any longer.
inline constexpr std::size_t last_seen_max = 1'024;

struct account_store_state {
  static inline const char* name = "account store";

  std::shared_ptr<node_context> node;
  std::unique_ptr<storage::account_writer> writer;
  std::vector<storage::account_change> changes;
  std::vector<caf::typed_response_promise<account_changed>> promises;
  bool commit_scheduled = false;
  std::vector<storage::account_change> last_seen;  ///< goes with the next commit
  bool last_seen_scheduled = false;
  std::vector<caf::typed_response_promise<commits_finished>> finishers;
};

/// Makes changes of accounts and of all that belongs to them durable, in groups as the message
/// store does, and tells the mailer where they queued mail. Blocks in the database: on a thread of
/// its own (but in simulations). What waits is bounded by the sessions, each of which has at
/// most its window of requests in work, by the mailer's one change at a time, and by
/// `last_seen_max`.
account_store_actor::behavior_type account_store(
    account_store_actor::stateful_pointer<account_store_state> self,
    std::shared_ptr<node_context> node, std::shared_ptr<storage::store> store);

}  // namespace uod
