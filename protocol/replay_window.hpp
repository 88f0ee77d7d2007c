#pragma once

#include <array>
#include <cstdint>

namespace uod {

/// Remembers which of the last `size` frame counters have been seen (the sliding window of
/// RFC 4303, 3.4.3, as a ring of words as in RFC 6479). Pure.
class replay_window {
 public:
  /// How far behind the newest counter a frame may come and still be told from a repetition.
  /// Links deliver in order, so any reordering at all is rare; 1,024 cost 128 octets.
  static constexpr std::uint64_t size = 1024;

  /// True for a counter that has not been seen, which from then on has. False for one that has,
  /// for one so old that nobody can tell, and for 0, which no frame has.
  bool accept(std::uint64_t counter);

 private:
  static constexpr std::uint64_t bits_a_word = 64;
  // One word more than the window, so that the word that is being filled is never read for the
  // counters that it held a round ago.
  static constexpr std::uint64_t words = size / bits_a_word + 1;

  std::uint64_t newest_ = 0;
  std::array<std::uint64_t, words> seen_{};
};

}  // namespace uod
