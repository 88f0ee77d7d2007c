#pragma once

#include <memory>

#include "actors/node_context.hpp"

namespace uod {

struct store_reader_state {
  static inline const char* name = "store reader";

  std::unique_ptr<storage::reader> reader;
};

/// Reads the store for sessions and the authenticator, one of a small pool, each on a thread and
/// a connection of its own (but in simulations). What waits is bounded by the sessions: each has
/// at most one page on its way and one step of a log-in.
store_reader_actor::behavior_type store_reader(
    store_reader_actor::stateful_pointer<store_reader_state> self,
    std::shared_ptr<storage::store> store);

}  // namespace uod
