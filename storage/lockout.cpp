#include "storage/lockout.hpp"

#include <algorithm>

namespace uod::storage {
namespace {

/// The first lock doubled for each that went before it, without overflow.
std::uint64_t lock_length_ms(const lock_policy& policy, std::uint32_t locks_before) {
  std::uint64_t length_ms = policy.first_ms;
  for (std::uint32_t step = 0; step < locks_before && length_ms < policy.longest_ms; ++step) {
    length_ms *= 2;
  }
  return std::min(length_ms, policy.longest_ms);
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
  state.until_ms = now_ms + lock_length_ms(policy, state.locks);
  ++state.locks;
  return {state, true};
}

}  // namespace uod::storage
