#pragma once

#include <algorithm>
#include <cstdint>

namespace uod::client {

/// How long to wait before the next try: doubling from the first to the longest delay, each spread
/// over its upper half, so that clients which lost the same server do not come back in one wave.
/// Pure: the caller brings the randomness.
class back_off {
 public:
  back_off(std::uint64_t first_ms, std::uint64_t max_ms)
      : first_ms_(std::max<std::uint64_t>(first_ms, 1)), max_ms_(std::max(max_ms, first_ms_)) {}

  /// The next delay: from half of the present step to all of it, in milliseconds.
  std::uint64_t next_ms(std::uint64_t random) {
    const std::uint64_t step = step_ms_ == 0 ? first_ms_ : step_ms_;
    step_ms_ = std::min(step > max_ms_ / 2 ? max_ms_ : step * 2, max_ms_);
    const std::uint64_t half = step / 2;
    return step - half + random % (half + 1);
  }

  /// A connection was good: the next loss begins anew.
  void reset() { step_ms_ = 0; }

 private:
  std::uint64_t first_ms_;
  std::uint64_t max_ms_;
  std::uint64_t step_ms_ = 0;
};

}  // namespace uod::client
