#pragma once

#include <cstdint>
#include <string>

namespace uod::terminal {

/// RFC 3339 in UTC with milliseconds: `2026-01-31T12:00:00.123Z`. For scripts.
std::string utc_time(std::uint64_t unix_ms);

/// In the time zone of whoever looks at it (TZ): `2026-01-31 13:00`. For people.
std::string local_time(std::uint64_t unix_ms);

}  // namespace uod::terminal
