#include "protocol/sealing/safety_number.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

namespace {

safety_side side(std::uint8_t number, std::uint8_t key) {
  safety_side made{numbered<account_id>(number), {}};
  made.fingerprint.octets.fill(key);
  return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(safety_numbers)

BOOST_AUTO_TEST_CASE(alice_and_bob_see_the_same_number) {
  const auto number = safety_number(side(1, 1), side(2, 2));
  BOOST_TEST(number.size() == 60u);
  BOOST_TEST((number.find_first_not_of("0123456789") == number.npos));
  BOOST_TEST(number == safety_number(side(2, 2), side(1, 1)));
  BOOST_TEST(safety_number_for_scanning(number) == "uod:safety:1:" + number);
  const auto shown = show_safety_number(number);
  BOOST_TEST(shown.size() == 60u + 11);
  BOOST_TEST(shown.substr(0, 6) == number.substr(0, 5) + " ");
}

BOOST_AUTO_TEST_CASE(whoever_stands_between_changes_it) {
  const auto number = safety_number(side(1, 1), side(2, 2));
  const auto with_another_key = safety_number(side(1, 1), side(2, 3));
  BOOST_TEST(number.substr(0, 30) == with_another_key.substr(0, 30));
  BOOST_TEST(number.substr(30) != with_another_key.substr(30));
  BOOST_TEST(number.substr(30) != safety_number(side(1, 1), side(3, 2)).substr(30));
}

BOOST_AUTO_TEST_SUITE_END()
