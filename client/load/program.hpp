#pragma once

#include <string>
#include <vector>

namespace uod::load {

/// The whole of `uod-load`: reads the words behind the program's name, does what they say, and
/// gives the exit code. Uses stdout, stderr, the environment and the signals of the process.
int run_program(const std::vector<std::string>& words);

}  // namespace uod::load
