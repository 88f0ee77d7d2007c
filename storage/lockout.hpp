#pragma once

#include <cstdint>

/// How failed log-ins lock a name or a network. Pure: the engines of the store keep the state and
/// ask here what becomes of it.
namespace uod::storage {

/// What is known of the failures of one name or network.
struct lock_state {
  std::uint32_t failures = 0;      ///< since the last lock, success or unlocking
  std::uint32_t locks = 0;         ///< in a row, without a success or a quiet time between
  std::uint64_t failed_at_ms = 0;  ///< the last failure; 0: never
  std::uint64_t until_ms = 0;      ///< locked until then; 0 or past: not locked

  bool operator==(const lock_state&) const = default;

  [[nodiscard]] bool locked(std::uint64_t now_ms) const { return now_ms < until_ms; }
};

struct lock_policy {
  std::uint32_t failures_max = 5;           ///< this many in a row lock
  std::uint64_t first_ms = 60'000;          ///< the first lock; each further one is twice as long
  std::uint64_t longest_ms = 3'600'000;     ///< but never longer than this
  std::uint64_t forgotten_ms = 86'400'000;  ///< after so long without a failure all is forgotten
};

struct counted_failure {
  lock_state state;
  bool locked_now = false;  ///< this failure was the one that locked
};

/// What a failure at `now_ms` makes of a state. One that comes while it is locked changes nothing:
/// guessing on does not make a lock longer.
counted_failure after_failure(lock_state state, const lock_policy& policy, std::uint64_t now_ms);

}  // namespace uod::storage
