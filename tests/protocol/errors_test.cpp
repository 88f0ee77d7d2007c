#include "protocol/errors.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <set>

using namespace uod;

namespace {

/// What the header declares: number and name of each value.
std::map<std::uint32_t, std::string> declared() {
  std::ifstream header{UOD_SOURCE_DIR "/protocol/errors.hpp"};
  std::map<std::uint32_t, std::string> values;
  const std::regex value{R"(^\s+(\w+) = (\d+),$)"};
  std::string line;
  while (std::getline(header, line) && line.find("std::string_view code_name") == line.npos) {
    std::smatch match;
    if (!std::regex_match(line, match, value)) continue;
    const auto number = static_cast<std::uint32_t>(std::stoul(match[2]));
    BOOST_TEST(values.emplace(number, match[1]).second, line);
  }
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(every_error_has_its_own_name_and_sentence) {
  const auto values = declared();
  BOOST_TEST(values.size() >= 49u);
  std::set<std::string_view> sentences;
  for (const auto& [number, name] : values) {
    const auto code = errc_from_wire(number);
    BOOST_TEST(static_cast<std::uint32_t>(code) == number);
    BOOST_TEST(code_name(code) == name);
    BOOST_TEST(sentence(code).size() > 10u, name);
    BOOST_TEST(sentence(code).ends_with('.'), name);
    BOOST_TEST(sentences.insert(sentence(code)).second, name);
  }
}

BOOST_AUTO_TEST_CASE(a_number_of_a_newer_peer_becomes_internal) {
  const auto values = declared();
  for (std::uint32_t number = 0; number < 0x20000; ++number) {
    if (values.contains(number)) continue;
    if (errc_from_wire(number) != errc::internal) BOOST_ERROR(number);
  }
  BOOST_TEST((errc_from_wire(0xffffffff) == errc::internal));
  // 65,536 above a known one: must not be cut to sixteen bits first.
  BOOST_TEST((errc_from_wire(0x10000 + 21) == errc::internal));
  BOOST_TEST(code_name(static_cast<errc>(12345)) == "internal");
  BOOST_TEST(sentence(static_cast<errc>(12345)) == sentence(errc::internal));
}

BOOST_AUTO_TEST_CASE(a_person_reads_what_happened_and_to_which_thing) {
  BOOST_TEST(to_text(error{errc::no_such_account}) == "There is no such account.");
  BOOST_TEST(to_text(error{errc::no_such_account, "bob"}) == "There is no such account: bob");
}

BOOST_AUTO_TEST_CASE(a_failure_is_a_value) {
  const outcome<int> none = fail(errc::rate_limited, "alice", 250);
  BOOST_REQUIRE(!none);
  BOOST_TEST((none.error() == error{errc::rate_limited, "alice", 250}));
  BOOST_TEST((none.error() != error{errc::rate_limited, "alice", 251}));
}

BOOST_AUTO_TEST_SUITE_END()
