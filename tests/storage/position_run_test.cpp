#include "storage/position_run.hpp"

#include <limits>

#include "tests/storage/household.hpp"

namespace uod::storage {
namespace {

using list = std::vector<std::uint64_t>;

constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();

std::string run_with(const list& positions) {
  std::string run;
  std::uint64_t last = 0;
  for (const std::uint64_t position : positions) {
    append_position(run, last, position);
    last = position;
  }
  return run;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(position_run)

BOOST_AUTO_TEST_CASE(sixty_four_messages_are_a_run) {
  BOOST_TEST(run_of(0) == 0U);
  BOOST_TEST(run_of(1) == 0U);
  BOOST_TEST(run_of(64) == 0U);
  BOOST_TEST(run_of(65) == 1U);
  BOOST_TEST(!ends_run(63));
  BOOST_TEST(ends_run(64));
  BOOST_TEST(!ends_run(65));
  BOOST_TEST(ends_run(128));
}

BOOST_AUTO_TEST_CASE(what_was_appended_is_read) {
  BOOST_TEST(run_with({1'000, 1'003, 1'020}) == "1000,3,17");
  list full;
  for (std::uint64_t i = 1; i <= run_messages; ++i) full.push_back(i * i);
  for (const list& positions : {list{}, list{7}, list{1, 2}, list{5, top}, list{top}, full}) {
    BOOST_TEST(positions_from_text(run_with(positions)).value() == positions,
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
  std::string too_long = "1";
  for (std::uint64_t i = 0; i < run_messages; ++i) too_long += ",1";
  for (const std::string& bad :
       {std::string("0"), std::string("1,0"), std::string(","), std::string("1,"),
        std::string(",1"), std::string("1,,1"), std::string("1;1"), std::string("-1"),
        std::string(" 1"), std::string("1 "), std::string("1,x"), std::string("1\0,1", 4),
        std::string("18446744073709551616"), std::string("18446744073709551615,1"), too_long}) {
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST(!positions_from_text(bad).has_value()); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage
