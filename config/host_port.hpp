#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/errors.hpp"

namespace uod {

/// Where to listen or connect to: a name or an address, and a TCP port.
struct host_port {
  std::string host;  ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;

  bool operator==(const host_port&) const = default;
};

inline constexpr std::size_t host_octets_max = 253;  ///< RFC 1035, 2.3.4, as text

/// Reads `HOST:PORT`, `ADDR:PORT` or `[IPV6]:PORT`; the port is 0 to 65535. Error:
/// `config_invalid`, its detail says what a good one looks like.
outcome<host_port> parse_host_port(std::string_view text);

/// The same as text: brackets around an IPv6 address.
std::string to_text(const host_port& place);

}  // namespace uod
