#pragma once

#include "client/load/run.hpp"

namespace uod::load {

/// `uod-load capacity`: plays a scenario at one rate after the other, and says the highest at which
/// its thresholds, and those given, hold and the oracle finds nothing. Exit code 0; 10 where not
/// even the lowest rate held; 11 at the first fault of the oracle, which ends the search. Errors:
/// those of a run; `usage`.
outcome<int> find_capacity(const capacity_arguments& asked, const client_config& config,
                           const run_voices& speak);

}  // namespace uod::load
