#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

/// What a mail is while it is still ours. Nothing here knows CAF, SMTP or Poco.
namespace uod::mail {

/// What is put into a template: field name to value, UTF-8. Values may come from strangers (a
/// device's name): whoever prints them makes them safe.
using fields = std::map<std::string, std::string>;

/// A mail that is ready to be sent.
struct letter {
  std::string id;  ///< a UUID's text, the same in every attempt: Message-ID and the file's name
  std::string to;  ///< an address as `parse_email` takes it
  std::string subject;
  std::string text;
  std::string html;                 ///< empty: the mail has its text only
  std::uint64_t written_at_ms = 0;  ///< Unix time, the Date header
};

inline constexpr std::size_t subject_octets_max = 400;      ///< more than any list shows
inline constexpr std::size_t body_octets_max = 256 * 1024;  ///< text or html: a few pages

/// A text that may come from others as one line that harms no log, header or terminal: control
/// characters become blanks, octets that are no UTF-8 become U+FFFD, and what is longer than
/// `octets_max` ends with an ellipsis.
std::string one_line(std::string_view text, std::size_t octets_max);

}  // namespace uod::mail
