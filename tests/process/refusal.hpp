#pragma once

#include <string>

#include "tests/process/house.hpp"

/// How commands of `uod` and `uod-server` that are refused end, as the contract has it.
namespace uod::process {

/// Ended so, with one error row of this code behind whatever came before, and a word on stderr.
/// Gives the row.
json check_refused(const ended& done, int exit_code, const std::string& code);

/// What people type where a password is asked for.
inline const std::string password_line = std::string(usual_password) + "\n";

}  // namespace uod::process
