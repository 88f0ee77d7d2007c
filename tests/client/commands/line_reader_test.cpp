#include "client/commands/line_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace uod;
using namespace uod::client;

namespace {

constexpr std::size_t longest = 20;

/// What comes out of a stream that is fed in pieces of a size; `!` and the code at an error.
std::vector<std::string> lines_of(const std::string& stream, std::size_t piece) {
  line_reader reader(longest);
  std::vector<std::string> lines;
  const auto take_all = [&] {
    for (;;) {
      const auto line = reader.next();
      if (!line) lines.push_back(std::string("!").append(code_name(line.error().code)));
      if (!line || !*line) return line.has_value();
      lines.push_back(std::to_string((*line)->number) + ":" + (*line)->text);
    }
  };
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    reader.feed(bytes_view(stream).substr(at, piece));
    if (!take_all()) return lines;
  }
  reader.finish();
  if (take_all()) BOOST_TEST(reader.at_end());
  return lines;
}

void reads(const std::string& stream, const std::vector<std::string>& expected) {
  for (const std::size_t piece : {1, 2, 3, 7, 1000})
    BOOST_TEST(lines_of(stream, piece) == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(line_readers)

BOOST_AUTO_TEST_CASE(lines_end_with_a_line_feed_however_the_stream_is_cut) {
  reads("one\ntwo\n", {"1:one", "2:two"});
  reads("one\r\ntwo\r\n", {"1:one", "2:two"});
  reads("", {});
  reads(" \t\n", {"1: \t"});
  reads("a\rb\n", {"1:a\rb"});
  reads("a\r\r\n", {"1:a\r"});
}

BOOST_AUTO_TEST_CASE(a_last_line_without_an_end_counts) {
  reads("one\ntwo", {"1:one", "2:two"});
  reads("one\r", {"1:one"});
}

BOOST_AUTO_TEST_CASE(empty_lines_are_passed_over_and_counted) {
  reads("\n\r\none\n\n\ntwo\n\n", {"3:one", "6:two"});
  line_reader reader(longest);
  reader.feed("\n\r\none\n\n");
  reader.finish();
  while (*reader.next()) {
  }
  BOOST_TEST(reader.empty_lines() == 3u);
  BOOST_TEST(reader.at_end());
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_told_by_its_number_before_its_end_comes) {
  const std::string fits(longest, 'x');
  reads(fits + "\r\n" + fits, {"1:" + fits, "2:" + fits});
  reads("one\n" + fits + "x\nthree\n", {"1:one", "!too_large"});
  line_reader reader(longest);
  reader.feed("one\n\n" + fits + "yy");
  BOOST_TEST(reader.next().value()->text == "one");
  const auto refused = reader.next();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::too_large));
  BOOST_TEST(refused.error().detail.find("line 3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_told_by_its_number) {
  reads("one\n\xff\xfe\nthree\n", {"1:one", "!text_invalid"});
  reads("caf\xc3\xa9\n", {"1:caf\xc3\xa9"});
  line_reader reader(longest);
  reader.feed("\xc3\n");
  BOOST_TEST(reader.next().error().detail == "line 1");
}

BOOST_AUTO_TEST_CASE(what_was_taken_is_not_held) {
  line_reader reader(longest);
  for (int i = 0; i < 1'000; ++i) {
    reader.feed("0123456789\n0123");
    while (*reader.next()) {
    }
    BOOST_TEST_REQUIRE(reader.held_bytes() <= longest);
    reader.feed("\n");
  }
}

BOOST_AUTO_TEST_CASE(any_stream_in_any_pieces_gives_the_same_lines) {
  const auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 chance(seed);
  for (int round = 0; round < 2'000; ++round) {
    std::string stream;
    for (auto left = chance() % 60; left > 0; --left) stream += "ab\r\n\n\xc3\xa9"[chance() % 7];
    const auto whole = lines_of(stream, 1000);
    for (const std::size_t piece : {1, 2, 5})
      BOOST_TEST_REQUIRE((lines_of(stream, piece) == whole), "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
