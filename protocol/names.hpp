#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/errors.hpp"

/// What a name, an address and a text may be: the only door to ICU outside the terminal. Pure and
/// thread-safe. Both sides use it: the client to answer early, the server because it must.
namespace uod {

inline constexpr std::size_t name_characters_max = 32;     ///< fits a line of any list
inline constexpr std::size_t name_octets_max = 96;         ///< 32 characters of three octets
inline constexpr std::size_t email_octets_max = 254;       ///< RFC 5321, 4.5.3.1.3
inline constexpr std::size_t device_name_octets_max = 64;  ///< shown in lists and mails

/// An account's name in its three forms.
struct account_name {
  std::string shown;     ///< NFC, as its owner wrote it
  std::string key;       ///< NFKC case-folded: equal for two spellings of one name
  std::string skeleton;  ///< UTS #39: equal for two names that look alike

  bool operator==(const account_name&) const = default;
};

/// Normalises and judges a name: letters, marks, digits and `. _ -` of scripts that belong
/// together (UTS #39, highly restrictive), beginning with a letter or digit. Errors:
/// `text_invalid` (no UTF-8), `name_invalid` (with what is wrong), never an exception.
outcome<account_name> parse_name(std::string_view text);

/// Names that nobody may register: `unknown-…` stands for the author of what a deleted account
/// has left to others.
bool is_reserved_name(const account_name& name);

/// Normalises a text that is searched for, as `account_name::key` is. Errors: `text_invalid`,
/// `name_invalid` where nothing is left or it is longer than a name can be.
outcome<std::string> parse_search(std::string_view text);

struct email_address {
  std::string shown;  ///< as given
  std::string key;    ///< case-folded, for uniqueness
  bool operator==(const email_address&) const = default;
};

/// Takes an address of the plain form local@domain (RFC 5321 without quoted strings and address
/// literals; UTF-8 as in RFC 6531). CR, LF, NUL, spaces, controls and lists are refused.
/// Errors: `text_invalid`, `email_invalid`.
outcome<email_address> parse_email(std::string_view text);

/// Whether octets are well-formed UTF-8 (Unicode, table 3-7): no surrogates, nothing overlong.
bool is_utf8(std::string_view text);

/// NFC of a well-formed text (for passwords, RFC 8265 OpaqueString). Error: `text_invalid`.
outcome<std::string> normalise(std::string_view text);

/// NFKC case-folded: equal for two spellings of one text, to look for one in another. What is no
/// UTF-8 is found by nothing.
std::string folded_text(std::string_view text);

/// A line that is safe to show: runs of blanks become one, controls, what is invisible and what is
/// no UTF-8 are left out, and it is cut between characters to `octets_max`.
std::string clean_line(std::string_view text, std::size_t octets_max);

/// Cuts and cleans a device's name for showing: no controls, at most `device_name_octets_max`.
std::string clean_device_name(std::string_view text);

}  // namespace uod
