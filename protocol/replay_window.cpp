#include "protocol/replay_window.hpp"

#include <algorithm>

namespace uod {

bool replay_window::accept(std::uint64_t counter) {
  if (counter == 0) return false;
  const std::uint64_t word = counter / bits_a_word;
  if (counter > newest_) {
    const std::uint64_t newest_word = newest_ / bits_a_word;
    const std::uint64_t fresh_words = std::min(word - newest_word, words);
    for (std::uint64_t step = 0; step < fresh_words; ++step) seen_[(word - step) % words] = 0;
    newest_ = counter;
  } else if (newest_ - counter >= size) {
    return false;
  }
  std::uint64_t& bits = seen_[word % words];
  const std::uint64_t bit = std::uint64_t{1} << (counter % bits_a_word);
  if ((bits & bit) != 0) return false;
  bits |= bit;
  return true;
}

}  // namespace uod
