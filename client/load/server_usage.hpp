#pragma once

#include <sys/types.h>

#include <vector>

#include "client/load/measurements.hpp"

namespace uod::load {

/// What processes have taken so far, from /proc: CPU time of all their threads, and resident
/// memory. Error: `usage` for one that is not there.
outcome<usage> usage_of(const std::vector<pid_t>& processes);

}  // namespace uod::load
