#include "protocol/sealing/safety_number.hpp"

#include "protocol/crypto_hash.hpp"
#include "protocol/sealing/octets.hpp"

namespace uod {
namespace {

constexpr int rounds = 5'200;
constexpr int numbers = 6;
constexpr std::size_t number_octets = 5;
constexpr std::size_t group_digits = 5;

std::string half_of(const safety_side& side) {
  bytes input = "uod/1 safety number";
  input.append(side.account.view()).append(side.fingerprint.view());
  bytes digest = sha512(input);
  for (int round = 0; round < rounds; ++round) {
    digest = sha512(digest.append(side.fingerprint.view()));
  }
  sealing::octet_reader reader(digest);
  std::string digits;
  for (int at = 0; at < numbers; ++at) {
    std::uint64_t number = 0;
    for (const char octet : reader.piece(number_octets)) {
      number = number << 8 | static_cast<std::uint8_t>(octet);
    }
    // A digit in front keeps the zeros.
    digits += std::to_string(100'000 + number % 100'000).substr(1);
  }
  return digits;
}

}  // namespace

std::string safety_number(const safety_side& one, const safety_side& other) {
  const bool in_order = one.account < other.account;
  return half_of(in_order ? one : other) + half_of(in_order ? other : one);
}

std::string show_safety_number(std::string_view digits) {
  std::string shown;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at > 0 && at % group_digits == 0) shown.push_back(' ');
    shown.push_back(digits[at]);
  }
  return shown;
}

std::string safety_number_for_scanning(std::string_view digits) {
  return std::string("uod:safety:1:").append(digits);
}

}  // namespace uod
