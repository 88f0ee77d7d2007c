#include "protocol/sealing/recovery_code.hpp"

#include "protocol/codes.hpp"
#include "protocol/crypto_hash.hpp"
#include "protocol/password.hpp"

namespace uod {
namespace {

constexpr std::size_t check_characters = 4;
constexpr std::size_t group_characters = 4;
constexpr unsigned character_bits = 5;

/// Characters for the first bits of `octets`.
std::string in_base_32(bytes_view octets, std::size_t characters) {
  std::string text;
  text.reserve(characters);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (std::size_t next = 0; text.size() < characters;) {
    if (held < character_bits) {
      bits = bits << 8 | static_cast<std::uint8_t>(octets[next++]);
      held += 8;
    }
    held -= character_bits;
    text.push_back(code_alphabet[bits >> held & 31]);
  }
  return text;
}

/// 32 characters of the alphabet, which are 20 octets exactly.
secret_bytes from_base_32(std::string_view text) {
  auto octets = secret_bytes::zeros(recovery_code_octets);
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t next = 0;
  for (const char character : text) {
    bits = bits << character_bits | static_cast<std::uint32_t>(code_alphabet.find(character));
    held += character_bits;
    if (held < 8) continue;
    held -= 8;
    octets.data()[next++] = static_cast<char>(bits >> held & 0xff);
  }
  return octets;
}

std::string check_of(bytes_view octets) {
  constexpr bytes_view label = "uod/1 recovery code";
  std::string labelled;
  labelled.reserve(label.size() + octets.size());
  labelled.append(label).append(octets);
  const auto digest = sha256(labelled);
  wipe(labelled);
  return in_base_32(digest, check_characters);
}

}  // namespace

secret_bytes make_recovery_code() { return random_secret(recovery_code_octets); }

std::string show_recovery_code(bytes_view octets) {
  std::string bare = in_base_32(octets, recovery_code_characters - check_characters);
  const std::string check = check_of(octets);
  std::string shown;
  shown.reserve(recovery_code_characters * 2);
  for (std::size_t at = 0; at < recovery_code_characters; ++at) {
    if (at > 0 && at % group_characters == 0) shown.push_back('-');
    shown.push_back(at < bare.size() ? bare[at] : check[at - bare.size()]);
  }
  wipe(bare);
  return shown;
}

outcome<secret_bytes> parse_recovery_code(std::string_view text) {
  auto bare = parse_code(text, recovery_code_characters, errc::recovery_code_invalid);
  if (!bare) return tl::unexpected(bare.error());
  const std::string_view characters = *bare;
  auto octets = from_base_32(characters.substr(0, recovery_code_characters - check_characters));
  const bool fits = characters.ends_with(check_of(octets.view()));
  wipe(*bare);
  if (!fits) return fail(errc::recovery_code_invalid);
  return octets;
}

}  // namespace uod
