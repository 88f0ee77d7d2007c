#include "client/state/cursor.hpp"

#include <boost/test/unit_test.hpp>

using namespace uod;
using namespace uod::client;

BOOST_AUTO_TEST_SUITE(cursors)

BOOST_AUTO_TEST_CASE(a_cursor_reads_back_as_it_was_written) {
  const std::vector<std::pair<stream_place, std::string>> same = {
      {{12, 3}, "p12h3"}, {{0, 0}, "p0h0"},
      {{12, {}}, "p12"},  // as they were before there was a home page
      {{{}, 3}, "h3"},    {{UINT64_MAX, UINT64_MAX}, "p18446744073709551615h18446744073709551615"},
  };
  for (const auto& [place, text] : same) {
    BOOST_TEST(cursor_text(place) == text);
    const auto parsed = parse_cursor(text);
    BOOST_TEST_REQUIRE(parsed.has_value(), text);
    BOOST_TEST((*parsed == place), text);
  }
}

BOOST_AUTO_TEST_CASE(nothing_else_is_a_cursor) {
  for (const char* text :
       {"", "p", "h", "123", "p-1", "p1x", "q1", "p 1", "p99999999999999999999", "p1h", "p1h-1",
        "p1h2x", "h3p12", "ph3", "p1p2", "p1h2h3", "p1 h2", " p1", "P1H2"}) {
    const auto parsed = parse_cursor(text);
    BOOST_TEST_REQUIRE(!parsed.has_value(), text);
    BOOST_TEST((parsed.error().code == errc::usage));
    BOOST_TEST(parsed.error().detail.find("p123h4") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_further_place_is_chosen_for_each_stream) {
  BOOST_TEST((further({1, 9}, {2, 8}) == stream_place{2, 9}));
  BOOST_TEST((further({{}, 9}, {0, {}}) == stream_place{0, 9}));
  BOOST_TEST((further({}, {}) == stream_place{}));
}

BOOST_AUTO_TEST_SUITE_END()
