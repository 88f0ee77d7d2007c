#pragma once

#include <cstdint>

#include "client/commands/arguments.hpp"
#include "protocol/messages.hpp"

/// Which messages `history` shows and which broadcasts `home` does, and how they are asked for.
/// Pure.
namespace uod::client {

/// The messages behind `after`, up to and with `last`; none where they are equal.
struct span_of_chat {
  std::uint64_t after = 0;
  std::uint64_t last = 0;

  bool operator==(const span_of_chat&) const = default;
};

/// What was asked for, in a chat that has messages 1 to `last_seq`: the newest, or with only
/// --after the oldest behind it. `seq` has no gaps, so this is known before the first message is
/// read, and they can be printed as they come.
span_of_chat choose_span(const history_arguments& what, std::uint64_t last_seq);
span_of_chat choose_span(const home_arguments& what, std::uint64_t last_seq);

/// Asks for the next page behind `shown`, at most up to `last`.
fetch_history page_behind(const chat_id& chat, std::uint64_t shown, std::uint64_t last,
                          std::uint32_t rows_max);
fetch_home page_behind(std::uint64_t shown, std::uint64_t last, std::uint32_t rows_max);

}  // namespace uod::client
