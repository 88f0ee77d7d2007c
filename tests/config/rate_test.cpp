#include "config/rate.hpp"

#include <boost/test/unit_test.hpp>

using namespace uod;

BOOST_AUTO_TEST_SUITE(rates)

BOOST_AUTO_TEST_CASE(texts_go_there_and_back) {
  for (const std::string text : {"20, 30/min", "1, 1/s", "5000, 200/s", "30, 60/h", "3, 10/d",
                                 "1000000, 1000000/s", "off"}) {
    const auto limit = parse_rate(text);
    BOOST_REQUIRE_MESSAGE(limit.has_value(), text);
    BOOST_TEST(to_text(*limit) == text);
  }
  BOOST_TEST(to_text(*parse_rate("20,30/min")) == "20, 30/min");
  BOOST_TEST(to_text(*parse_rate("007, 08/h")) == "7, 8/h");
}

BOOST_AUTO_TEST_CASE(a_text_means_what_it_says) {
  BOOST_TEST((parse_rate("20, 30/min") == per_minute(20, 30)));
  BOOST_TEST((parse_rate("60, 2/s") == per_second(60, 2)));
  BOOST_TEST((parse_rate("30, 60/h") == per_hour(30, 60)));
  BOOST_TEST((parse_rate("3, 10/d") == per_day(3, 10)));
  BOOST_TEST((parse_rate("off") == rate{}));
  const auto limit = *parse_rate("20, 30/min");
  BOOST_TEST(limit.burst == 20U);
  BOOST_TEST(limit.count == 30U);
  BOOST_TEST(limit.per_ms == 60'000U);
  BOOST_TEST(!limit.off);
  BOOST_TEST(parse_rate("off")->off);
}

BOOST_AUTO_TEST_CASE(everything_else_is_refused) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv,
                          "on"sv,
                          "Off"sv,
                          "off "sv,
                          "0"sv,
                          "20"sv,
                          "30/min"sv,
                          "20,"sv,
                          "20, /min"sv,
                          ", 30/min"sv,
                          ",/"sv,
                          "20, 30"sv,
                          "20, 30/"sv,
                          "20, 30/m"sv,
                          "20, 30/minute"sv,
                          "20, 30/min "sv,
                          " 20, 30/min"sv,
                          "20 , 30/min"sv,
                          "20,  30/min"sv,
                          "20, 30 /min"sv,
                          "20, 30/ min"sv,
                          "20; 30/min"sv,
                          "30/min, 20"sv,
                          "0, 30/min"sv,
                          "20, 0/min"sv,
                          "-1, 30/min"sv,
                          "20, -1/min"sv,
                          "+1, 30/min"sv,
                          "1.5, 30/min"sv,
                          "20, 1e3/min"sv,
                          "1000001, 1/s"sv,
                          "1, 1000001/s"sv,
                          "4294967297, 1/s"sv,
                          "99999999999999999999, 1/s"sv,
                          "20, 30/min\0"sv}) {
    const auto limit = parse_rate(text);
    BOOST_REQUIRE_MESSAGE(!limit, text);
    BOOST_TEST(code_name(limit.error().code) == "config_invalid");
    BOOST_TEST(limit.error().detail == rate_allowed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
