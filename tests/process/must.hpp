#pragma once

#include <stdexcept>
#include <string>

/// How these parts say that something other than what is under test went wrong. They are used in
/// test cases and in tools, so they throw: Boost.Test ends the case with it, a tool its run.
namespace uod::process {

class harness_failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws `harness_failure` with the place of the call. (`std::source_location` is unknown to the
/// clang that lints.)
[[noreturn]] void give_up(const std::string& why, const char* file = __builtin_FILE(),
                          int line = __builtin_LINE());

/// Gives up, unless it holds.
void must(bool holds, const std::string& why, const char* file = __builtin_FILE(),
          int line = __builtin_LINE());

}  // namespace uod::process
