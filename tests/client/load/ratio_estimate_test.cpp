#include "client/load/ratio_estimate.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using uod::load::estimate_ratio;

/// Carol has measured two servers in turns.
namespace {

using measured = std::vector<std::pair<double, double>>;
constexpr std::uint64_t seed = 7;

}  // namespace

BOOST_AUTO_TEST_SUITE(ratio_estimates)

BOOST_AUTO_TEST_CASE(one_that_is_twice_as_fast_is_told_so) {
  // The machine gets slower and slower; both feel it.
  const measured pairs{{100, 201}, {90, 178}, {80, 162}, {70, 139}, {60, 121}};
  const auto found = estimate_ratio(pairs, seed);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->ratio > 1.97);
  BOOST_TEST(found->ratio < 2.03);
  BOOST_TEST(found->low <= found->ratio);
  BOOST_TEST(found->high >= found->ratio);
  BOOST_TEST(found->is_sure());
}

BOOST_AUTO_TEST_CASE(noise_is_not_taken_for_a_difference) {
  const measured pairs{{100, 120}, {100, 85}, {100, 104}, {100, 93}, {100, 99}, {100, 110}};
  const auto found = estimate_ratio(pairs, seed);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(!found->is_sure());
  BOOST_TEST(found->low < 1);
  BOOST_TEST(found->high > 1);
}

BOOST_AUTO_TEST_CASE(the_median_is_not_moved_by_one_bad_round) {
  const measured pairs{{100, 100}, {100, 101}, {100, 1}, {100, 99}, {100, 100}};
  BOOST_TEST(estimate_ratio(pairs, seed)->ratio == 1);
}

BOOST_AUTO_TEST_CASE(too_few_or_nothing_measured_says_nothing) {
  BOOST_TEST(!estimate_ratio(measured{{1, 2}, {1, 2}}, seed).has_value());
  BOOST_TEST(!estimate_ratio(measured{{1, 2}, {0, 2}, {1, 2}}, seed).has_value());
  BOOST_TEST(!estimate_ratio(measured{{1, 2}, {1, 2}, {1, -1}}, seed).has_value());
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_bounds) {
  const measured pairs{{100, 120}, {100, 85}, {100, 104}, {100, 93}};
  const auto one = estimate_ratio(pairs, seed);
  const auto other = estimate_ratio(pairs, seed);
  BOOST_TEST(one->low == other->low);
  BOOST_TEST(one->high == other->high);
}

BOOST_AUTO_TEST_SUITE_END()
