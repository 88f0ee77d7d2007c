#include "protocol/names.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>
#include <unicode/utf8.h>

#include <cstring>
#include <memory>

namespace uod {

namespace {

/// Normalising may shorten a text: three decomposed Hangul letters become one, and an accented
/// Latin letter sheds two octets. More than this never becomes a name that is short enough in
/// good faith, and is refused before anybody works on it.
constexpr std::size_t raw_octets_max = 4 * name_octets_max;

/// UTS #39, 5.4: no language stacks more marks on one letter.
constexpr int marks_in_a_row_max = 4;

constexpr std::size_t email_local_octets_max = 64;   // RFC 5321, 4.5.3.1.1
constexpr std::size_t domain_label_octets_max = 63;  // RFC 1035, 2.3.4

struct close_spoof_checker {
  void operator()(USpoofChecker* checker) const { uspoof_close(checker); }
};
using spoof_checker = std::unique_ptr<USpoofChecker, close_spoof_checker>;

/// What is costly to open and never changes afterwards, so that all threads may share it.
struct tables {
  const icu::Normalizer2* nfc = nullptr;
  const icu::Normalizer2* nfkc_casefold = nullptr;
  spoof_checker spoof;
  bool good = false;

  tables() {
    UErrorCode status = U_ZERO_ERROR;
    nfc = icu::Normalizer2::getNFCInstance(status);
    nfkc_casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
    spoof.reset(uspoof_open(&status));
    if (U_FAILURE(status)) return;
    // UTS #39: characters in use today (general security profile), one script or a combination
    // that people do write together.
    icu::UnicodeSet allowed;  // not a copy of the recommended set: those stay frozen
    allowed.addAll(*uspoof_getRecommendedUnicodeSet(&status));
    allowed.addAll(*uspoof_getInclusionUnicodeSet(&status));
    uspoof_setAllowedUnicodeSet(spoof.get(), &allowed, &status);
    uspoof_setRestrictionLevel(spoof.get(), USPOOF_HIGHLY_RESTRICTIVE);
    uspoof_setChecks(
        spoof.get(),
        USPOOF_RESTRICTION_LEVEL | USPOOF_CHAR_LIMIT | USPOOF_INVISIBLE | USPOOF_MIXED_NUMBERS,
        &status);
    good = U_SUCCESS(status);
  }
};

const tables& shared_tables() {
  static const tables all;
  return all;
}

icu::UnicodeString from_utf8(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string to_utf8(const icu::UnicodeString& text) {
  std::string octets;
  return text.toUTF8String(octets);
}

tl::unexpected<error> tables_missing() { return fail(errc::internal, "Unicode's tables"); }

bool is_letter_or_digit(UChar32 c) {
  return u_isalpha(c) || u_charType(c) == U_DECIMAL_DIGIT_NUMBER;
}

bool is_mark(UChar32 c) {
  const auto type = u_charType(c);
  return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

/// Letters, digits and marks that can be seen. Fillers and joiners count as letters and marks to
/// Unicode, and would make two names that look the same.
bool is_word_character(UChar32 c) {
  if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return false;
  return is_letter_or_digit(c) || is_mark(c);
}

/// What is wrong with the characters of a name; empty when nothing is.
std::string_view characters_wrong(const icu::UnicodeString& name) {
  int marks = 0;
  UChar32 last = 0;
  for (std::int32_t i = 0; i < name.length(); i = name.moveIndex32(i, 1)) {
    const UChar32 c = name.char32At(i);
    if (i == 0 && !(is_letter_or_digit(c) && is_word_character(c))) {
      return "it must begin with a letter or a digit";
    }
    if (!is_word_character(c) && c != '.' && c != '_' && c != '-') {
      return "only letters, digits and . _ - are allowed";
    }
    marks = is_mark(c) ? marks + 1 : 0;
    if (marks > marks_in_a_row_max) return "too many marks on one letter";
    last = c;
  }
  // At the end of a sentence or a list nobody could tell them from punctuation.
  if (last == '.' || last == '-') return "it must not end with . or -";
  return {};
}

/// What UTS #39 holds against a name; empty when nothing.
std::string_view spoofing_found(const USpoofChecker* checker, const icu::UnicodeString& name) {
  UErrorCode status = U_ZERO_ERROR;
  const auto found = uspoof_check2UnicodeString(checker, name, nullptr, &status);
  if (U_FAILURE(status)) return "it cannot be judged";
  if (found & USPOOF_CHAR_LIMIT) return "a letter of it is not in use in any language of today";
  if (found & USPOOF_RESTRICTION_LEVEL) return "letters of different scripts are mixed";
  if (found & USPOOF_MIXED_NUMBERS) return "digits of different scripts are mixed";
  if (found != 0) return "marks in it cannot be told apart";
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    std::uint64_t eight = 0;
    if (text.size() - i >= sizeof eight) {
      std::memcpy(&eight, octets + i, sizeof eight);
      if ((eight & 0x8080808080808080ULL) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    UChar32 c = 0;
    U8_NEXT(octets, i, text.size(), c);
    if (c < 0) return false;
  }
  return true;
}

outcome<account_name> parse_name(std::string_view text) {
  const auto too_long = [] { return fail(errc::name_invalid, "it is longer than 32 characters"); };
  if (text.empty()) return fail(errc::name_invalid, "it is empty");
  if (text.size() > raw_octets_max) return too_long();
  if (!is_utf8(text)) return fail(errc::text_invalid);
  const auto& unicode = shared_tables();
  if (!unicode.good) return tables_missing();

  UErrorCode status = U_ZERO_ERROR;
  const auto shown = unicode.nfc->normalize(from_utf8(text), status);
  if (U_FAILURE(status)) return fail(errc::name_invalid);
  account_name name;
  name.shown = to_utf8(shown);
  if (shown.countChar32() > static_cast<std::int32_t>(name_characters_max) ||
      name.shown.size() > name_octets_max) {
    return too_long();
  }
  if (const auto wrong = characters_wrong(shown); !wrong.empty()) {
    return fail(errc::name_invalid, std::string{wrong});
  }
  if (const auto found = spoofing_found(unicode.spoof.get(), shown); !found.empty()) {
    return fail(errc::name_invalid, std::string{found});
  }
  name.key = to_utf8(unicode.nfkc_casefold->normalize(shown, status));
  icu::UnicodeString skeleton;
  uspoof_getSkeletonUnicodeString(unicode.spoof.get(), 0, shown, skeleton, &status);
  if (U_FAILURE(status) || name.key.empty()) return fail(errc::name_invalid);
  name.skeleton = to_utf8(skeleton);
  return name;
}

outcome<std::string> parse_search(std::string_view text) {
  const auto too_long = [] { return fail(errc::name_invalid, "it is longer than a name can be"); };
  if (text.size() > raw_octets_max) return too_long();
  if (!is_utf8(text)) return fail(errc::text_invalid);
  const auto& unicode = shared_tables();
  if (!unicode.good) return tables_missing();

  UErrorCode status = U_ZERO_ERROR;
  const auto folded = unicode.nfkc_casefold->normalize(from_utf8(text), status).trim();
  if (U_FAILURE(status) || folded.isEmpty()) {
    return fail(errc::name_invalid, "there is nothing to search for");
  }
  if (folded.countChar32() > static_cast<std::int32_t>(name_characters_max)) return too_long();
  return to_utf8(folded);
}

// ---------------------------------------------------------------------------------------------
// E-mail addresses

namespace {

/// RFC 5322 `atext`, and with RFC 6531 what is a visible letter, mark or digit beyond ASCII.
bool is_local_character(UChar32 c) {
  if (c > 0x7f) return is_word_character(c);
  return u_isalnum(c) || (c != 0 && std::strchr("!#$%&'*+/=?^_`{|}~-", c) != nullptr);
}

bool is_domain_character(UChar32 c) {
  if (c > 0x7f) return is_word_character(c);
  return u_isalnum(c) || c == '-';
}

/// Whether a text is words with one dot between two of them.
template <class Allowed>
bool is_dotted(std::string_view text, std::size_t word_octets_max, Allowed allowed) {
  std::size_t word_begin = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    UChar32 c = 0;
    const auto at = i;
    U8_NEXT(text.data(), i, text.size(), c);
    if (c == '.') {
      if (at == word_begin) return false;
      word_begin = i;
    } else if (c < 0 || !allowed(c)) {
      return false;
    }
    if (i - word_begin > word_octets_max) return false;
  }
  return word_begin < text.size();
}

/// RFC 1035: no label of a domain begins or ends with a hyphen.
bool hyphens_inside(std::string_view domain) {
  return domain.front() != '-' && domain.back() != '-' &&
         domain.find(".-") == std::string_view::npos && domain.find("-.") == std::string_view::npos;
}

}  // namespace

bool is_reserved_name(const account_name& name) {
  // By its looks as well: `unkn0wn-` would pass for it.
  static const std::string look = [] {
    const auto example = parse_name("unknown-0");
    return example ? example->skeleton.substr(0, example->skeleton.find('-') + 1) : std::string{};
  }();
  return name.key.starts_with("unknown-") || (!look.empty() && name.skeleton.starts_with(look));
}

outcome<email_address> parse_email(std::string_view text) {
  if (text.empty()) return fail(errc::email_invalid, "it is empty");
  if (text.size() > email_octets_max) {
    return fail(errc::email_invalid, "it is longer than 254 octets");
  }
  if (!is_utf8(text)) return fail(errc::text_invalid);
  const auto at = text.find('@');
  if (at == std::string_view::npos) return fail(errc::email_invalid, "there is no @ in it");
  const auto local = text.substr(0, at);
  const auto domain = text.substr(at + 1);
  if (!is_dotted(local, email_local_octets_max, is_local_character) ||
      local.size() > email_local_octets_max) {
    return fail(errc::email_invalid, "the part before the @");
  }
  if (!is_dotted(domain, domain_label_octets_max, is_domain_character) || !hyphens_inside(domain)) {
    return fail(errc::email_invalid, "the part after the @");
  }
  const auto& unicode = shared_tables();
  if (!unicode.good) return tables_missing();
  UErrorCode status = U_ZERO_ERROR;
  const auto key = unicode.nfkc_casefold->normalize(from_utf8(text), status);
  if (U_FAILURE(status)) return fail(errc::email_invalid);
  return email_address{std::string{text}, to_utf8(key)};
}

// ---------------------------------------------------------------------------------------------
// Other texts

outcome<std::string> normalise(std::string_view text) {
  if (!is_utf8(text)) return fail(errc::text_invalid);
  const auto& unicode = shared_tables();
  if (!unicode.good) return tables_missing();
  UErrorCode status = U_ZERO_ERROR;
  const auto composed = unicode.nfc->normalize(from_utf8(text), status);
  if (U_FAILURE(status)) return fail(errc::text_invalid);
  return to_utf8(composed);
}

std::string folded_text(std::string_view text) {
  const auto& unicode = shared_tables();
  if (!is_utf8(text) || !unicode.good) return {};
  UErrorCode status = U_ZERO_ERROR;
  const auto folded = unicode.nfkc_casefold->normalize(from_utf8(text), status);
  return U_FAILURE(status) ? std::string{} : to_utf8(folded);
}

std::string clean_line(std::string_view text, std::size_t octets_max) {
  // A few times what is kept: enough to find the visible part behind some rubbish.
  text = text.substr(0, 4 * octets_max);
  std::string clean;
  std::size_t i = 0;
  while (i < text.size()) {
    const auto begin = i;
    UChar32 c = 0;
    U8_NEXT(text.data(), i, text.size(), c);
    if (c < 0) continue;
    const bool space = u_isUWhiteSpace(c);
    if (!space && (!u_isprint(c) || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))) {
      continue;
    }
    if (space && (clean.empty() || clean.back() == ' ')) continue;
    const auto character = space ? std::string_view{" "} : text.substr(begin, i - begin);
    if (clean.size() + character.size() > octets_max) break;
    clean.append(character);
  }
  while (!clean.empty() && clean.back() == ' ') clean.pop_back();
  return clean;
}

std::string clean_device_name(std::string_view text) {
  return clean_line(text, device_name_octets_max);
}

}  // namespace uod
