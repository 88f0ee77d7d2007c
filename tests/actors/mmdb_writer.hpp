#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/network.hpp"

/// Writes small MaxMind databases (format 2.0, https://maxmind.github.io/MaxMind-DB/), so that
/// tests have real files of a few hundred octets, and damaged ones.
namespace uod::test::mmdb {

/// The lowest `octets` octets of a number, the highest first.
inline std::string big_endian(std::uint64_t number, int octets) {
  std::string text;
  for (int i = octets - 1; i >= 0; --i) text += static_cast<char>((number >> (8 * i)) & 0xff);
  return text;
}

// An encoded value: its type and size, then its octets.

inline std::string head(int type, std::size_t size) {
  std::string size_octets;
  std::size_t in_head = size;
  if (size >= 285) {
    in_head = 30;
    size_octets = big_endian(size - 285, 2);
  } else if (size >= 29) {
    in_head = 29;
    size_octets = big_endian(size - 29, 1);
  }
  std::string text;
  // Types from 8 on stand in an octet of their own.
  text += static_cast<char>(((type < 8 ? type : 0) << 5) | static_cast<int>(in_head));
  if (type >= 8) text += static_cast<char>(type - 7);
  return text + size_octets;
}

inline std::string text(std::string_view value) {
  return head(2, value.size()) + std::string(value);
}
inline std::string real(double value) {
  return head(3, 8) + big_endian(std::bit_cast<std::uint64_t>(value), 8);
}
inline std::string uint16(std::uint16_t value) { return head(5, 2) + big_endian(value, 2); }
inline std::string uint32(std::uint32_t value) { return head(6, 4) + big_endian(value, 4); }
inline std::string uint64(std::uint64_t value) { return head(9, 8) + big_endian(value, 8); }

inline std::string map(const std::vector<std::pair<std::string_view, std::string>>& entries) {
  auto all = head(7, entries.size());
  for (const auto& [name, value] : entries) all += text(name) + value;
  return all;
}
inline std::string array(const std::vector<std::string>& items) {
  auto all = head(11, items.size());
  for (const auto& item : items) all += item;
  return all;
}

/// A search tree by bits of addresses, records of 24 bits, and the values behind it.
class database {
 public:
  /// `ip_version` 6 holds IPv4 as ::/96, as GeoLite2 does; 4 holds nothing else.
  explicit database(int ip_version = 6) : ip_version_(ip_version) {}

  /// Puts a value at a network; the last put of a longer prefix may not lie within a shorter one.
  void put(std::string_view address, int prefix_bits, const std::string& value) {
    const auto parsed = parse_ip_address(address);
    if (!parsed || (ip_version_ == 4 && !parsed->is_ipv4)) throw std::logic_error("address");
    std::vector<int> bits(parsed->is_ipv4 && ip_version_ == 6 ? 96 : 0, 0);
    for (int i = 0; i < prefix_bits; ++i) {
      bits.push_back((parsed->octets[static_cast<std::size_t>(i / 8)] >> (7 - i % 8)) & 1);
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < bits.size(); ++i) {
      auto next = nodes_[at][static_cast<std::size_t>(bits[i])];
      if (next == empty) {
        next = static_cast<std::int64_t>(nodes_.size());
        nodes_[at][static_cast<std::size_t>(bits[i])] = next;
        nodes_.emplace_back(no_children);
      }
      if (next < 0) throw std::logic_error("within another network");
      at = static_cast<std::size_t>(next);
    }
    nodes_[at][static_cast<std::size_t>(bits.back())] =
        first_value - static_cast<std::int64_t>(values_.size());
    values_ += value;
  }

  [[nodiscard]] std::string file() const {
    std::string all;
    const auto node_count = nodes_.size();
    for (const auto& node : nodes_) {
      for (const auto child : node) {
        std::uint64_t record = node_count;  // nothing there
        if (child >= 0) record = static_cast<std::uint64_t>(child);
        if (child <= first_value) {
          record = node_count + 16 + static_cast<std::uint64_t>(first_value - child);
        }
        all += big_endian(record, 3);
      }
    }
    all += std::string(16, '\0') + values_ + "\xab\xcd\xefMaxMind.com";
    return all + map({{"binary_format_major_version", uint16(2)},
                      {"binary_format_minor_version", uint16(0)},
                      {"build_epoch", uint64(1'700'000'000)},
                      {"database_type", text("Test-City")},
                      {"description", map({{"en", text("made by a test")}})},
                      {"ip_version", uint16(static_cast<std::uint16_t>(ip_version_))},
                      {"languages", array({text("de"), text("en")})},
                      {"node_count", uint32(static_cast<std::uint32_t>(node_count))},
                      {"record_size", uint16(24)}});
  }

 private:
  // A child is another node from 0 on, nothing, or a value at an offset.
  static constexpr std::int64_t empty = -1;
  static constexpr std::int64_t first_value = -2;
  static constexpr std::array<std::int64_t, 2> no_children = {empty, empty};

  int ip_version_;
  std::vector<std::array<std::int64_t, 2>> nodes_ = {no_children};
  std::string values_;
};

}  // namespace uod::test::mmdb
