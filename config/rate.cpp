#include "config/rate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace uod {
namespace {

constexpr std::string_view off_text = "off";

struct time_unit {
  std::string_view name;
  std::uint64_t ms;
};

constexpr std::array<time_unit, 4> units = {
    {{"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

/// Digits only: `from_chars` takes no sign for an unsigned number, and no blank.
std::optional<std::uint32_t> parse_count(std::string_view digits) {
  std::uint32_t count = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, count);
  if (problem != std::errc{} || stopped != end) return std::nullopt;
  if (count < 1 || count > rate_count_max) return std::nullopt;
  return count;
}

}  // namespace

outcome<rate> parse_rate(std::string_view text) {
  const auto refused = fail(errc::config_invalid, std::string(rate_allowed));
  if (text == off_text) return rate{};
  const auto comma = text.find(',');
  const auto slash = text.find('/');
  if (comma == std::string_view::npos || slash == std::string_view::npos || slash < comma) {
    return refused;
  }
  auto digits = text.substr(comma + 1, slash - comma - 1);
  if (digits.starts_with(' ')) digits.remove_prefix(1);
  const auto burst = parse_count(text.substr(0, comma));
  const auto count = parse_count(digits);
  const auto unit = std::ranges::find(units, text.substr(slash + 1), &time_unit::name);
  if (!burst || !count || unit == units.end()) return refused;
  return rate{*burst, *count, unit->ms, false};
}

std::string to_text(const rate& limit) {
  if (limit.off) return std::string(off_text);
  const auto unit = std::ranges::find(units, limit.per_ms, &time_unit::ms);
  const auto name = unit == units.end() ? std::to_string(limit.per_ms) + "ms" : unit->name;
  return std::to_string(limit.burst) + ", " + std::to_string(limit.count) + "/" + std::string(name);
}

}  // namespace uod
