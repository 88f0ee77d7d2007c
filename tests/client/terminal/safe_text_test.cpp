#include "client/terminal/safe_text.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

#include "protocol/names.hpp"

using uod::terminal::safe_lines;
using uod::terminal::safe_text;

namespace {

/// Everything that may never reach a terminal, found in another way than the code does it.
bool is_harmless(const std::string& text) {
  if (!uod::is_utf8(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if (octet < 0x20 || octet == 0x7f) return false;
    if (octet == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  for (const char* hidden : {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b",
                             "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"})
    if (text.find(hidden) != std::string::npos) return false;
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(safe_text_suite)

BOOST_AUTO_TEST_CASE(what_people_write_stays_as_it_is) {
  for (const char* text : {"", "hello", "Grüße, 你好, שלום, مرحبا", "👩‍👩‍👧 family",
                           "می‌خواهم", "\\u{202e} typed by hand", "a\u00a0b"})
    BOOST_TEST(safe_text(text) == text);
}

BOOST_AUTO_TEST_CASE(mallory_cannot_drive_alices_terminal) {
  BOOST_TEST(safe_text("\x1b]0;owned\x07") == "␛]0;owned␇");
  BOOST_TEST(safe_text("\x1b[2J\x1b[H") == "␛[2J␛[H");
  BOOST_TEST(safe_text("pay 1\rpay 9") == "pay 1␍pay 9");
  BOOST_TEST(safe_text("abc\b\b\bxyz\t\x7f") == "abc␈␈␈xyz␉␡");
  BOOST_TEST(safe_text(std::string_view("a\0b", 3)) == "a␀b");
  BOOST_TEST(safe_text("\u009b31m") == "\\u{9b}31m");
  BOOST_TEST(safe_text("\u0085next") == "\\u{85}next");
}

BOOST_AUTO_TEST_CASE(mallory_cannot_turn_text_around_or_hide_it) {
  BOOST_TEST(safe_text("invoice\u202efdp.exe") == "invoice\\u{202e}fdp.exe");
  BOOST_TEST(safe_text("\u2066a\u2069\u200f\u061c") == "\\u{2066}a\\u{2069}\\u{200f}\\u{61c}");
  BOOST_TEST(safe_text("one\u2028two\u2029") == "one\\u{2028}two\\u{2029}");
  BOOST_TEST(safe_text("\U000e0041\ufff9") == "\\u{e0041}\\u{fff9}");
}

BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_replaced_and_the_rest_is_kept) {
  const std::string r = "\ufffd";
  BOOST_TEST(safe_text("a\xff"
                       "b") == "a" + r + "b");
  BOOST_TEST(safe_text("\xc3") == r);                          // cut off
  BOOST_TEST(safe_text("\xe2\x82") == r + r);                  // cut off
  BOOST_TEST(safe_text("\xc0\xaf") == r + r);                  // overlong
  BOOST_TEST(safe_text("\xe0\x80\x9b") == r + r + r);          // overlong C1
  BOOST_TEST(safe_text("\xed\xa0\x80") == r + r + r);          // surrogate
  BOOST_TEST(safe_text("\xf4\x90\x80\x80") == r + r + r + r);  // above U+10FFFF
  BOOST_TEST(safe_text("\x9b"
                       "31m") == r + "31m");         // a C1 control in one octet
  BOOST_TEST(safe_text("\xc3\x1b[m") == r + "␛[m");  // not swallowed by the lead
}

BOOST_AUTO_TEST_CASE(several_lines_cannot_pass_for_rows_of_ours) {
  BOOST_TEST(safe_lines("one\n#2  bob: two", 4) == "one\n    #2  bob: two");
  BOOST_TEST(safe_lines("\r\n\x1b", 2) == "␍\n  ␛");
  BOOST_TEST(safe_text("one\ntwo") == "one␊two");
}

BOOST_AUTO_TEST_CASE(no_octets_whatever_come_out_harmful) {
  const auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 chance(seed);
  const std::string parts[] = {"\x1b", "\xc2",     "\xe2\x80", "\xae", "\u202e", "\x9b", "a",
                               "\n",   "\xf3\xa0", "\x80",     "\xed", "\u2067", "é"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto left = chance() % 12; left > 0; --left) {
      if (chance() % 2 != 0) {
        text += parts[chance() % std::size(parts)];
      } else {
        text += static_cast<char>(chance());
      }
    }
    BOOST_TEST_REQUIRE(is_harmless(safe_text(text)), "seed " << seed << ", round " << round);
  }
}

BOOST_AUTO_TEST_SUITE_END()
