#include "storage/lockout.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <random>
#include <vector>

namespace uod::storage {
namespace {

constexpr std::uint64_t minute_ms = 60'000;
constexpr std::uint64_t hour_ms = 60 * minute_ms;
constexpr std::uint64_t day_ms = 24 * hour_ms;
constexpr std::uint64_t end_of_time = std::numeric_limits<std::uint64_t>::max();

/// Somebody who mistypes, and what it makes of their lock.
struct mistypist {
  lock_policy policy;
  lock_state state;
  std::uint64_t now_ms = 1'000'000'000'000;

  /// Whether this one locked.
  bool fail() {
    const counted_failure counted = after_failure(state, policy, now_ms);
    state = counted.state;
    return counted.locked_now;
  }
  /// Until it locks; for how long.
  std::uint64_t fail_until_locked() {
    for (std::uint32_t i = 0; i < 100; ++i) {
      if (fail()) return state.until_ms - now_ms;
    }
    BOOST_FAIL("never locked");
    return 0;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lockout)

BOOST_AUTO_TEST_CASE(five_failures_lock_for_a_minute) {
  mistypist alice;
  for (std::uint32_t i = 1; i < 5; ++i) {
    BOOST_TEST(!alice.fail());
    BOOST_TEST(alice.state.failures == i);
    BOOST_TEST(!alice.state.locked(alice.now_ms));
    alice.now_ms += 1'000;
  }
  BOOST_TEST(alice.fail());
  BOOST_TEST(alice.state.until_ms == alice.now_ms + minute_ms);
  BOOST_TEST(alice.state.locked(alice.now_ms));
  BOOST_TEST(alice.state.locked(alice.now_ms + minute_ms - 1));
  BOOST_TEST(!alice.state.locked(alice.now_ms + minute_ms));
  BOOST_TEST(!lock_state{}.locked(0));
}

BOOST_AUTO_TEST_CASE(each_lock_is_twice_as_long_up_to_an_hour) {
  mistypist alice;
  for (const std::uint64_t minutes : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    BOOST_TEST(alice.fail_until_locked() == minutes * minute_ms);
    alice.now_ms = alice.state.until_ms;  // the first moment at which she may try again
  }
}

BOOST_AUTO_TEST_CASE(guessing_on_while_locked_changes_nothing) {
  mistypist mallory;
  mallory.fail_until_locked();
  const lock_state locked = mallory.state;
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(!mallory.fail());
    BOOST_TEST((mallory.state == locked));
    mallory.now_ms += minute_ms / 200;
  }
  mallory.now_ms = locked.until_ms - 1;
  BOOST_TEST(!mallory.fail());
  BOOST_TEST((mallory.state == locked));
  // Afterwards all five tries are there again.
  mallory.now_ms = locked.until_ms;
  for (int i = 0; i < 4; ++i) BOOST_TEST(!mallory.fail());
  BOOST_TEST(mallory.fail());
}

BOOST_AUTO_TEST_CASE(a_quiet_day_forgets) {
  mistypist alice;
  for (int i = 0; i < 4; ++i) alice.fail();
  alice.now_ms += day_ms;  // not more than a day: the fifth still counts
  BOOST_TEST(alice.fail());

  alice.now_ms = alice.state.until_ms + day_ms;  // the day begins when the lock ends
  BOOST_TEST(alice.fail_until_locked() == 2 * minute_ms);

  alice.now_ms = alice.state.until_ms + day_ms + 1;
  BOOST_TEST(!alice.fail());
  BOOST_TEST((alice.state == lock_state{1, 0, alice.now_ms, 0}));
  BOOST_TEST(alice.fail_until_locked() == minute_ms);
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_forgets_nothing) {
  mistypist alice;
  for (int i = 0; i < 4; ++i) alice.fail();
  alice.now_ms -= 30 * day_ms;
  BOOST_TEST(alice.fail());
  BOOST_TEST(alice.state.until_ms == alice.now_ms + minute_ms);
}

BOOST_AUTO_TEST_CASE(one_failure_may_be_enough) {
  for (const std::uint32_t failures_max : {0U, 1U}) {
    mistypist alice;
    alice.policy.failures_max = failures_max;
    BOOST_TEST(alice.fail());
  }
}

BOOST_AUTO_TEST_CASE(nothing_overflows) {
  mistypist alice;
  alice.policy.longest_ms = end_of_time;
  alice.policy.forgotten_ms = end_of_time;
  std::uint64_t length_ms = 0;
  for (std::uint32_t locks = 0; locks < 200; ++locks) {
    alice.state = {4, locks, 0, 0};
    BOOST_TEST(alice.fail());
    const std::uint64_t next_ms = alice.state.until_ms - alice.now_ms;
    BOOST_TEST(next_ms >= length_ms);
    length_ms = next_ms;
  }
  BOOST_TEST(alice.state.until_ms == end_of_time);

  // At the end of time, and after more locks than can be counted.
  alice.now_ms = end_of_time - 10;
  alice.state = {4, std::numeric_limits<std::uint32_t>::max(), alice.now_ms, 0};
  BOOST_TEST(alice.fail());
  BOOST_TEST(alice.state.until_ms == end_of_time);
  BOOST_TEST(alice.state.locks == std::numeric_limits<std::uint32_t>::max());

  // Locks of no length at all are over at once, however many there were.
  alice.policy.first_ms = 0;
  alice.now_ms = 1'000;
  alice.state = {4, std::numeric_limits<std::uint32_t>::max(), 0, 0};
  BOOST_TEST(alice.fail());
  BOOST_TEST(!alice.state.locked(alice.now_ms));

  // The first lock is no longer than the longest.
  mistypist bob;
  bob.policy.longest_ms = 1'000;
  BOOST_TEST(bob.fail_until_locked() == 1'000U);
}

/// The same told in the plainest way: all failures that counted are kept, and what they mean is
/// found out anew each time.
class naive_lockout {
 public:
  explicit naive_lockout(const lock_policy& policy) : policy_(policy) {}

  counted_failure fail(std::uint64_t now_ms) {
    if (now_ms < until_ms_) return {state(), false};
    if (!counted_.empty()) {
      const std::uint64_t quiet_since = std::max(counted_.back(), until_ms_);
      if (now_ms > quiet_since && now_ms - quiet_since > policy_.forgotten_ms) {
        counted_.clear();
        until_ms_ = 0;
      }
    }
    counted_.push_back(now_ms);
    if (counted_.size() % policy_.failures_max != 0) return {state(), false};
    std::uint64_t length_ms = policy_.first_ms;
    for (std::size_t locks = counted_.size() / policy_.failures_max; locks > 1; --locks) {
      length_ms = std::min(2 * length_ms, policy_.longest_ms);
    }
    until_ms_ = now_ms + std::min(length_ms, policy_.longest_ms);
    return {state(), true};
  }

 private:
  [[nodiscard]] lock_state state() const {
    return {static_cast<std::uint32_t>(counted_.size() % policy_.failures_max),
            static_cast<std::uint32_t>(counted_.size() / policy_.failures_max), counted_.back(),
            until_ms_};
  }

  lock_policy policy_;
  std::vector<std::uint64_t> counted_;
  std::uint64_t until_ms_ = 0;
};

BOOST_AUTO_TEST_CASE(whatever_happens_it_agrees_with_the_plain_one) {
  const char* given = std::getenv("UOD_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "lockout: UOD_TEST_SEED=" << seed << std::endl;
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  std::uint64_t locks = 0;
  for (int life = 0; life < 300; ++life) {
    const lock_policy policy{static_cast<std::uint32_t>(1 + below(7)), 1 + below(2 * minute_ms),
                             1 + below(2 * hour_ms), 1 + below(2 * day_ms)};
    naive_lockout plain(policy);
    lock_state state;
    std::uint64_t now_ms = day_ms;
    for (int i = 0; i < 200; ++i) {
      const counted_failure expected = plain.fail(now_ms);
      const counted_failure counted = after_failure(state, policy, now_ms);
      state = counted.state;
      locks += counted.locked_now ? 1 : 0;
      BOOST_TEST_CONTEXT("UOD_TEST_SEED=" << seed << " life " << life << " failure " << i) {
        BOOST_REQUIRE((counted.state == expected.state));
        BOOST_REQUIRE_EQUAL(counted.locked_now, expected.locked_now);
      }
      switch (below(8)) {
        case 0:
          now_ms += below(3 * day_ms);
          break;
        case 1:
          now_ms = std::max(now_ms, state.until_ms) + below(3);
          break;
        case 2:
          now_ms -= below(minute_ms);  // a clock that goes back
          break;
        default:
          now_ms += below(minute_ms);
      }
    }
  }
  BOOST_TEST(locks > 1'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage
