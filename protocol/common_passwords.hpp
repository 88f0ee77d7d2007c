#pragma once

#include <string_view>

namespace uod {

/// The passwords that people choose most and that are long enough to be taken: in lower case, each
/// between two line ends. Made at build time (make_common_passwords.py).
extern const std::string_view common_passwords;

}  // namespace uod
