#include "client/commands/line_reader.hpp"

#include <algorithm>

#include "protocol/names.hpp"

namespace uod::client {

outcome<std::optional<line_reader::line>> line_reader::next() {
  for (;;) {
    auto text = take_line();
    if (!text) {
      // One more, for a CR whose LF has not come yet.
      if (held_bytes() <= line_bytes_max_ + 1) return std::nullopt;
      return fail(errc::too_large, std::string("line ") + std::to_string(number_ + 1) +
                                       " has more than " + std::to_string(line_bytes_max_) +
                                       " octets");
    }
    ++number_;
    if (text->empty()) {
      ++empty_lines_;
      continue;
    }
    if (text->size() > line_bytes_max_)
      return fail(errc::too_large, std::string("line ") + std::to_string(number_) + " has " +
                                       std::to_string(text->size()) + " octets, allowed are " +
                                       std::to_string(line_bytes_max_));
    if (!is_utf8(*text))
      return fail(errc::text_invalid, std::string("line ") + std::to_string(number_));
    return line{number_, std::move(*text)};
  }
}

std::optional<std::string> line_reader::take_line() {
  const auto end = held_.find('\n', std::max(taken_, searched_));
  const bool whole = end != bytes::npos;
  if (!whole && (!finished_ || held_bytes() == 0)) {
    // Here, once for all lines of a piece, and not with each of them.
    held_.erase(0, taken_);
    taken_ = 0;
    searched_ = held_.size();
    return std::nullopt;
  }
  std::string text = held_.substr(taken_, whole ? end - taken_ : bytes::npos);
  taken_ = whole ? end + 1 : held_.size();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace uod::client
