#include "actors/mail/letter.hpp"

#include "protocol/names.hpp"

namespace uod::mail {
namespace {

constexpr std::string_view ellipsis = "\u2026";
constexpr std::string_view replacement = "\ufffd";

bool continues_character(char octet) { return (static_cast<unsigned char>(octet) & 0xc0) == 0x80; }

/// How many octets at `at` are one character that must not stand in a line: C0, DEL, C1, the
/// Unicode line ends, and the marks that turn the reading direction around (UAX #9), with which
/// a name could show another text than it holds. 0 for all others.
std::size_t harmful_octets(std::string_view text, std::size_t at) {
  const auto octet = static_cast<unsigned char>(text[at]);
  if (octet < 0x20 || octet == 0x7f) return 1;
  const auto next = [&](std::size_t by) {
    return at + by < text.size() ? static_cast<unsigned char>(text[at + by]) : 0U;
  };
  if (octet == 0xc2 && next(1) >= 0x80 && next(1) < 0xa0) return 2;
  if (octet == 0xe2 && next(1) == 0x80 && next(2) >= 0xa8 && next(2) <= 0xae) return 3;
  if (octet == 0xe2 && next(1) == 0x81 && next(2) >= 0xa6 && next(2) <= 0xa9) return 3;
  return 0;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t octets_max) {
  const bool well_formed = is_utf8(text);
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    std::string_view character = text.substr(at, 1);
    if (const auto harmful = well_formed ? harmful_octets(text, at) : 0; harmful > 0) {
      at += harmful;
      character = " ";
    } else if (!well_formed && static_cast<unsigned char>(text[at]) >= 0x80) {
      ++at;
      character = replacement;
    } else if (!well_formed) {
      character = harmful_octets(text.substr(at, 1), 0) > 0 ? " " : character;
      ++at;
    } else {
      std::size_t length = 1;
      while (at + length < text.size() && continues_character(text[at + length])) ++length;
      character = text.substr(at, length);
      at += length;
    }
    if (line.size() + character.size() > octets_max) {
      while (!line.empty() && line.size() + ellipsis.size() > octets_max) {
        while (line.size() > 1 && continues_character(line.back())) line.pop_back();
        line.pop_back();
      }
      if (ellipsis.size() <= octets_max) line.append(ellipsis);
      break;
    }
    line.append(character);
  }
  return line;
}

}  // namespace uod::mail
