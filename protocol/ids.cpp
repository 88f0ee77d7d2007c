#include "protocol/ids.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <chrono>

namespace uod {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t text_length = 36;

/// Where RFC 9562 puts hyphens in the text form.
constexpr bool is_hyphen_place(std::size_t place) {
  return place == 8 || place == 13 || place == 18 || place == 23;
}

constexpr int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/// Lays version and variant over the bits which RFC 9562, 4, keeps for them.
void set_version(uuid& id, std::uint8_t version) {
  id.octets[6] = static_cast<std::uint8_t>((id.octets[6] & 0x0f) | (version << 4));
  id.octets[8] = static_cast<std::uint8_t>((id.octets[8] & 0x3f) | 0x80);
}

std::uint64_t random_seed() {
  std::uint64_t value = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value) == 1) return value;
  // Nothing secret hangs on the seed: without a random source, where the process lies in memory
  // and the time still differ from run to run.
  static const int anchor = 0;
  const auto ticks = std::chrono::steady_clock::now().time_since_epoch().count();
  return reinterpret_cast<std::uintptr_t>(&anchor) ^ static_cast<std::uint64_t>(ticks);
}

}  // namespace

std::string to_text(const uuid& id) {
  std::string text;
  text.reserve(text_length);
  for (const auto octet : id.octets) {
    if (is_hyphen_place(text.size())) text.push_back('-');
    text.push_back(hex_digits[octet >> 4]);
    text.push_back(hex_digits[octet & 0x0f]);
  }
  return text;
}

std::optional<uuid> uuid_from_text(std::string_view text) {
  if (text.size() != text_length) return std::nullopt;
  uuid id;
  std::size_t place = 0;
  for (auto& octet : id.octets) {
    if (is_hyphen_place(place) && text[place++] != '-') return std::nullopt;
    const int high = hex_value(text[place++]);
    const int low = hex_value(text[place++]);
    if (high < 0 || low < 0) return std::nullopt;
    octet = static_cast<std::uint8_t>(high << 4 | low);
  }
  return id;
}

uuid make_uuid_v7(std::uint64_t unix_ms, const std::array<std::uint8_t, 10>& random) {
  uuid id;
  for (std::size_t i = 0; i < 6; ++i) {
    id.octets[i] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
  }
  std::copy(random.begin(), random.end(), id.octets.begin() + 6);
  set_version(id, 7);
  return id;
}

chat_id direct_chat_id(const account_id& one, const account_id& other) {
  // The ids have a fixed length, so label and pair need nothing between them to be unambiguous.
  constexpr std::string_view label = "uod/1 direct chat";
  const auto& [low, high] = std::minmax(one, other);
  std::string input;
  input.reserve(label.size() + 32);
  input.append(label).append(low.view()).append(high.view());
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data());
  chat_id id;
  std::copy_n(digest.begin(), id.octets.size(), id.octets.begin());
  set_version(id, 8);
  return id;
}

std::uint64_t uuid_hash::seed() {
  static const std::uint64_t value = random_seed();
  return value;
}

}  // namespace uod
