#include "client/commands/device_ids.hpp"

#include <algorithm>

namespace uod::client {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Small letters, without hyphens.
std::string bare(const std::string& text) {
  std::string digits;
  for (const char each : text) {
    if (each == '-') continue;
    digits.push_back(each >= 'A' && each <= 'F' ? static_cast<char>(each - 'A' + 'a') : each);
  }
  return digits;
}

}  // namespace

outcome<void> check_device_id(const std::string& given) {
  const auto digits = bare(given);
  if (digits.find_first_not_of(hex_digits) != std::string::npos)
    return fail(errc::usage, "\"" + given + "\" is no device's id; see `uod devices`");
  if (digits.size() < device_id_characters_min)
    return fail(errc::usage, "\"" + given + "\" is too short: give " +
                                 std::to_string(device_id_characters_min) +
                                 " characters of the id or more; see `uod devices`");
  return {};
}

outcome<device> choose_device(const std::vector<device>& devices, const std::string& given) {
  if (auto good = check_device_id(given); !good) return tl::unexpected(good.error());
  const auto digits = bare(given);
  const auto meant = [&](const device& each) { return bare(to_text(each.id)).starts_with(digits); };
  const auto count = std::ranges::count_if(devices, meant);
  if (count == 0) return fail(errc::no_such_device, given);
  if (count > 1)
    return fail(errc::usage, std::to_string(count) + " devices have ids that begin with " + given +
                                 ": give more of it; see `uod devices`");
  return *std::ranges::find_if(devices, meant);
}

}  // namespace uod::client
