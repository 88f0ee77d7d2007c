#include <boost/test/unit_test.hpp>

#include "tests/actors/street.hpp"

using namespace uod;
using namespace uod::tests;

/// What somebody tries who wants into an account that is not theirs, or to keep its owner out.
namespace {

constexpr auto new_key_letter = 'N';

change_password new_password(const std::string& name, char token_letter = 'T') {
  return {bytes(auth_key_octets, name[0]),
          bytes(salt_octets, 'm'),
          argon2_default,
          bytes(auth_key_octets, new_key_letter),
          false,
          bytes(token_octets, token_letter)};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(intruder_stories, street)

BOOST_AUTO_TEST_CASE(registering_with_alices_id_tells_nothing) {
  auto alice = house.arrive("alice");
  const auto id = alice.out->answer<logged_in>(2)->account.id;
  for (const char guess : {'a', '?'}) {
    auto mallory = house.greet(strangers_host);
    const auto asked =
        house.ask(mallory, register_account{.id = id,
                                            .name = "alice",
                                            .email = "alice@example.org",
                                            .salt = bytes(salt_octets, 'n'),
                                            .argon2 = argon2_default,
                                            .auth_key = bytes(auth_key_octets, guess),
                                            .device = {device_id(numbered(200)), "theirs"},
                                            .premium_code = {}});
    BOOST_TEST((mallory.out->refusal(asked) == errc::id_conflict));
  }
}

BOOST_AUTO_TEST_CASE(of_two_changes_at_once_one_is_made) {
  auto alice = house.arrive("alice");
  auto tablet = house.greet();
  house.log_in_as(tablet, "alice", true, "tablet");
  // Both in the mailboxes before anything runs.
  auto first = new_password("alice");
  auto second = new_password("alice", 'U');
  second.new_auth_key = bytes(auth_key_octets, 'S');
  caf::anon_send(alice.session, frames_received{{client_message{90, first}}});
  caf::anon_send(tablet.session, frames_received{{client_message{90, second}}});
  house.run();
  const int made = (alice.out->answer<done>(90) != nullptr ? 1 : 0) +
                   (tablet.out->answer<done>(90) != nullptr ? 1 : 0);
  BOOST_TEST(made == 1);
}

BOOST_AUTO_TEST_CASE(a_log_in_with_the_old_password_does_not_outlive_it) {
  auto alice = house.arrive("alice");
  // The log-in is judged while the change is on its way, in whichever order they come.
  for (int head_start = 0; head_start < 12; ++head_start) {
    auto thief = house.greet(strangers_host);
    caf::anon_send(thief.session, frames_received{{client_message{
                                      90, log_in{"alice",
                                                 bytes(auth_key_octets, 'a'),
                                                 {device_id(numbered(++house.ids)), "theirs"}}}}});
    for (int step = 0; step < head_start; ++step) house.step();
    const auto changed = house.ask(alice, new_password("alice"));
    BOOST_REQUIRE(alice.out->answer<done>(changed) != nullptr);
    const bool is_in = thief.out->answer<logged_in>(90) != nullptr && !thief.out->closed;
    BOOST_TEST(!is_in);
    BOOST_TEST(
        alice.out->answer<devices_listed>(house.ask(alice, list_devices{}))->devices.size() == 1U);
    // Back to the password of before, for the next round.
    auto back = new_password("alice", 'U');
    back.auth_key = bytes(auth_key_octets, new_key_letter);
    back.new_auth_key = bytes(auth_key_octets, 'a');
    BOOST_REQUIRE(alice.out->answer<done>(house.ask(alice, back)) != nullptr);
    house.clock.now_ms += 2 * hour_ms;  // what was counted for the thief has no part in this
  }
}

BOOST_AUTO_TEST_CASE(a_new_password_throws_a_stolen_token_out) {
  auto alice = house.arrive("alice");
  const auto stolen = *alice.out->answer<logged_in>(2);
  auto thief = house.greet(strangers_host);
  BOOST_TEST(!thief.out->refusal(house.ask(thief, resume{stolen.device, stolen.token})));
  BOOST_TEST(alice.out->answer<done>(house.ask(alice, new_password("alice"))) != nullptr);
  BOOST_TEST((thief.out->closed.value().code == errc::not_logged_in));
  BOOST_TEST(!alice.out->closed.has_value());
  BOOST_TEST((resume_from(alice, strangers_host) == errc::wrong_credentials));
  auto again = house.greet();
  BOOST_TEST(
      !again.out->refusal(house.ask(again, resume{stolen.device, bytes(token_octets, 'T')})));
}

BOOST_AUTO_TEST_CASE(a_code_by_mail_throws_a_stolen_token_out) {
  auto alice = house.arrive("alice");
  confirm(alice, "alice");
  const auto stolen = *alice.out->answer<logged_in>(2);
  auto thief = house.greet(strangers_host);
  house.ask(thief, resume{stolen.device, stolen.token});
  auto elsewhere = house.greet();
  house.ask(elsewhere, forgot_password{"alice"});
  auto wanted = reset_with("alice", code_in(house.letters("alice", "code for a new").at(0).text));
  wanted.device.id = stolen.device;  // the very device that the token was copied from
  BOOST_TEST(elsewhere.out->answer<logged_in>(house.ask(elsewhere, wanted)) != nullptr);
  BOOST_TEST(thief.out->closed.has_value());
  BOOST_TEST(!elsewhere.out->closed.has_value());
}

BOOST_AUTO_TEST_CASE(a_stolen_token_is_no_way_to_guess_the_password) {
  auto alice = house.arrive("alice");
  const auto stolen = *alice.out->answer<logged_in>(2);
  for (int i = 0; i < 5; ++i) {
    auto thief = house.greet(strangers_host);
    house.ask(thief, resume{stolen.device, stolen.token});
    // Under the token that is in force already it might pass for a repetition.
    auto guess = new_password("alice");
    guess.auth_key = bytes(auth_key_octets, '?');
    guess.new_auth_key = bytes(auth_key_octets, '!');
    if (i % 2 == 0) guess.token = stolen.token;
    const auto expected = i < 4 ? errc::wrong_credentials : errc::account_locked;
    BOOST_TEST((thief.out->refusal(house.ask(thief, guess)) == expected));
  }
  auto thief = house.greet(strangers_host);
  house.ask(thief, resume{stolen.device, stolen.token});
  const change_email move{bytes(auth_key_octets, 'a'), "thief@example.org"};
  BOOST_TEST((thief.out->refusal(house.ask(thief, move)) == errc::account_locked));
  BOOST_TEST(house.letters("alice", "get in").size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_not_theirs_stays_free) {
  auto mallory = house.greet(strangers_host);
  house.ask(mallory, register_account{.id = account_id(numbered(201)),
                                      .name = "mallory",
                                      .email = "bob@example.org",
                                      .salt = bytes(salt_octets, 'n'),
                                      .argon2 = argon2_default,
                                      .auth_key = bytes(auth_key_octets, 'm'),
                                      .device = {device_id(numbered(202)), "theirs"},
                                      .premium_code = {}});
  BOOST_REQUIRE(mallory.out->answer<logged_in>(2) != nullptr);
  auto bob = house.arrive("bob");
  BOOST_REQUIRE(bob.out->answer<logged_in>(2) != nullptr);
  const auto letters = house.letters("bob", "Welcome");
  BOOST_REQUIRE(letters.size() == 2U);
  const auto of_mallory = code_in(letters[0].text);
  const auto of_bob = code_in(letters[1].text);
  BOOST_TEST(bob.out->answer<account_shown>(house.ask(bob, confirm_email{of_bob})) != nullptr);
  BOOST_TEST(
      (mallory.out->refusal(house.ask(mallory, confirm_email{of_mallory})) == errc::email_taken));
}

BOOST_AUTO_TEST_CASE(strangers_do_not_replace_the_code_that_alice_asked_for) {
  auto alice = house.arrive("alice");
  confirm(alice, "alice");
  auto at_home = house.greet();
  house.ask(at_home, forgot_password{"alice"});
  const auto code = code_in(house.letters("alice", "code for a new password").at(0).text);
  for (int i = 0; i < 20; ++i) {
    auto stranger = house.greet("203.0.113." + std::to_string(i));
    house.ask(stranger, forgot_password{"alice"});
  }
  BOOST_TEST(at_home.out->answer<logged_in>(house.ask(at_home, reset_with("alice", code))) !=
             nullptr);
}

BOOST_AUTO_TEST_CASE(asking_for_a_code_again_does_not_end_a_move) {
  auto alice = house.arrive("alice");
  house.ask(alice, change_email{bytes(auth_key_octets, 'a'), "new@example.org"});
  const auto move = code_in(house.post->to("new@example.org").at(0).text);
  BOOST_TEST(alice.out->answer<done>(house.ask(alice, send_email_code{})) != nullptr);
  const auto* shown = alice.out->answer<account_shown>(house.ask(alice, confirm_email{move}));
  BOOST_REQUIRE(shown != nullptr);
  BOOST_TEST(shown->account.email == "new@example.org");
}

BOOST_AUTO_TEST_CASE(the_device_that_gives_way_is_logged_out_on_the_spot) {
  auto alice = house.arrive("alice");
  house.clock.now_ms += 1'000;
  for (std::size_t i = 1; i < storage::devices_per_account_max; ++i) {
    auto another = house.greet();
    house.log_in_as(another, "alice");
    house.clock.now_ms += 1'000;
  }
  BOOST_TEST(!alice.out->closed.has_value());
  auto one_too_many = house.greet();
  house.log_in_as(one_too_many, "alice");
  BOOST_TEST((alice.out->closed.value().code == errc::not_logged_in));
  BOOST_TEST(!one_too_many.out->closed.has_value());
}

BOOST_AUTO_TEST_CASE(who_is_premium_already_keeps_the_code_for_others) {
  auto carol = house.arrive("carol", new_premium_code());
  const auto spare = new_premium_code();
  BOOST_TEST((carol.out->refusal(house.ask(carol, redeem_premium{spare})) == errc::not_allowed));
  auto bob = house.arrive("bob");
  BOOST_TEST(
      bob.out->answer<account_shown>(house.ask(bob, redeem_premium{spare}))->account.premium);
}

BOOST_AUTO_TEST_SUITE_END()

/// With the rates that a node has by default.
BOOST_AUTO_TEST_CASE(guessing_at_a_locked_name_does_not_use_up_its_log_ins) {
  street town{server_config{}};
  auto alice = town.house.arrive("alice");
  for (int i = 0; i < 5; ++i) town.guess("alice");
  for (int i = 0; i < 60; ++i) {
    town.guess("alice", "203.0." + std::to_string(i) + ".9");
  }
  town.house.clock.now_ms += minute_ms;  // the lock is over; nothing else has had time to refill
  BOOST_TEST(!town.log_in_from("alice", "192.0.2.44").has_value());
}

BOOST_AUTO_TEST_CASE(guesses_that_come_all_at_once_are_not_all_judged) {
  street town{server_config{}};
  auto alice = town.house.arrive("alice");
  std::vector<household::visitor> strangers;
  for (int i = 0; i < 40; ++i) {
    strangers.push_back(town.house.greet("203.0." + std::to_string(i) + ".9"));
  }
  for (auto& each : strangers) {
    caf::anon_send(each.session,
                   frames_received{{client_message{
                       90, log_in{"alice",
                                  bytes(auth_key_octets, '?'),
                                  {device_id(numbered(++town.house.ids)), "theirs"}}}}});
  }
  town.house.run();
  const auto judged = std::count_if(strangers.begin(), strangers.end(), [](const auto& each) {
    return each.out->refusal(90) == errc::wrong_credentials;
  });
  BOOST_TEST(judged <= 5);
}
