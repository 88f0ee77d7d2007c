#pragma once

#include <string>
#include <string_view>

namespace uod {

/// A run of octets, not text. `std::string` because Protobuf, OpenSSL and SQLite can then hand
/// their buffers over by moving instead of copying.
using bytes = std::string;

/// A view on octets that somebody else owns.
using bytes_view = std::string_view;

}  // namespace uod
