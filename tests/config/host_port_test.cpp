#include "config/host_port.hpp"

#include <boost/test/unit_test.hpp>

using namespace uod;

BOOST_AUTO_TEST_SUITE(host_and_port)

BOOST_AUTO_TEST_CASE(names_addresses_and_brackets_go_there_and_back) {
  for (const std::string text :
       {"localhost:7400", "0.0.0.0:0", "[::1]:65535", "[fe80::1%eth0]:1", "chat.example.org:443"}) {
    const auto place = parse_host_port(text);
    BOOST_REQUIRE_MESSAGE(place.has_value(), text);
    BOOST_TEST(to_text(*place) == text);
  }
  BOOST_TEST(parse_host_port("[::1]:7400")->host == "::1");
  BOOST_TEST(parse_host_port("[::1]:7400")->port == 7400);
}

BOOST_AUTO_TEST_CASE(everything_else_is_refused) {
  for (const std::string text :
       {"", ":", "localhost", "localhost:", ":7400", "localhost:65536", "localhost:-1",
        "localhost:+1", "localhost:7400 ", " localhost:7400", "localhost:7 400", "::1:7400",
        "[]:7400", "[localhost]:7400", "[::1]7400", "[::1:7400", "a/b:1", "a\nb:1", "a:0x10"}) {
    const auto place = parse_host_port(text);
    BOOST_REQUIRE_MESSAGE(!place, text);
    BOOST_TEST(code_name(place.error().code) == "config_invalid");
    BOOST_TEST(place.error().detail.starts_with("HOST:PORT"));
  }
  std::string longest(253, 'a');
  BOOST_TEST(parse_host_port(longest.append(":1")).has_value());
  BOOST_TEST(!parse_host_port(longest.insert(0, "a")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
