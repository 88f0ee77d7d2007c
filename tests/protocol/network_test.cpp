#include "protocol/network.hpp"

#include <boost/test/unit_test.hpp>

using namespace uod;

BOOST_AUTO_TEST_SUITE(networks)

BOOST_AUTO_TEST_CASE(an_ipv4_address_belongs_to_256_of_them) {
  BOOST_TEST(network_of("198.51.100.7") == "198.51.100.0/24");
  BOOST_TEST(network_of("198.51.100.255") == "198.51.100.0/24");
  BOOST_TEST(network_of("198.51.101.7") == "198.51.101.0/24");
  BOOST_TEST(network_of("0.0.0.0") == "0.0.0.0/24");
  BOOST_TEST(network_of("255.255.255.255") == "255.255.255.0/24");
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_belongs_to_its_site) {
  BOOST_TEST(network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1::/48");
  BOOST_TEST(network_of("2001:0DB8:0001:ffff::") == "2001:db8:1::/48");
  BOOST_TEST(network_of("2001:db8:2::1") == "2001:db8:2::/48");
  BOOST_TEST(network_of("::1") == "::/48");
  BOOST_TEST(network_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == "ffff:ffff:ffff::/48");
  // The longest that there is.
  BOOST_TEST(network_of("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") == "ffff:ffff:ffff::/48");
}

BOOST_AUTO_TEST_CASE(an_ipv4_address_in_ipv6s_clothes_is_one) {
  BOOST_TEST(network_of("::ffff:198.51.100.7") == "198.51.100.0/24");
  BOOST_TEST(network_of("::FFFF:c633:6407") == "198.51.100.0/24");
  // Only that one prefix is such a dress.
  BOOST_TEST(network_of("::fffe:198.51.100.7") == "::/48");
  BOOST_TEST(network_of("1::ffff:198.51.100.7") == "1::/48");
  BOOST_TEST((parse_ip_address("::ffff:192.0.2.1") == parse_ip_address("192.0.2.1")));
}

BOOST_AUTO_TEST_CASE(a_zone_is_no_part_of_a_network) {
  BOOST_TEST(network_of("fe80::1%eth0") == "fe80::/48");
  BOOST_TEST(network_of("fe80::1%25") == "fe80::/48");
  BOOST_TEST(network_of("fe80::1%an-interface-with-a-name-longer-than-any-address") == "fe80::/48");
  BOOST_TEST(network_of("::ffff:198.51.100.7%1") == "198.51.100.0/24");
}

BOOST_AUTO_TEST_CASE(everything_else_is_one_network) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv,
                          "%"sv,
                          "%eth0"sv,
                          ":"sv,
                          "localhost"sv,
                          "198.51.100"sv,
                          "198.51.100.256"sv,
                          "198.51.100.7:7400"sv,
                          "198.51.100.7%eth0"sv,
                          " 198.51.100.7"sv,
                          "198.51.100.7\n"sv,
                          "198.51.100.7\0"sv,
                          "198.51.100.7\0.example.org"sv,
                          "0x7f.0.0.1"sv,
                          "2130706433"sv,
                          "[::1]"sv,
                          "::1::"sv,
                          "1:2:3:4:5:6:7:8:9"sv,
                          "::12345"sv,
                          "2001:db8:1::/48"sv,
                          "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2551"sv}) {
    BOOST_TEST(network_of(text) == "unknown", text);
    BOOST_TEST(!parse_ip_address(text).has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
