#include <charconv>

#include "client/engine/runtime.hpp"

namespace uod::client {
namespace {

constexpr std::uint16_t port_default = 7400;
constexpr std::size_t host_octets_max = 253;  // RFC 1035, 2.3.4, as text

bool is_host_character(char c, bool ipv6) {
  const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '-' || c == '_';
  return plain || (ipv6 && (c == ':' || c == '%'));  // a zone stands behind a percent sign
}

bool is_host(std::string_view host, bool ipv6) {
  if (host.empty() || host.size() > host_octets_max) return false;
  for (const char c : host) {
    if (!is_host_character(c, ipv6)) return false;
  }
  return !ipv6 || host.find(':') != std::string_view::npos;
}

}  // namespace

std::string to_text(const endpoint& where) {
  const bool ipv6 = where.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

outcome<endpoint> parse_endpoint(std::string_view text) {
  const auto refused = fail(errc::usage,
                            "a server is named as HOST, HOST:PORT or [IPV6]:PORT, such as "
                            "localhost:7400");
  std::string_view host = text;
  std::string_view digits;
  const bool ipv6 = text.starts_with('[');
  const auto host_end = ipv6 ? text.find(']') : text.rfind(':');
  if (ipv6) {
    if (host_end == std::string_view::npos) return refused;
    host = text.substr(1, host_end - 1);
    digits = text.substr(host_end + 1);
    if (!digits.empty()) {
      if (digits.front() != ':' || digits.size() == 1) return refused;
      digits.remove_prefix(1);
    }
  } else if (host_end != std::string_view::npos) {
    host = text.substr(0, host_end);
    digits = text.substr(host_end + 1);
    if (digits.empty()) return refused;
  }
  if (!is_host(host, ipv6)) return refused;

  endpoint where{std::string(host), port_default};
  if (digits.empty()) return where;
  const auto* end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, where.port);
  if (problem != std::errc{} || stopped != end || where.port == 0) return refused;
  return where;
}

}  // namespace uod::client
