#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/errors.hpp"

namespace uod::client {

/// Where somebody stands in what an account hears. What is not known is left to the server.
struct stream_place {
  std::optional<std::uint64_t> position;   ///< of the last message of all chats
  std::optional<std::uint64_t> broadcast;  ///< `seq` of the last one of the home page

  bool operator==(const stream_place&) const = default;
};

/// A place as scripts see it, a cursor: `p12h3` for message 12 and broadcast 3; `p12` or `h3` where
/// only one is known; empty where neither is.
std::string cursor_text(const stream_place& place);
/// Error: `usage`.
outcome<stream_place> parse_cursor(std::string_view text);

/// The further of two places, for messages and broadcasts each.
stream_place further(const stream_place& one, const stream_place& other);

}  // namespace uod::client
