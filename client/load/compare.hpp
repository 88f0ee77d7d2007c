#pragma once

#include "client/load/run.hpp"

namespace uod::load {

/// `uod-load compare`: plays a scenario against two servers, or with two values of what it
/// declares, in turns, and says how the figures of the second stand to those of the first, with
/// bounds. Exit code 0; 11 at the first fault of the oracle. Errors: those of a run; `usage`.
outcome<int> compare_runs(const compare_arguments& asked, const client_config& config,
                          const run_voices& speak);

}  // namespace uod::load
