#pragma once

#include <memory>

#include "actors/node_context.hpp"

namespace uod {

/// Changes in one commit at most: past this a larger batch gains nothing (131k rows a second at
/// 2,048 a commit) and only makes the first wait for the last.
inline constexpr std::size_t commit_changes_max = 2048;

struct message_store_state {
  static inline const char* name = "message store";

  struct waiting_change {
    session_actor from;
    submitted_change change;
  };

  std::shared_ptr<node_context> node;
  std::unique_ptr<storage::message_writer> writer;
  std::vector<waiting_change> waiting;
  bool commit_scheduled = false;
  std::vector<caf::typed_response_promise<commits_finished>> finishers;
};

/// Makes chats, messages and marks durable: one commit for everything that has gathered, then the
/// answers, then the directory. Blocks in the database, so it runs on a thread of its own (but in
/// simulations). `node` is used for its counters, its clock, its room and its directory.
message_store_actor::behavior_type message_store(
    message_store_actor::stateful_pointer<message_store_state> self,
    std::shared_ptr<node_context> node, std::shared_ptr<storage::store> store);

}  // namespace uod
