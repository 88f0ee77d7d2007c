#include "protocol/network.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <span>

namespace uod {
namespace {

constexpr std::size_t ipv4_network_octets = 3;
constexpr std::size_t ipv6_network_octets = 6;
constexpr std::array<std::uint8_t, 12> ipv4_mapped_prefix = {0, 0, 0, 0, 0,    0,
                                                             0, 0, 0, 0, 0xff, 0xff};

/// An interface's name or number behind a percent sign (RFC 4007, 11); without one, the text.
std::string_view without_zone(std::string_view text) { return text.substr(0, text.find('%')); }

}  // namespace

std::optional<ip_address> parse_ip_address(std::string_view text) {
  // inet_pton wants an ending zero, and would not see what stands behind one.
  std::array<char, INET6_ADDRSTRLEN> ended{};
  const bool is_ipv6 = text.find(':') != std::string_view::npos;
  if (is_ipv6) text = without_zone(text);
  if (text.size() >= ended.size() || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::ranges::copy(text, ended.begin());

  ip_address address;
  address.is_ipv4 = !is_ipv6;
  if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, ended.data(), address.octets.data()) != 1) {
    return std::nullopt;
  }
  if (is_ipv6 && std::ranges::equal(ipv4_mapped_prefix, std::span(address.octets).first<12>())) {
    address.is_ipv4 = true;
    std::ranges::copy(std::span(address.octets).last<4>(), address.octets.begin());
    std::fill(address.octets.begin() + 4, address.octets.end(), std::uint8_t{0});
  }
  return address;
}

std::string network_of(std::string_view address) {
  auto parsed = parse_ip_address(address);
  if (!parsed) return std::string(unknown_network);
  const auto kept = parsed->is_ipv4 ? ipv4_network_octets : ipv6_network_octets;
  std::fill(parsed->octets.begin() + static_cast<std::ptrdiff_t>(kept), parsed->octets.end(),
            std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(parsed->is_ipv4 ? AF_INET : AF_INET6, parsed->octets.data(), text.data(), text.size());
  return std::string(text.data()) + (parsed->is_ipv4 ? "/24" : "/48");
}

}  // namespace uod
