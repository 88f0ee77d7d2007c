#pragma once

#include <sys/types.h>

#include <vector>

#include "protocol/errors.hpp"

namespace uod::load {

/// What processes take.
struct usage {
  double cpu_s = 0;
  double rss_kb = 0;
};

/// Resident memory of one process; 0 where it is not there.
double rss_kb_of(pid_t process);

/// What processes have taken so far, from /proc: CPU time of all their threads, and resident
/// memory. Error: `usage` for one that is not there.
outcome<usage> usage_of(const std::vector<pid_t>& processes);

}  // namespace uod::load
