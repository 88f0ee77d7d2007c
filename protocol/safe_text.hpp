#pragma once

#include <string>
#include <string_view>

/// Makes text from others harmless for a terminal: everything that a person did not type to be
/// read is replaced by something that can be seen. Pure.
///
///   C0 controls, DEL (with escape, backspace, carriage return)   their pictures, U+2400 …
///   C1 controls, line and paragraph separators, bidirectional
///   marks, embeddings, overrides and isolates (UAX #9),
///   annotation and deprecated format characters, tags            \u{202e}
///   what is no UTF-8                                             U+FFFD, one for each octet
///
/// Joiners (U+200C, U+200D) stay: scripts and emoji need them.
namespace uod {

/// For one line: a line feed becomes its picture as well.
std::string safe_text(std::string_view text);

/// For a text of several lines: each line made safe, those behind the first set off by `indent`
/// spaces, so that no text can pass for a row of ours.
std::string safe_lines(std::string_view text, std::size_t indent);

}  // namespace uod
