#include "storage/lockout.hpp"

#include <algorithm>
#include <limits>

namespace uod::storage {
namespace {

/// The first lock doubled for each that went before it, without overflow.
std::uint64_t lock_length_ms(const lock_policy& policy, std::uint32_t locks_before) {
  std::uint64_t length_ms = std::min(policy.first_ms, policy.longest_ms);
  if (length_ms == 0) return 0;
  for (std::uint32_t step = 0; step < locks_before && length_ms < policy.longest_ms; ++step) {
    length_ms = length_ms > policy.longest_ms / 2 ? policy.longest_ms : 2 * length_ms;
  }
  return length_ms;
}

/// The sum, or the largest number where it is larger.
template <class Number>
Number add_at_most(Number one, Number other) {
  return std::numeric_limits<Number>::max() - one < other ? std::numeric_limits<Number>::max()
                                                          : static_cast<Number>(one + other);
}

}  // namespace

counted_failure after_failure(lock_state state, const lock_policy& policy, std::uint64_t now_ms) {
  if (state.locked(now_ms)) return {state, false};
  const bool quiet = now_ms > state.failed_at_ms && now_ms > state.until_ms &&
                     now_ms - std::max(state.failed_at_ms, state.until_ms) > policy.forgotten_ms;
  if (quiet) state = {};
  state.failed_at_ms = now_ms;
  ++state.failures;
  if (state.failures < policy.failures_max) return {state, false};
  state.failures = 0;
  state.until_ms = add_at_most(now_ms, lock_length_ms(policy, state.locks));
  state.locks = add_at_most(state.locks, 1U);
  return {state, true};
}

}  // namespace uod::storage
