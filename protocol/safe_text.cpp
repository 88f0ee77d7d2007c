#include "protocol/safe_text.hpp"

#include <cstdint>
#include <cstdio>

namespace uod {
namespace {

struct decoded {
  std::uint32_t character = 0;
  std::size_t octets = 0;  ///< 0: no UTF-8 here
};

/// Reads one character of well-formed UTF-8 (Unicode, table 3-7): nothing overlong, no
/// surrogates, nothing above U+10FFFF.
decoded decode(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = at(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t octets = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < octets) return {};
  std::uint32_t character = lead & (0xff >> (octets + 1));
  for (std::size_t i = 1; i < octets; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    character = (character << 6) | (at(i) & 0x3f);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  if (character < smallest[octets] || surrogate || character > 0x10ffff) return {};
  return {character, octets};
}

struct range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Characters that change how others are shown, or end a line, without being seen themselves.
constexpr range hidden[] = {
    {0x80, 0x9f},        // C1: a terminal may take U+009B for the start of an escape sequence
    {0x61c, 0x61c},      // Arabic letter mark
    {0x200e, 0x200f},    // left-to-right and right-to-left mark
    {0x2028, 0x202e},    // line and paragraph separator, embeddings, overrides
    {0x2066, 0x206f},    // isolates, deprecated format characters
    {0xfff9, 0xfffb},    // interlinear annotation
    {0xe0000, 0xe007f},  // tags: a whole text can hide in them
};

bool is_hidden(std::uint32_t character) {
  for (const auto& each : hidden)
    if (character >= each.first && character <= each.last) return true;
  return false;
}

void append_picture(std::uint32_t control, std::string& to) {
  // U+2400 … U+2421 are E2 90 80 … E2 90 A1.
  const std::uint32_t picture = control == 0x7f ? 0x21 : control;
  to.append("\xe2\x90").push_back(static_cast<char>(0x80 + picture));
}

void append_number(std::uint32_t character, std::string& to) {
  char text[16];
  std::snprintf(text, sizeof text, "\\u{%x}", character);
  to.append(text);
}

}  // namespace

std::string safe_text(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const auto [character, octets] = decode(text);
    if (octets == 0) {
      safe.append("\xef\xbf\xbd");
      text.remove_prefix(1);
      continue;
    }
    if (character < 0x20 || character == 0x7f) {
      append_picture(character, safe);
    } else if (is_hidden(character)) {
      append_number(character, safe);
    } else {
      safe.append(text.substr(0, octets));
    }
    text.remove_prefix(octets);
  }
  return safe;
}

std::string safe_lines(std::string_view text, std::size_t indent) {
  std::string safe;
  for (;;) {
    const auto end = text.find('\n');
    safe.append(safe_text(text.substr(0, end)));
    if (end == std::string_view::npos) return safe;
    text.remove_prefix(end + 1);
    safe.append("\n").append(indent, ' ');
  }
}

}  // namespace uod
