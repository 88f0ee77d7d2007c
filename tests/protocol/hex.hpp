#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

/// Octets as hexadecimal digits, for test vectors.
namespace uod::tests {

inline std::string to_hex(std::string_view octets) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char octet : octets) {
    const auto value = static_cast<unsigned char>(octet);
    text += digits[value >> 4];
    text += digits[value & 15];
  }
  return text;
}

inline std::string from_hex(std::string_view text) {
  if (text.size() % 2 != 0) throw std::invalid_argument("odd number of hex digits");
  std::string octets;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    octets += static_cast<char>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16));
  }
  return octets;
}

}  // namespace uod::tests
