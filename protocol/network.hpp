#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// IP addresses as text, for telling apart where somebody comes from. Pure and thread-safe.
namespace uod {

/// An address without a port and a zone. IPv6 that carries an IPv4 address (`::ffff:192.0.2.1`,
/// RFC 4291, 2.5.5.2: what a socket for both families shows) is that IPv4 address.
struct ip_address {
  bool is_ipv4 = false;
  std::array<std::uint8_t, 16> octets{};  ///< network order; IPv4: the first four

  bool operator==(const ip_address&) const = default;
};

/// Reads `192.0.2.1`, `2001:db8::1` and `fe80::1%eth0` (the zone is dropped); nothing for
/// anything else.
std::optional<ip_address> parse_ip_address(std::string_view text);

/// What `network_of` says of something that is no address: one network for all of them.
inline constexpr std::string_view unknown_network = "unknown";

/// The network that an address belongs to, as what one customer is given: IPv4 by 24 bits,
/// `198.51.100.0/24`; IPv6 by 48, `2001:db8:1::/48` (RFC 6177: a site's), since whoever has one
/// address of it has them all. Else `unknown_network`.
std::string network_of(std::string_view address);

}  // namespace uod
