#include "client/commands/exit_codes.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

using namespace uod;
using namespace uod::client;

BOOST_AUTO_TEST_SUITE(exit_codes)

BOOST_AUTO_TEST_CASE(the_contracts_codes_belong_to_their_errors) {
  const std::map<errc, int> promised = {
      {errc::internal, 1},
      {errc::storage_full, 1},
      {errc::usage, 2},
      {errc::input_needed, 2},
      {errc::config_invalid, 2},
      {errc::not_logged_in, 3},
      {errc::wrong_credentials, 3},
      {errc::code_wrong, 3},
      {errc::account_locked, 4},
      {errc::no_such_account, 5},
      {errc::no_such_contact, 5},
      {errc::no_such_chat, 5},
      {errc::no_such_device, 5},
      {errc::no_such_code, 5},
      {errc::server_unreachable, 6},
      {errc::timed_out, 6},
      {errc::link_closed, 6},
      {errc::rate_limited, 7},
      {errc::too_large, 7},
      {errc::not_allowed, 7},
      {errc::name_taken, 7},
      {errc::name_confusable, 7},
      {errc::not_premium, 7},
      {errc::premium_code_invalid, 7},
      {errc::key_changed, 8},
      {errc::certificate_invalid, 8},
      {errc::text_invalid, 1},
      {errc::interrupted, 1},
      {errc::identity_changed, 8},
      {errc::signature_wrong, 8},
      {errc::sealed_damaged, 1},
      {errc::no_such_file, 5},
      {errc::recovery_code_invalid, 3},
      {errc::account_closed, 4},
      {errc::account_deleted, 3},
  };
  for (const auto& [code, number] : promised)
    BOOST_TEST(static_cast<int>(exit_code_of(code)) == number, code_name(code));
}

BOOST_AUTO_TEST_CASE(every_error_there_is_ends_with_a_code_of_the_contract) {
  int known = 0;
  for (std::uint32_t number = 0; number <= 0xffff; ++number) {
    const auto code = static_cast<errc>(number);
    if (errc_from_wire(number) != code) continue;
    ++known;
    const int exit = static_cast<int>(exit_code_of(code));
    BOOST_TEST((exit >= 1 && exit <= 8), code_name(code));
    const auto line = explain({code, "bob"});
    BOOST_TEST(line.find("bob") != std::string::npos);
    BOOST_TEST(line.find('\n') == std::string::npos);
    BOOST_TEST(!line.ends_with('.'));
  }
  BOOST_TEST(known >= 61);  // so many there are today; a loop that finds none proves nothing
}

BOOST_AUTO_TEST_CASE(a_failure_says_what_to_which_thing_and_what_next) {
  BOOST_TEST(explain({errc::no_such_account, "bob"}) ==
             "There is no such account: bob; look for the name with `uod contacts search TEXT`");
  BOOST_TEST(explain({errc::not_logged_in, {}}) ==
             "Not logged in; log in with `uod login --user NAME`");
  BOOST_TEST(explain({errc::rate_limited, {}, 1'500}) ==
             "Too many requests in a short time; try again in 2 s");
  BOOST_TEST(explain({errc::not_premium, {}}) ==
             "Only premium members may do this; redeem a code with `uod premium redeem CODE`");
}

BOOST_AUTO_TEST_CASE(a_lock_says_until_when_and_how_it_ends_at_once) {
  for (const std::uint32_t retry_after_ms : {0U, 90'000U}) {
    const auto line =
        explain({errc::account_locked, "until 2026-01-31 12:15:00 UTC", retry_after_ms});
    BOOST_TEST(line.find("until 2026-01-31 12:15:00 UTC") != std::string::npos, line);
    BOOST_TEST(line.find("`uod unlock --user NAME`") != std::string::npos, line);
    BOOST_TEST((line.find("try again in 90 s") != std::string::npos) == (retry_after_ms != 0));
  }
}

BOOST_AUTO_TEST_SUITE_END()
