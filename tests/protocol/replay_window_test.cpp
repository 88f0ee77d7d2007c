#include "protocol/replay_window.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

using uod::replay_window;

BOOST_AUTO_TEST_SUITE(replay)

BOOST_AUTO_TEST_CASE(each_counter_is_taken_once) {
  replay_window window;
  BOOST_TEST(!window.accept(0));
  for (std::uint64_t counter = 1; counter <= 5000; ++counter) {
    BOOST_TEST(window.accept(counter));
    BOOST_TEST(!window.accept(counter));
  }
}

BOOST_AUTO_TEST_CASE(what_comes_late_is_taken_while_anybody_can_tell) {
  replay_window window;
  BOOST_TEST(window.accept(10'000));
  BOOST_TEST(window.accept(10'000 - replay_window::size + 1));  // the oldest that can be told
  BOOST_TEST(!window.accept(10'000 - replay_window::size + 1));
  BOOST_TEST(!window.accept(10'000 - replay_window::size));  // one older
  BOOST_TEST(!window.accept(1));
  BOOST_TEST(window.accept(~std::uint64_t{0}));
  BOOST_TEST(!window.accept(10'001));
}

BOOST_AUTO_TEST_CASE(it_agrees_with_a_set_that_forgets_nothing) {
  const auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 chance(seed);
  replay_window window;
  std::set<std::uint64_t> seen;
  std::uint64_t newest = 0;
  for (int step = 0; step < 200'000; ++step) {
    std::uint64_t counter = 0;
    switch (chance() % 4) {
      case 0:
        counter = newest + 1;
        break;
      case 1:
        counter = newest + chance() % 3000;
        break;
      default:
        counter = newest - std::min(newest, chance() % (replay_window::size + 100));
    }
    const bool tellable = counter != 0 && counter + replay_window::size > newest;
    const bool expected = tellable && seen.count(counter) == 0;
    BOOST_REQUIRE_EQUAL(window.accept(counter), expected);
    if (!expected) continue;
    seen.insert(counter);
    newest = std::max(newest, counter);
  }
}

BOOST_AUTO_TEST_SUITE_END()
