#include "protocol/times.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace uod;

BOOST_AUTO_TEST_SUITE(times_for_people)

BOOST_AUTO_TEST_CASE(who_comes_at_the_time_that_was_told_does_not_come_too_early) {
  constexpr std::uint64_t new_year = 1'767'225'600'000;
  BOOST_TEST(time_for_people(new_year) == "2026-01-01 00:00:00 UTC");
  BOOST_TEST(time_for_people(new_year + 1) == "2026-01-01 00:00:01 UTC");
  BOOST_TEST(time_for_people(new_year + 1'000) == "2026-01-01 00:00:01 UTC");
  BOOST_TEST(time_for_people(new_year - 1) == "2026-01-01 00:00:00 UTC");
  BOOST_TEST(time_for_people(new_year + 89'999) == "2026-01-01 00:01:30 UTC");
}

BOOST_AUTO_TEST_CASE(any_number_has_a_text) {
  BOOST_TEST(time_for_people(0) == "1970-01-01 00:00:00 UTC");
  BOOST_TEST(!time_for_people(std::numeric_limits<std::uint64_t>::max()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
