#pragma once

#include <string>
#include <string_view>

#include "actors/mail/letter.hpp"
#include "protocol/errors.hpp"

/// From a letter to the octets of a mail. Everything that reaches a header is checked here: Poco
/// writes CR and LF in subjects, names and recipients as they are, and so would let whoever wrote
/// them add headers or recipients.
namespace uod::mail {

/// Composes mails of one sender. Does not change: any thread.
class composer {
 public:
  /// Errors: `email_invalid` (an address as `parse_email` takes it, and ASCII: not every server
  /// takes others), `text_invalid` (a name with control characters, or no UTF-8, or longer than
  /// `subject_octets_max`).
  static outcome<composer> make(std::string_view from_address, std::string_view from_name);

  /// The mail as RFC 5322 wants it, lines ended with CRLF: text and html as alternatives (RFC
  /// 2046, 5.1.4) in UTF-8 and quoted-printable, so that all of it but a non-ASCII recipient is
  /// ASCII in short lines. Errors: `email_invalid`, `text_invalid` (control characters, no UTF-8),
  /// `too_large`, `malformed` (the id).
  [[nodiscard]] outcome<std::string> compose(const letter& what) const;

  [[nodiscard]] const std::string& from_address() const { return address_; }

 private:
  composer(std::string address, std::string from_header);

  std::string address_;
  std::string from_header_;
};

/// Whether the recipient has an address of RFC 6531, which needs a server that takes such.
bool needs_smtputf8(const letter& what);

/// A text for an unstructured header or a phrase: as encoded words (RFC 2047) when it is not plain
/// ASCII, each with whole characters and at most 75 octets long, folded. `text` is checked before.
std::string encoded_words(std::string_view text);

}  // namespace uod::mail
