#include "protocol/errors.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace uod;

namespace {

/// The lines of a file of the project between one line and the first that begins with another.
std::vector<std::string> lines_between(const char* path, std::string_view begin,
                                       std::string_view end) {
  std::ifstream file{std::string{UOD_SOURCE_DIR} + path};
  std::vector<std::string> lines;
  std::string line;
  while (std::getline(file, line) && line != begin) continue;
  while (std::getline(file, line) && !line.starts_with(end)) lines.push_back(line);
  return lines;
}

/// What the header declares, as in `  malformed = 2,`: number and name of each value.
std::map<std::uint32_t, std::string> declared() {
  std::map<std::uint32_t, std::string> values;
  for (const auto& line :
       lines_between("/protocol/errors.hpp", "enum class errc : std::uint16_t {", "};")) {
    const auto equals = line.find(" = ");
    if (equals == line.npos) continue;
    const auto number = static_cast<std::uint32_t>(std::stoul(line.substr(equals + 3)));
    BOOST_TEST(values.emplace(number, line.substr(2, equals - 2)).second, line);
  }
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(every_error_has_its_own_name_and_sentence) {
  const auto values = declared();
  BOOST_TEST(values.size() >= 61u);
  std::set<std::string_view> sentences;
  for (const auto& [number, name] : values) {
    const auto code = errc_from_wire(number);
    BOOST_TEST(static_cast<std::uint32_t>(code) == number);
    BOOST_TEST(code_name(code) == name);
    BOOST_TEST((errc_named(name) == code));
    BOOST_TEST(sentence(code).size() > 10u, name);
    BOOST_TEST(sentence(code).ends_with('.'), name);
    BOOST_TEST(sentences.insert(sentence(code)).second, name);
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_is_none_is_no_error) {
  for (const auto* name : {"", "rate_limitd", "RATE_LIMITED", "internal "}) {
    BOOST_TEST(!errc_named(name).has_value(), name);
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

BOOST_AUTO_TEST_CASE(the_document_has_the_same_table) {
  // Rows as in "| 2 | `malformed` | The message is not … |".
  std::map<std::uint32_t, std::string> told;
  for (const auto& line : lines_between("/PROTOCOL.md", "## Errors", "## ")) {
    const auto name = line.find(" | `");
    const auto told_sentence = line.find("` | ");
    if (name == line.npos || told_sentence == line.npos) continue;
    const auto number = static_cast<std::uint32_t>(std::stoul(line.substr(2)));
    told[number] = line.substr(name + 4, told_sentence - name - 4);
    BOOST_TEST(line.substr(told_sentence + 4) ==
               std::string{sentence(errc_from_wire(number))} + " |");
  }
  BOOST_TEST((told == declared()));
}

BOOST_AUTO_TEST_SUITE_END()
