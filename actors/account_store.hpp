#pragma once

#include <memory>

#include "actors/node_context.hpp"

namespace uod {

struct account_store_state {
  static inline const char* name = "account store";

  std::shared_ptr<node_context> node;
  std::unique_ptr<storage::account_writer> writer;
  std::vector<storage::account_change> changes;
  std::vector<caf::typed_response_promise<account_changed>> promises;
  bool commit_scheduled = false;
  std::vector<caf::typed_response_promise<commits_finished>> finishers;
};

/// Makes changes of accounts and of all that belongs to them durable, in groups as the message
/// store does, and tells the mailer where they queued mail. Blocks in the database: on a thread of
/// its own (but in simulations). What waits is bounded by the sessions, each of which has at
/// most its window of requests in work, and by the mailer's one change at a time.
account_store_actor::behavior_type account_store(
    account_store_actor::stateful_pointer<account_store_state> self,
    std::shared_ptr<node_context> node, std::shared_ptr<storage::store> store);

}  // namespace uod
