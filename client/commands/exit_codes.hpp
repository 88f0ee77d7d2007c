#pragma once

#include <string>
#include <string_view>

#include "protocol/errors.hpp"

namespace uod::client {

/// The exit codes of `uod`, a contract with scripts.
enum class exit_code : int {
  done = 0,
  failed = 1,
  usage = 2,        ///< wrong usage, or input needed and `--no-input` given
  credentials = 3,  ///< not logged in, or wrong credentials
  locked = 4,       ///< the account is locked
  no_such = 5,      ///< no such account, contact, chat or device
  no_answer = 6,    ///< server not reached, or no answer in time
  refused = 7,      ///< not premium, rate limit, too large, not allowed
  wrong_key = 8,    ///< the server's or a contact's key is not the one pinned
};

exit_code exit_code_of(errc code);

/// What a person can do about it; empty where nothing general can be said.
std::string_view advice(errc code);

/// One line: what happened, to which thing; what to do next.
std::string explain(const error& failure);

}  // namespace uod::client
