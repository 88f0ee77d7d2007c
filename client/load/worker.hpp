#pragma once

#include "client/load/run.hpp"

namespace uod::load {

/// One of several generators that work as one: plays its share of a scenario, and tells whoever
/// started it on stdout, a JSON object a line: `stage`, `people`, `ready`, `measuring`, `row`, and
/// at the end `result`. Begins at the instant that it is given as a line on stdin, in nanoseconds
/// of CLOCK_MONOTONIC. Errors: why there is no result.
outcome<int> run_worker(const run_arguments& asked, const client_config& config,
                        terminal::output& out);

}  // namespace uod::load
