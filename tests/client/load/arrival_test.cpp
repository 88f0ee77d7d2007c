#include "client/load/arrival.hpp"

#include <boost/test/unit_test.hpp>

/// A plan says when each of many is due, whatever anybody's clock says.
namespace uod::load {
namespace {

void check_consistent(const arrival_plan& plan, std::uint64_t count) {
  std::uint64_t before = 0;
  for (std::uint64_t number = 1; number <= count; ++number) {
    const std::uint64_t at = plan.due_ns(static_cast<double>(number));
    BOOST_REQUIRE(at >= before);
    BOOST_REQUIRE_SMALL(plan.due_by(static_cast<double>(at) / 1e9) - static_cast<double>(number),
                        0.001);
    before = at;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(arrival)

BOOST_AUTO_TEST_CASE(constant) {
  const arrival_plan plan{500, 500, 10};
  BOOST_TEST(plan.due_ns(1) == 2'000'000U);
  BOOST_TEST(plan.due_ns(5'000) == 10'000'000'000U);
  BOOST_TEST(plan.due_ns(10'000) == 20'000'000'000U);  // and on behind its span
  check_consistent(plan, 6'000);
}

BOOST_AUTO_TEST_CASE(growing_and_shrinking) {
  check_consistent({10, 1'000, 10}, 5'050);
  check_consistent({1'000, 10, 10}, 5'050);
  check_consistent({0, 100, 10}, 500);
  const arrival_plan grows{0, 100, 10};
  BOOST_TEST(grows.due_by(10) == 500);
  BOOST_TEST(grows.due_by(5) == 125);
  BOOST_TEST(grows.due_by(20) == 1'500);
}

BOOST_AUTO_TEST_CASE(shrinking_to_nothing_ends) {
  const arrival_plan plan{100, 0, 10};
  check_consistent(plan, 499);
  BOOST_TEST(plan.due_ns(501) == 10'000'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
