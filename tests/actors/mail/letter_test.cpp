#include "actors/mail/letter.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/names.hpp"

namespace {

using uod::mail::one_line;

}  // namespace

BOOST_AUTO_TEST_SUITE(one_safe_line)

BOOST_AUTO_TEST_CASE(leaves_a_good_text_as_it_is) {
  for (const std::string text : {"", "Bob's telephone", "Grüße \U0001f600", "<b>&amp;</b>"}) {
    BOOST_TEST(one_line(text, 100) == text);
  }
}

BOOST_AUTO_TEST_CASE(makes_blanks_of_what_ends_lines_or_hides) {
  BOOST_TEST(one_line("a\r\nBcc: eve@example.org", 100) == "a  Bcc: eve@example.org");
  BOOST_TEST(one_line(std::string("a\0b\x1b[2J\x7f", 8), 100) == "a b [2J ");
  BOOST_TEST(one_line("a\u0085b\u009bc", 100) == "a b c");           // C1
  BOOST_TEST(one_line("a\u2028b\u2029c\u202ed", 100) == "a b c d");  // line ends, override
  BOOST_TEST(one_line("a\u2066b\u2069c", 100) == "a b c");           // isolates
  BOOST_TEST(one_line("\u00a0\u2027\u202f\u2065", 100) == "\u00a0\u2027\u202f\u2065");
}

BOOST_AUTO_TEST_CASE(repairs_what_is_no_utf8) {
  BOOST_TEST(one_line("a\xff\nb\xc3", 100) == "a\ufffd b\ufffd");
}

BOOST_AUTO_TEST_CASE(cuts_between_characters) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "ä€\U0001f600x";
  for (std::size_t octets_max = 0; octets_max < 40; ++octets_max) {
    const auto line = one_line(text, octets_max);
    BOOST_TEST(line.size() <= octets_max);
    BOOST_TEST(uod::is_utf8(line));
    BOOST_TEST((octets_max < 3 || line.ends_with("\u2026")));
  }
  BOOST_TEST(one_line("abcdef", 5) == "ab\u2026");
  BOOST_TEST(one_line("abcdef", 6) == "abcdef");
}

BOOST_AUTO_TEST_SUITE_END()
