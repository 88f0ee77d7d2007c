#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/errors.hpp"

/// Times as people and scripts read and write them. Unix milliseconds in UTC. Pure.
namespace uod {

/// RFC 3339 with milliseconds: `2027-01-31T12:00:00.123Z`. Never beyond the year 9999.
std::string utc_text(std::uint64_t unix_ms);

/// The moment at which something ends: a day (`2027-01-31`, to its end in UTC) or an RFC 3339 time
/// (`2027-01-31T12:00:00Z`, `…+02:00`, with or without fractions of a second). Error: `usage`.
outcome<std::uint64_t> parse_end(std::string_view text);

/// The machine's clock.
std::uint64_t now_unix_ms();

}  // namespace uod
