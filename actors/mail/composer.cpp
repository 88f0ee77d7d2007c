#include "actors/mail/composer.hpp"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Exception.h>
#include <Poco/Net/MailMessage.h>
#include <Poco/Net/MailRecipient.h>
#include <Poco/Net/StringPartSource.h>
#include <Poco/Timestamp.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "protocol/ids.hpp"
#include "protocol/names.hpp"

namespace uod::mail {
namespace {

using Poco::Net::MailMessage;

/// The last millisecond of the year 9999: a date has four digits for the year.
constexpr std::uint64_t date_ms_max = 253'402'300'799'999;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// What goes into a header: nothing that ends a line or hides.
outcome<void> check_header_text(std::string_view text, const char* what) {
  if (text.size() > subject_octets_max) {
    return fail(errc::too_large, std::string(what) + ": longer than " +
                                     std::to_string(subject_octets_max) + " octets");
  }
  if (!is_utf8(text)) return fail(errc::text_invalid, what);
  if (one_line(text, text.size()) != text) {
    return fail(errc::text_invalid, std::string(what) + ": holds control characters");
  }
  return {};
}

/// Lines may end with LF or CRLF, nothing else; tabs are the only control characters.
outcome<std::string> with_crlf(std::string_view text, const char* what) {
  if (text.size() > body_octets_max) {
    return fail(errc::too_large,
                std::string(what) + ": longer than " + std::to_string(body_octets_max) + " octets");
  }
  if (!is_utf8(text)) return fail(errc::text_invalid, what);
  std::string lines;
  lines.reserve(text.size() + text.size() / 16);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    if (c == '\n') {
      lines += "\r\n";
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
      return fail(errc::text_invalid, std::string(what) + ": holds control characters");
    } else {
      lines += c;
    }
  }
  if (!lines.ends_with("\r\n")) lines += "\r\n";
  return lines;
}

/// RFC 5322, 3.2.4.
std::string quoted_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string from_header_of(std::string_view address, std::string_view name) {
  std::string in_brackets = "<" + std::string(address) + ">";
  if (name.empty()) return in_brackets;
  const auto encoded = encoded_words(name);
  return (encoded == name ? quoted_string(name) : encoded) + " " + in_brackets;
}

std::string date_of(std::uint64_t unix_ms) {
  const Poco::Timestamp at(
      static_cast<Poco::Timestamp::TimeVal>(std::min(unix_ms, date_ms_max) * 1000));
  // RFC 5322 takes the name GMT only from old programs, so not Poco's RFC1123_FORMAT.
  return Poco::DateTimeFormatter::format(at, "%w, %e %b %Y %H:%M:%S +0000");
}

void add_part(MailMessage& mail, const std::string& content, const char* media_type) {
  auto source = std::make_unique<Poco::Net::StringPartSource>(content, media_type);
  // The message owns it once it is added.
  mail.addPart("", source.release(), MailMessage::CONTENT_INLINE,
               MailMessage::ENCODING_QUOTED_PRINTABLE);
}

constexpr const char* plain_type = "text/plain; charset=UTF-8";
constexpr const char* html_type = "text/html; charset=UTF-8";

}  // namespace

std::string encoded_words(std::string_view text) {
  // One that looks like an encoded word would be read as what it is not.
  if (is_ascii(text) && text.find("=?") == std::string_view::npos) return std::string(text);
  constexpr std::string_view begin = "=?UTF-8?Q?";
  constexpr std::string_view end = "?=";
  constexpr std::size_t word_octets_max = 75;  // RFC 2047, 2
  constexpr char digits[] = "0123456789ABCDEF";
  std::string words{begin};
  std::size_t word_octets = begin.size();
  for (std::size_t at = 0; at < text.size();) {
    std::string character;
    do {
      const auto octet = static_cast<unsigned char>(text[at]);
      const bool plain = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
                         (octet >= '0' && octet <= '9');
      if (plain) {
        character += static_cast<char>(octet);
      } else if (octet == ' ') {
        character += '_';
      } else {
        character.append({'=', digits[octet >> 4], digits[octet & 15]});
      }
      ++at;
      // A character must not be torn: each word is decoded by itself (RFC 2047, 5).
    } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
    if (word_octets + character.size() + end.size() > word_octets_max) {
      words.append(end).append("\r\n ").append(begin);
      word_octets = begin.size();
    }
    words += character;
    word_octets += character.size();
  }
  return words.append(end);
}

bool needs_smtputf8(const letter& what) { return !is_ascii(what.to); }

composer::composer(std::string address, std::string from_header)
    : address_(std::move(address)), from_header_(std::move(from_header)) {}

outcome<composer> composer::make(std::string_view from_address, std::string_view from_name) {
  if (auto parsed = parse_email(from_address); !parsed) {
    return tl::unexpected<error>(parsed.error());
  }
  if (!is_ascii(from_address)) {
    return fail(errc::email_invalid, "the sender's address must be ASCII");
  }
  if (auto good = check_header_text(from_name, "the sender's name"); !good) {
    return fail(errc::text_invalid, good.error().detail);
  }
  return composer(std::string(from_address), from_header_of(from_address, from_name));
}

outcome<std::string> composer::compose(const letter& what) const {
  const auto id = uuid_from_text(what.id);
  if (!id) return fail(errc::malformed, "the letter's id is no UUID");
  if (auto parsed = parse_email(what.to); !parsed) return tl::unexpected<error>(parsed.error());
  if (auto good = check_header_text(what.subject, "the subject"); !good) {
    return tl::unexpected<error>(good.error());
  }
  const auto text = with_crlf(what.text, "the text");
  if (!text) return tl::unexpected<error>(text.error());
  const auto html = with_crlf(what.html, "the html");
  if (!html) return tl::unexpected<error>(html.error());
  try {
    MailMessage mail;
    mail.set("Message-ID",
             "<" + to_text(*id) + "@" + address_.substr(address_.find('@') + 1) + ">");
    mail.set(MailMessage::HEADER_DATE, date_of(what.written_at_ms));
    mail.setSender(from_header_);
    mail.addRecipient({Poco::Net::MailRecipient::PRIMARY_RECIPIENT, what.to});
    mail.setSubject(encoded_words(what.subject));
    mail.set("Auto-Submitted", "auto-generated");  // RFC 3834, 5: no holiday answers, please
    mail.set("MIME-Version", "1.0");
    if (what.html.empty()) {
      mail.setContentType(plain_type);
      mail.setContent(*text, MailMessage::ENCODING_QUOTED_PRINTABLE);
    } else {
      mail.setContentType("multipart/alternative");
      add_part(mail, *text, plain_type);
      add_part(mail, *html, html_type);
    }
    std::ostringstream octets;
    mail.write(octets);
    return std::move(octets).str();
  } catch (const Poco::Exception& exception) {
    return fail(errc::internal, one_line(exception.displayText(), subject_octets_max));
  }
}

}  // namespace uod::mail
