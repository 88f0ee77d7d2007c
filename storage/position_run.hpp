#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How the database finds a chat's n-th message: positions of messages that follow each other in
/// a chat, 64 of them to a text, which is called a run. A run that is full is a row of its own;
/// the one that is still growing, the tail, lies with the chat's counters, which each commit
/// writes anyway. An index entry a message would be one more page of the log for each chat that
/// said something.
///
/// The text is the first position and then how much further each next one is, "1000,3,17", so
/// that people can read it too.
namespace uod::storage {

/// Messages of a run. More make the tail longer, which goes into each commit; fewer make more rows.
inline constexpr std::uint64_t run_messages = 64;

/// The number of the run that a chat's message belongs to; the first is 0, and so is that of
/// `seq` 0, which stands for a chat's beginning.
constexpr std::uint64_t run_of(std::uint64_t seq) {
  return seq == 0 ? 0 : (seq - 1) / run_messages;
}

/// Whether a run is full with this message, so that the next one begins another.
constexpr bool ends_run(std::uint64_t seq) { return seq % run_messages == 0; }

/// Adds a position to a run whose last one is `last`, and lower (it does not matter to an empty
/// run).
void append_position(std::string& run, std::uint64_t last, std::uint64_t position);

/// The positions of a run, in rising order, none for an empty text; nothing for a text that
/// `append_position` has not made.
std::optional<std::vector<std::uint64_t>> positions_from_text(std::string_view run);

}  // namespace uod::storage
