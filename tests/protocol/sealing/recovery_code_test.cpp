#include "protocol/sealing/recovery_code.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "protocol/codes.hpp"
#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

BOOST_AUTO_TEST_SUITE(recovery_code)

BOOST_AUTO_TEST_CASE(alice_writes_her_code_down_and_types_it_in) {
  for (int i = 0; i < 200; ++i) {
    const auto code = make_recovery_code();
    const auto shown = show_recovery_code(code.view());
    BOOST_TEST(shown.size() == 44u);
    BOOST_TEST(std::ranges::count(shown, '-') == 8);
    std::string by_hand;
    for (const char character : shown) {
      if (character == '-') continue;
      by_hand += character == '0' ? 'o' : character == '1' ? 'l' : character;
      by_hand += ' ';
    }
    std::ranges::transform(by_hand, by_hand.begin(),
                           [](unsigned char character) { return std::tolower(character); });
    BOOST_TEST((must(parse_recovery_code(shown)).view() == code.view()));
    BOOST_TEST((must(parse_recovery_code(by_hand)).view() == code.view()));
  }
}

BOOST_AUTO_TEST_CASE(the_highest_bits_stand_first) {
  BOOST_TEST(
      show_recovery_code(bytes(20, '\0')).starts_with("0000-0000-0000-0000-0000-0000-0000-0000-"));
  BOOST_TEST(show_recovery_code(bytes(20, '\xff'))
                 .starts_with("ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-"));
  BOOST_TEST(show_recovery_code('\x08' + bytes(19, '\0')).starts_with("1000-"));
  BOOST_TEST(show_recovery_code(bytes(19, '\0') + '\x01').substr(35, 4) == "0001");
}

BOOST_AUTO_TEST_CASE(a_typing_error_is_told_before_anything_is_tried) {
  const auto shown = show_recovery_code(make_recovery_code().view());
  int told = 0;
  int typed = 0;
  for (std::size_t at = 0; at < shown.size(); ++at) {
    if (shown[at] == '-') continue;
    for (const char other : code_alphabet) {
      if (other == shown[at]) continue;
      auto wrong = shown;
      wrong[at] = other;
      ++typed;
      if (why(parse_recovery_code(wrong)) == errc::recovery_code_invalid) ++told;
    }
  }
  BOOST_TEST(typed == 36 * 31);
  // One in 2^20 is right by chance: two of these in one run never.
  BOOST_TEST(told >= typed - 1);
}

BOOST_AUTO_TEST_CASE(what_is_no_code_is_told_without_repeating_it) {
  const auto shown = show_recovery_code(make_recovery_code().view());
  for (const auto& typed :
       {std::string{}, shown.substr(0, 43), shown + "0", std::string(44, 'U'),
        std::string(65'536, '0'), std::string("\xff\x00", 2), shown.substr(0, 39)}) {
    const auto read = parse_recovery_code(typed);
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.error() == error{errc::recovery_code_invalid}));
  }
  // Two groups exchanged.
  const auto exchanged = shown.substr(5, 5) + shown.substr(0, 5) + shown.substr(10);
  BOOST_TEST((exchanged == shown || !parse_recovery_code(exchanged)));
}

BOOST_AUTO_TEST_SUITE_END()
