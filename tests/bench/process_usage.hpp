#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace uod::bench {

/// CPU time of a process so far, in seconds; counted by the kernel in steps of 10 ms.
double cpu_s_of(pid_t process);
/// What it holds in memory. Throws when it is gone.
double resident_kb_of(pid_t process);

/// The text of a file; empty where there is none.
std::string contents_of(const std::filesystem::path& file);

}  // namespace uod::bench
