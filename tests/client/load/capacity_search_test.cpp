#include "client/load/capacity_search.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

using uod::load::capacity_search;

/// Carol looks for what a server can do.
namespace {

/// Tries until the search is over; a rate holds up to what the server can do.
std::vector<double> search_for(capacity_search& search, double capacity) {
  std::vector<double> tried;
  while (const auto rate = search.next()) {
    BOOST_REQUIRE(tried.size() < 2 * capacity_search::tries_max);
    tried.push_back(*rate);
    search.take(*rate <= capacity);
  }
  return tried;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(capacity_searches)

BOOST_AUTO_TEST_CASE(what_a_server_can_do_is_found_as_closely_as_wanted) {
  for (const double capacity : {510.0, 1'234.0, 40'000.0, 40.0}) {
    capacity_search search(500, 0.05);
    search_for(search, capacity);
    BOOST_REQUIRE(search.held().has_value());
    BOOST_REQUIRE(search.fell_short().has_value());
    BOOST_TEST(*search.held() <= capacity);
    BOOST_TEST(*search.fell_short() > capacity);
    BOOST_TEST(*search.fell_short() <= *search.held() * 1.05);
  }
}

BOOST_AUTO_TEST_CASE(it_doubles_until_something_falls_short) {
  capacity_search search(500, 0.5);
  const auto tried = search_for(search, 3'000);
  BOOST_TEST((tried == std::vector<double>{500, 1'000, 2'000, 4'000, std::sqrt(2'000.0 * 4'000)}));
}

BOOST_AUTO_TEST_CASE(a_server_that_can_do_nothing_ends_it) {
  capacity_search search(500, 0.05);
  search_for(search, 0);
  BOOST_TEST(!search.held().has_value());
}

BOOST_AUTO_TEST_CASE(a_server_without_end_ends_it_too) {
  capacity_search search(500, 0.05);
  const auto tried = search_for(search, 1e12);
  BOOST_TEST(tried.back() <= capacity_search::rate_max);
  BOOST_TEST(search.held().value() == tried.back());
  BOOST_TEST(!search.fell_short().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
