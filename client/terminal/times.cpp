#include "client/terminal/times.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace uod::terminal {
namespace {

/// The last millisecond of the year 9999: RFC 3339 has four digits for a year, and a time from
/// the network may be any number.
constexpr std::uint64_t unix_ms_max = 253'402'300'799'999;

std::time_t seconds_of(std::uint64_t unix_ms) {
  return static_cast<std::time_t>(std::min(unix_ms, unix_ms_max) / 1000);
}

}  // namespace

std::string utc_time(std::uint64_t unix_ms) {
  const std::time_t seconds = seconds_of(unix_ms);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  char whole[40];
  std::snprintf(whole, sizeof whole, "%s.%03uZ", date,
                static_cast<unsigned>(std::min(unix_ms, unix_ms_max) % 1000));
  return whole;
}

std::string local_time(std::uint64_t unix_ms) {
  const std::time_t seconds = seconds_of(unix_ms);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  return text;
}

}  // namespace uod::terminal
