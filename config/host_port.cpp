#include "config/host_port.hpp"

#include <algorithm>
#include <charconv>

namespace uod {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_or_ipv4(std::string_view host) {
  return std::ranges::all_of(
      host, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_'; });
}

/// Hexadecimal groups, an IPv4 tail, and a zone behind a percent sign (RFC 4007, 11).
bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos && std::ranges::all_of(host, [](char c) {
           return is_letter_or_digit(c) || c == ':' || c == '.' || c == '%';
         });
}

}  // namespace

outcome<host_port> parse_host_port(std::string_view text) {
  const auto refused = fail(errc::config_invalid,
                            "HOST:PORT with a port from 0 to 65535 is needed, such as "
                            "localhost:7400, 0.0.0.0:7400 or [::1]:7400");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refused;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);

  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.size() > host_octets_max) return refused;
  if (bracketed ? !is_ipv6(host) : !is_name_or_ipv4(host)) return refused;

  host_port place{std::string(host), 0};
  const auto* end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, place.port);
  if (problem != std::errc{} || stopped != end) return refused;
  return place;
}

std::string to_text(const host_port& place) {
  const bool ipv6 = place.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + place.host + "]" : place.host) + ":" + std::to_string(place.port);
}

}  // namespace uod
