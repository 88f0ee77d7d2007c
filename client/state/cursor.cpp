#include "client/state/cursor.hpp"

#include <algorithm>
#include <charconv>

namespace uod::client {
namespace {

/// Takes `mark` and the number behind it off the front; nothing when they do not stand there.
std::optional<std::uint64_t> take_part(std::string_view& text, char mark) {
  if (!text.starts_with(mark)) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + 1, end, number);
  if (problem != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

}  // namespace

std::string cursor_text(const stream_place& place) {
  std::string text;
  if (place.position) text.append("p").append(std::to_string(*place.position));
  if (place.broadcast) text.append("h").append(std::to_string(*place.broadcast));
  return text;
}

outcome<stream_place> parse_cursor(std::string_view text) {
  std::string_view left = text;
  stream_place place;
  place.position = take_part(left, 'p');
  place.broadcast = take_part(left, 'h');
  if (text.empty() || !left.empty())
    return fail(errc::usage,
                std::string("\"").append(text) + "\" is no cursor, which looks like p123h4");
  return place;
}

stream_place further(const stream_place& one, const stream_place& other) {
  // Nothing is less than any number.
  return {std::max(one.position, other.position), std::max(one.broadcast, other.broadcast)};
}

}  // namespace uod::client
