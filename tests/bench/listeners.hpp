#pragma once

#include <cstddef>

#include "client/engine/runtime.hpp"

namespace uod::bench {

/// The inside of the process that `listener_process` starts: connects so many people, each with an
/// account of its own, subscribes them, and counts what is broadcast. On stdout, a line each: that
/// all are ready; then, for each line on stdin (a `seq`), what came up to it, once everybody has
/// it. Throws when a connection is lost or a broadcast comes twice, out of order, or changed.
/// Returns at the end of stdin.
void run_listeners(const client::endpoint& node, std::size_t count);

}  // namespace uod::bench
