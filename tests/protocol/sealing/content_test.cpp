#include "protocol/sealing/content.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

namespace {

file_content photo(std::string name = "photo.jpg", std::uint64_t size = 1'234'567) {
  return {numbered<file_id>(3), secret_bytes::copy_of(bytes(32, 'k')), size, std::move(name)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contents)

BOOST_AUTO_TEST_CASE(a_text_is_read_as_it_was_written) {
  for (const std::string words : {"", "hello", "Zo\u00eb \u4e2d\n"}) {
    const auto octets = must(encode_content(text(words)));
    BOOST_TEST(octets.view() == '\1' + words);
    BOOST_TEST(std::get<text_content>(must(parse_content(octets.view()))).text == words);
  }
  BOOST_TEST((why(encode_content(text("\xff"))) == errc::text_invalid));
  BOOST_TEST((why(parse_content("\1\xff")) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(a_file_is_told_with_its_key_size_and_name) {
  const auto octets = must(encode_content(photo()));
  BOOST_TEST(octets.size() == 1u + 16 + 32 + 8 + 9);
  const auto read = must(parse_content(octets.view()));
  const auto& file = std::get<file_content>(read);
  BOOST_TEST((file.id == numbered<file_id>(3)));
  BOOST_TEST(file.key.view() == bytes(32, 'k'));
  BOOST_TEST(file.size == 1'234'567u);
  BOOST_TEST(file.name == "photo.jpg");
  for (std::size_t length = 1; length < 1 + 16 + 32 + 8 + 1; ++length) {
    if (parse_content(octets.view().substr(0, length))) BOOST_ERROR("cut to " << length);
  }
}

BOOST_AUTO_TEST_CASE(a_files_name_leads_nowhere_else) {
  using namespace std::string_view_literals;
  for (const auto good : {"a"sv, "photo.jpg"sv, "..."sv, ".hidden"sv, "Zo\u00eb \u4e2d.txt"sv,
                          "back\\slash"sv, "\u00a0"sv}) {
    BOOST_TEST(is_file_name(good), good);
  }
  for (const auto bad : {""sv, "."sv, ".."sv, "a/b"sv, "/"sv, "a\0b"sv, "a\nb"sv, "\x1b[31m"sv,
                         "a\x7f"sv, "a\u0080b"sv, "a\u009fb"sv, "\xff"sv, "a\xc2"sv}) {
    BOOST_TEST(!is_file_name(bad));
    BOOST_TEST((why(encode_content(photo(std::string(bad)))) == errc::malformed));
  }
  BOOST_TEST(is_file_name(std::string(255, 'x')));
  BOOST_TEST(!is_file_name(std::string(256, 'x')));
  auto octets = bytes(must(encode_content(photo())).view());
  octets.back() = '/';
  BOOST_TEST((why(parse_content(octets)) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(a_file_is_no_larger_than_its_segments_can_count) {
  BOOST_TEST(encode_content(photo("x", file_octets_max)).has_value());
  BOOST_TEST((why(encode_content(photo("x", file_octets_max + 1))) == errc::malformed));
}

BOOST_AUTO_TEST_CASE(what_a_newer_program_wrote_is_told_as_such) {
  BOOST_TEST((why(parse_content("\3hello")) == errc::sealed_by_newer));
  BOOST_TEST((why(parse_content(bytes(1, '\0'))) == errc::sealed_by_newer));
  BOOST_TEST((why(parse_content("")) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_SUITE_END()
