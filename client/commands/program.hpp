#pragma once

#include <string>
#include <vector>

namespace uod::client {

/// The whole of `uod` but for what must happen before anything else: reads the words behind the
/// program's name, does what they say, and gives the exit code. Uses stdin, stdout, stderr and
/// the environment of the process.
int run_program(const std::vector<std::string>& words);

}  // namespace uod::client
