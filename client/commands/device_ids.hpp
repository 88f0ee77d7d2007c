#pragma once

#include <string>
#include <vector>

#include "protocol/messages.hpp"

/// Which device a person means by a part of its id. Pure.
namespace uod::client {

/// An id may be cut to this many characters, hyphens not counted.
inline constexpr std::size_t device_id_characters_min = 8;

/// Whether this can be an id or the beginning of one. Error: `usage`.
outcome<void> check_device_id(const std::string& given);

/// The one whose id is, or begins with, what was given: in either case, with or without hyphens.
/// Errors: as above; `no_such_device`; `usage` where more than one begin so.
outcome<device> choose_device(const std::vector<device>& devices, const std::string& given);

}  // namespace uod::client
