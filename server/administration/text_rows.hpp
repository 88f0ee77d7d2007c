#pragma once

#include <string>

#include "server/administration/execute.hpp"

namespace uod::administration {

/// A row for people: one line or several, each with its line feed. What others have chosen (names,
/// addresses) is made safe for the terminal; a type that is not known is shown as JSON. Pure.
std::string text_of(const row& told);

/// A row for scripts: one line of JSON, all ASCII.
std::string json_of(const row& told);

}  // namespace uod::administration
