#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/errors.hpp"

namespace uod {

/// How often something may happen: `burst` times at once, and `count` times more in each
/// `per_ms`, evenly. A value of a configuration; `actors/rate_limits` keeps to it.
struct rate {
  std::uint32_t burst = 0;   ///< 1 to `rate_count_max`; 0 when off
  std::uint32_t count = 0;   ///< as burst
  std::uint64_t per_ms = 0;  ///< a second, a minute, an hour or a day; 0 when off
  bool off = true;           ///< without limit

  bool operator==(const rate&) const = default;
};

inline constexpr std::uint32_t rate_count_max = 1'000'000;

// In the order of the text: `per_minute(20, 30)` is "20, 30/min".
constexpr rate per_second(std::uint32_t burst, std::uint32_t count) {
  return {burst, count, 1'000, false};
}
constexpr rate per_minute(std::uint32_t burst, std::uint32_t count) {
  return {burst, count, 60'000, false};
}
constexpr rate per_hour(std::uint32_t burst, std::uint32_t count) {
  return {burst, count, 3'600'000, false};
}
constexpr rate per_day(std::uint32_t burst, std::uint32_t count) {
  return {burst, count, 86'400'000, false};
}

/// Ends the sentence "allowed: …" for `parse_rate`.
inline constexpr std::string_view rate_allowed =
    "how many at once and how many more in a time, such as \"20, 30/min\" (1 to 1000000; /s, /min, "
    "/h or /d), or \"off\"";

/// Reads `BURST, COUNT/UNIT` (the blank may be missing) or `off`. Error: `config_invalid`, its
/// detail is `rate_allowed`.
outcome<rate> parse_rate(std::string_view text);

/// What `parse_rate` reads, with the blank.
std::string to_text(const rate& limit);

}  // namespace uod
