#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/actors/street.hpp"

using namespace uod;
using namespace uod::tests;

/// Accounts that can be trusted: locks, places, codes, passwords, devices, under virtual time.
BOOST_FIXTURE_TEST_SUITE(account_stories, street)

// --------------------------------------------------------------------------------------- locks

BOOST_AUTO_TEST_CASE(five_wrong_passwords_lock_and_warn) {
  auto alice = house.arrive("alice");
  for (int i = 0; i < 4; ++i) BOOST_TEST((guess("alice") == errc::wrong_credentials));
  BOOST_TEST(house.letters("alice", "get in").empty());
  BOOST_TEST((guess("alice") == errc::account_locked));
  // The right password too, and from anywhere; for a minute.
  BOOST_TEST((log_in_from("alice", "198.51.100.7") == errc::account_locked));
  const auto warnings = house.letters("alice", "get in");
  BOOST_REQUIRE(warnings.size() == 1U);
  BOOST_TEST(warnings[0].text.find(strangers_host) != std::string::npos);
  BOOST_TEST(warnings[0].text.find("2026-01-01 00:01:00 UTC") != std::string::npos,
             warnings[0].text);

  house.pass(minute_ms);
  BOOST_TEST(!log_in_from("alice", "198.51.100.7").has_value());
}

BOOST_AUTO_TEST_CASE(locks_grow_from_a_minute_to_an_hour) {
  auto alice = house.arrive("alice");
  for (const std::uint64_t minutes : {1U, 2U, 4U, 8U, 16U, 32U, 60U, 60U}) {
    for (int i = 0; i < 4; ++i) BOOST_TEST((guess("alice") == errc::wrong_credentials));
    auto stranger = house.greet(strangers_host);
    const auto request = house.log_in_as(stranger, "alice", false);
    const auto* refused = stranger.out->answer<failure>(request);
    BOOST_REQUIRE(refused != nullptr);
    BOOST_TEST((refused->reason.code == errc::account_locked));
    BOOST_TEST(refused->reason.retry_after_ms == minutes * minute_ms);
    // Guessing on does not make it longer.
    house.pass(minutes * minute_ms / 2);
    BOOST_TEST((guess("alice") == errc::account_locked));
    house.pass(minutes * minute_ms / 2);
  }
  // Whoever knows the password is believed, and all is forgotten.
  BOOST_TEST(!log_in_from("alice", "198.51.100.7").has_value());
  for (int i = 0; i < 4; ++i) BOOST_TEST((guess("alice") == errc::wrong_credentials));
}

BOOST_AUTO_TEST_CASE(a_lock_survives_a_restart) {
  auto alice = house.arrive("alice");
  for (int i = 0; i < 5; ++i) guess("alice");
  const auto reader = std::move(*house.store->make_reader());
  BOOST_TEST(reader->name_lock("alice").value().locked(house.clock.now_ms));
}

BOOST_AUTO_TEST_CASE(a_name_that_nobody_has_locks_as_well) {
  for (int i = 0; i < 4; ++i) BOOST_TEST((guess("nobody") == errc::wrong_credentials));
  BOOST_TEST((guess("nobody") == errc::account_locked));
  BOOST_TEST((guess("nobody") == errc::account_locked));
  BOOST_TEST(house.post->letters.empty());
}

BOOST_AUTO_TEST_CASE(a_stranger_cannot_keep_the_owner_out) {
  auto alice = house.arrive("alice");
  for (int i = 0; i < 5; ++i) guess("alice");
  // Her device stays in, and comes back, from anywhere.
  BOOST_TEST(!resume_from(alice, "198.51.100.7").has_value());
  BOOST_TEST(!resume_from(alice, "192.0.2.44").has_value());
  // Without one, the code of the mail lets her in at once, and for a while, whatever happens.
  const auto code = code_in(house.letters("alice", "get in").at(0).text);
  auto at_home = house.greet("192.0.2.44");
  BOOST_TEST((at_home.out->refusal(house.ask(at_home, unlock_account{"alice", "00000-00000"})) ==
              errc::code_wrong));
  BOOST_TEST(at_home.out->answer<done>(house.ask(at_home, unlock_account{"Alice", code})) !=
             nullptr);
  for (int i = 0; i < 5; ++i) guess("alice");
  BOOST_TEST((log_in_from("alice", "198.51.100.7") == errc::account_locked));
  BOOST_TEST(!log_in_from("alice", "192.0.2.45").has_value());  // her network
  house.pass(11 * minute_ms);
  for (int i = 0; i < 5; ++i) guess("alice");
  BOOST_TEST((log_in_from("alice", "192.0.2.44") == errc::account_locked));
  // The newest code is good for the day, for as often as she is locked out.
  const auto newest = code_in(house.letters("alice", "get in").back().text);
  for (int times = 0; times < 3; ++times) {
    auto again = house.greet("192.0.2.44");
    BOOST_TEST(again.out->answer<done>(house.ask(again, unlock_account{"alice", newest})) !=
               nullptr);
    BOOST_TEST(!log_in_from("alice", "192.0.2.44").has_value());
  }
}

BOOST_AUTO_TEST_CASE(warnings_are_few_a_day) {
  auto alice = house.arrive("alice");
  std::string first_code;
  for (int lock = 0; lock < 10; ++lock) {
    for (int i = 0; i < 5; ++i) guess("alice");
    house.pass(hour_ms + minute_ms);
  }
  const auto warnings = house.letters("alice", "get in");
  BOOST_TEST(warnings.size() == 3U);
  // The code of the last one is still good.
  for (int i = 0; i < 5; ++i) guess("alice");
  auto alone = house.greet();
  BOOST_TEST(alone.out->answer<done>(house.ask(
                 alone, unlock_account{"alice", code_in(warnings.back().text)})) != nullptr);
}

BOOST_AUTO_TEST_CASE(guessing_many_names_from_one_network_is_slowed) {
  auto alice = house.arrive("alice");
  std::optional<errc> last;
  int guesses = 0;
  while (last != errc::rate_limited && guesses < 200) {
    last = guess("victim" + std::to_string(guesses / 2), "203.0.113." + std::to_string(guesses));
    ++guesses;
  }
  BOOST_TEST(guesses == 51);  // the fiftieth locked the network
  BOOST_TEST((guess("alice") == errc::rate_limited));
  BOOST_TEST((log_in_from("alice", strangers_host) == errc::rate_limited));
  // Another network does not notice, nor does a device of this one.
  BOOST_TEST(!log_in_from("alice", "198.51.100.7").has_value());
  BOOST_TEST(!resume_from(alice, strangers_host).has_value());
  house.pass(minute_ms);
  BOOST_TEST((guess("alice") == errc::wrong_credentials));
}

/// With the rates that a node has by default. UOD_GUESSES=1000000 tries as many.
BOOST_AUTO_TEST_CASE(the_owners_device_notices_nothing_of_guesses_without_end) {
  const char* wanted = std::getenv("UOD_GUESSES");
  const std::uint64_t guesses = wanted != nullptr ? std::stoull(wanted) : 5'000;
  household town;
  auto alice = town.arrive("alice");
  auto bob = town.arrive("bob");
  town.ask(alice, subscribe{});
  const auto chat = town.chat_of(bob, "alice");
  std::uint64_t told = 0;
  std::uint64_t wrong = 0;
  auto mallory = town.greet(strangers_host);
  for (std::uint64_t guess = 1; guess <= guesses; ++guess) {
    if (mallory.out->closed) mallory = town.greet("203.0.113." + std::to_string(guess % 250));
    const auto why = mallory.out->refusal(town.log_in_as(mallory, "alice", false));
    BOOST_REQUIRE(why.has_value());
    if (why == errc::wrong_credentials) ++wrong;
    mallory.out->said.clear();
    if (guess % 100 == 0) town.pass(1'000);
    if (guess % 1'000 == 0) {
      for (auto* who : {&alice, &bob}) town.ask_all(*who, {{0, ping{}}});  // they are there
      message_id id(numbered(1));
      for (int octet = 0; octet < 8; ++octet) {
        id.octets[static_cast<std::size_t>(2 + octet)] =
            static_cast<std::uint8_t>(guess >> (8 * octet));
      }
      town.ask(bob, send_message{id, chat, content_type::text, "still there?"});
      BOOST_TEST(alice.out->texts().size() == ++told);
      const auto in = *alice.out->answer<logged_in>(2);
      auto again = town.greet("192.0.2.44");
      BOOST_TEST(!again.out->refusal(town.ask(again, resume{in.device, in.token})).has_value());
      town.ask(again, goodbye{});
    }
  }
  BOOST_TEST(wrong < 5 + guesses / 5'000);
  BOOST_TEST(town.letters("alice", "get in").size() <= 3U * (1 + guesses / 8'640'000));
  BOOST_TEST(!alice.out->closed.has_value());
}

// -------------------------------------------------------------------------------------- places

BOOST_AUTO_TEST_CASE(a_new_place_is_told_once) {
  auto alice = house.arrive("alice");
  const auto told = [&] { return house.letters("alice", "New log-in").size(); };
  BOOST_TEST(!log_in_from("alice", "198.51.100.8").has_value());  // the same network and device
  BOOST_TEST(told() == 0U);
  BOOST_TEST(!log_in_from("alice", strangers_host).has_value());
  BOOST_REQUIRE(told() == 1U);
  const auto letter = house.letters("alice", "New log-in")[0];
  BOOST_TEST(letter.text.find(strangers_host) != std::string::npos);
  BOOST_TEST(letter.text.find("uod devices revoke") != std::string::npos);
  BOOST_TEST(!log_in_from("alice", "203.0.113.77").has_value());
  BOOST_TEST(told() == 1U);
  BOOST_TEST(!log_in_from("alice", "203.0.113.77", "laptop").has_value());
  BOOST_TEST(told() == 2U);
  // A year later nobody remembers.
  house.clock.now_ms += 366 * day_ms;
  BOOST_TEST(!log_in_from("alice", strangers_host).has_value());
  BOOST_TEST(told() == 3U);
}

BOOST_AUTO_TEST_CASE(a_stolen_token_shows) {
  auto alice = house.arrive("alice");
  BOOST_TEST(!resume_from(alice, strangers_host).has_value());
  BOOST_TEST(house.letters("alice", "New log-in").size() == 1U);
  const auto listed = *alice.out->answer<devices_listed>(house.ask(alice, list_devices{}));
  BOOST_REQUIRE(listed.devices.size() == 1U);
  BOOST_TEST(listed.devices[0].address == strangers_host);
}

// --------------------------------------------------------------------------- addresses and codes

BOOST_AUTO_TEST_CASE(an_address_is_confirmed_by_the_welcome_mail) {
  auto alice = house.arrive("alice");
  const auto shown = [&] {
    return alice.out->answer<account_shown>(house.ask(alice, get_account{}))->account;
  };
  BOOST_TEST(!shown().email_confirmed);
  BOOST_TEST(
      (alice.out->refusal(house.ask(alice, confirm_email{"K7QF2-9XMRT"})) == errc::code_wrong));
  confirm(alice, "alice");
  BOOST_TEST(shown().email_confirmed);
  BOOST_TEST((alice.out->refusal(house.ask(alice, send_email_code{})) == errc::not_allowed));
}

BOOST_AUTO_TEST_CASE(another_address_needs_password_and_code) {
  auto alice = house.arrive("alice");
  auto bob = house.arrive("bob");
  confirm(alice, "alice");
  confirm(bob, "bob");
  const bytes key(auth_key_octets, 'a');
  BOOST_TEST((alice.out->refusal(
                  house.ask(alice, change_email{bytes(auth_key_octets, '?'), "new@example.org"})) ==
              errc::wrong_credentials));
  BOOST_TEST((alice.out->refusal(house.ask(alice, change_email{key, "bob@example.org"})) ==
              errc::email_taken));
  BOOST_TEST((alice.out->refusal(house.ask(alice, change_email{key, "evil\r\nBcc: x@y.org"})) ==
              errc::email_invalid));
  BOOST_TEST(alice.out->answer<done>(house.ask(alice, change_email{key, "new@example.org"})) !=
             nullptr);
  BOOST_TEST(house.letters("alice", "e-mail address").size() == 1U);  // the old one is warned
  BOOST_TEST(alice.out->answer<account_shown>(house.ask(alice, get_account{}))->account.email ==
             "alice@example.org");
  const auto code = code_in(house.post->to("new@example.org").at(0).text);
  const auto request = house.ask(alice, confirm_email{code});
  BOOST_TEST(alice.out->answer<account_shown>(request)->account.email == "new@example.org");
}

BOOST_AUTO_TEST_CASE(a_stranger_is_not_flooded_by_accounts_that_name_their_address) {
  const auto asks = [&](household::visitor& who, char initial) {
    const change_email wanted{bytes(auth_key_octets, initial), "victim@example.org"};
    return who.out->refusal(house.ask(who, wanted));
  };
  for (const std::string name : {"anna", "ben", "carl"}) {
    auto mallory = house.arrive(name);
    for (int i = 0; i < 5; ++i) asks(mallory, name[0]);
    house.pass(minute_ms);
  }
  BOOST_TEST(house.post->to("victim@example.org").size() == storage::stranger_mails_per_day_max);
  auto dora = house.arrive("dora");
  BOOST_TEST((asks(dora, 'd') == errc::rate_limited));
  // Nor by an account that was registered with it: what it does is done without a word.
  auto victim = house.arrive("victim");
  BOOST_TEST(victim.out->answer<logged_in>(2) != nullptr);
  BOOST_TEST((victim.out->refusal(house.ask(victim, send_email_code{})) == errc::rate_limited));
  const auto changed = house.ask(
      victim, change_password{bytes(auth_key_octets, 'v'), bytes(salt_octets, 'r'), argon2_default,
                              bytes(auth_key_octets, 'N'), false, bytes(token_octets, 'T')});
  BOOST_TEST(victim.out->answer<done>(changed) != nullptr);
  BOOST_TEST(house.post->to("victim@example.org").size() == storage::stranger_mails_per_day_max);
  house.pass(day_ms);
  BOOST_TEST(!victim.out->refusal(house.ask(victim, send_email_code{})));
}

BOOST_AUTO_TEST_CASE(a_changed_password_logs_the_others_out) {
  auto alice = house.arrive("alice");
  auto tablet = house.greet();
  house.log_in_as(tablet, "alice", true, "tablet");
  const change_password wanted{bytes(auth_key_octets, 'a'),
                               bytes(salt_octets, 'm'),
                               argon2_default,
                               bytes(auth_key_octets, 'M'),
                               false,
                               bytes(token_octets, 'T')};
  auto wrong = wanted;
  wrong.auth_key = bytes(auth_key_octets, '?');
  BOOST_TEST((alice.out->refusal(house.ask(alice, wrong)) == errc::wrong_credentials));
  BOOST_TEST(alice.out->answer<done>(house.ask(alice, wanted)) != nullptr);
  BOOST_TEST((tablet.out->closed.value().code == errc::not_logged_in));
  BOOST_TEST(!alice.out->closed.has_value());
  BOOST_TEST((log_in_from("alice", "198.51.100.7") == errc::wrong_credentials));
  BOOST_TEST(house.letters("alice", "password").size() == 1U);
  // Asked again after a lost answer, it has been done.
  BOOST_TEST(alice.out->answer<done>(house.ask(alice, wanted)) != nullptr);
  BOOST_TEST(house.letters("alice", "password").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_mail_about_a_new_password_is_true_of_the_other_devices) {
  auto alice = house.arrive("alice");
  auto tablet = house.greet();
  house.log_in_as(tablet, "alice", true, "tablet");
  house.ask(alice,
            change_password{bytes(auth_key_octets, 'a'), bytes(salt_octets, 'm'), argon2_default,
                            bytes(auth_key_octets, 'M'), true, bytes(token_octets, 'T')});
  BOOST_TEST(!tablet.out->closed.has_value());
  const auto kept = house.letters("alice", "password").at(0);
  for (const auto& told : {kept.text, kept.html}) {
    BOOST_TEST(told.find("logged in still are") != std::string::npos, told);
    BOOST_TEST(told.find("are logged out") == std::string::npos, told);
  }
  house.ask(alice,
            change_password{bytes(auth_key_octets, 'M'), bytes(salt_octets, 'm'), argon2_default,
                            bytes(auth_key_octets, 'a'), false, bytes(token_octets, 'U')});
  BOOST_TEST(tablet.out->closed.has_value());
  const auto ended = house.letters("alice", "password").at(1);
  BOOST_TEST(ended.text.find("are logged out") != std::string::npos, ended.text);
}

BOOST_AUTO_TEST_CASE(a_forgotten_password_is_replaced_by_a_code) {
  auto alice = house.arrive("alice");
  confirm(alice, "alice");
  auto elsewhere = house.greet("192.0.2.44");
  BOOST_TEST(elsewhere.out->answer<done>(house.ask(elsewhere, forgot_password{"alice"})) !=
             nullptr);
  const auto code = code_in(house.letters("alice", "code for a new password").at(0).text);
  BOOST_TEST((elsewhere.out->refusal(house.ask(elsewhere, reset_with("alice", "00000-00000"))) ==
              errc::code_wrong));
  const auto wanted = reset_with("alice", code);
  const auto* in = elsewhere.out->answer<logged_in>(house.ask(elsewhere, wanted));
  BOOST_REQUIRE(in != nullptr);
  BOOST_TEST(in->token.size() == token_octets);
  BOOST_TEST((alice.out->closed.value().code == errc::not_logged_in));
  BOOST_TEST((log_in_from("alice", "198.51.100.7") == errc::wrong_credentials));
  // Once: with another key it is worth nothing.
  auto thief = house.greet(strangers_host);
  auto again = reset_with("alice", code);
  again.auth_key = bytes(auth_key_octets, 'T');
  BOOST_TEST((thief.out->refusal(house.ask(thief, again)) == errc::code_wrong));
}

BOOST_AUTO_TEST_CASE(a_code_for_a_new_password_lives_ten_minutes) {
  auto alice = house.arrive("alice");
  confirm(alice, "alice");
  auto elsewhere = house.greet("192.0.2.44");
  house.ask(elsewhere, forgot_password{"alice"});
  const auto code = code_in(house.letters("alice", "code for a new password").at(0).text);
  house.clock.now_ms += 10 * minute_ms;
  BOOST_TEST((elsewhere.out->refusal(house.ask(elsewhere, reset_with("alice", code))) ==
              errc::code_wrong));
}

BOOST_AUTO_TEST_CASE(nothing_goes_to_an_address_that_nobody_has_confirmed) {
  auto alice = house.arrive("alice");
  auto elsewhere = house.greet();
  BOOST_TEST(elsewhere.out->answer<done>(house.ask(elsewhere, forgot_password{"alice"})) !=
             nullptr);
  BOOST_TEST(elsewhere.out->answer<done>(house.ask(elsewhere, forgot_password{"nobody"})) !=
             nullptr);
  BOOST_TEST(house.letters("alice", "code for a new password").empty());
}

// ------------------------------------------------------------------------------------- devices

BOOST_AUTO_TEST_CASE(a_revoked_device_is_out_on_the_spot) {
  auto alice = house.arrive("alice");
  auto tablet = house.greet();
  house.log_in_as(tablet, "alice", true, "tablet");
  const auto listed = *alice.out->answer<devices_listed>(house.ask(alice, list_devices{}));
  BOOST_REQUIRE(listed.devices.size() == 2U);
  BOOST_TEST(listed.devices[0].current);
  BOOST_TEST(listed.devices[1].name == "tablet");
  const auto other = listed.devices[1].id;
  BOOST_TEST(alice.out->answer<done>(house.ask(alice, revoke_device{other})) != nullptr);
  BOOST_TEST((tablet.out->closed.value().code == errc::not_logged_in));
  BOOST_TEST((resume_from(tablet, "198.51.100.7") == errc::wrong_credentials));
  BOOST_TEST((alice.out->refusal(house.ask(alice, revoke_device{other})) == errc::no_such_device));
  BOOST_TEST(!alice.out->closed.has_value());
}

BOOST_AUTO_TEST_CASE(a_closed_account_lets_nobody_in) {
  auto alice = house.arrive("alice");
  const auto id = alice.out->answer<logged_in>(2)->account.id;
  caf::anon_send(house.node->account_store, change_account{storage::set_closed{id, true}});
  house.run();
  caf::anon_send(house.node->authenticator, end_sessions_of{id, error{errc::account_closed}});
  house.run();
  BOOST_TEST((alice.out->closed.value().code == errc::account_closed));
  BOOST_TEST((resume_from(alice, "198.51.100.7") == errc::account_closed));
  BOOST_TEST((log_in_from("alice", "198.51.100.7") == errc::account_closed));
  BOOST_TEST((guess("alice") == errc::wrong_credentials));  // a stranger learns nothing
}

// ------------------------------------------------------------------------------------- premium

BOOST_AUTO_TEST_CASE(a_premium_code_is_redeemed_once_for_each_use) {
  const auto code = new_premium_code(2);
  auto carol = house.arrive("carol", code);
  BOOST_TEST(carol.out->answer<logged_in>(2)->account.premium);
  auto bob = house.arrive("bob");
  BOOST_TEST((bob.out->refusal(house.ask(
                  bob, send_broadcast{message_id(numbered(200)), "me too"})) == errc::not_premium));
  const auto redeemed = house.ask(bob, redeem_premium{code});
  BOOST_TEST(bob.out->answer<account_shown>(redeemed)->account.premium);
  BOOST_TEST(bob.out->answer<account_shown>(house.ask(bob, redeem_premium{code})) != nullptr);
  auto dave = house.arrive("dave");
  BOOST_TEST(
      (dave.out->refusal(house.ask(dave, redeem_premium{code})) == errc::premium_code_invalid));
  auto erin = house.arrive("erin", code);
  BOOST_TEST((erin.out->refusal(2) == errc::premium_code_invalid));
  BOOST_TEST((log_in_from("erin", "198.51.100.7") == errc::wrong_credentials));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rates_of_sessions)

BOOST_AUTO_TEST_CASE(what_comes_too_fast_is_refused_in_order) {
  server_config config;
  config.rates.send_account = per_second(3, 1);
  household house(config);
  auto alice = house.arrive("alice");
  auto bob = house.arrive("bob");
  const auto chat = house.chat_of(alice, "bob");
  std::vector<client_message> burst;
  std::vector<message_id> ids;
  for (std::uint8_t i = 0; i < 6; ++i) {
    ids.emplace_back(numbered(static_cast<std::uint8_t>(100 + i)));
    burst.push_back({100U + i, send_message{ids.back(), chat, content_type::text, "x"}});
  }
  house.ask_all(alice, burst);
  for (std::uint32_t i = 0; i < 3; ++i) {
    BOOST_TEST(alice.out->answer<message_sent>(100 + i) != nullptr);
  }
  for (std::uint32_t i = 3; i < 6; ++i) {
    const auto* refused = alice.out->answer<failure>(100 + i);
    BOOST_REQUIRE(refused != nullptr);
    BOOST_TEST((refused->reason.code == errc::rate_limited));
    BOOST_TEST(refused->reason.retry_after_ms > 0U);
  }
  // There is one again, but what was refused first must come first.
  house.pass(1'000);
  const auto late = house.ask(alice, send_message{ids[4], chat, content_type::text, "x"});
  BOOST_TEST((alice.out->refusal(late) == errc::rate_limited));
  const auto first = house.ask(alice, send_message{ids[3], chat, content_type::text, "x"});
  BOOST_TEST(alice.out->answer<message_sent>(first)->seq == 4U);
  house.pass(1'000);
  const auto next = house.ask(alice, send_message{ids[4], chat, content_type::text, "x"});
  BOOST_TEST(alice.out->answer<message_sent>(next)->seq == 5U);
}

BOOST_AUTO_TEST_CASE(each_kind_has_its_own_rate) {
  server_config config;
  config.rates.search_account = per_second(2, 1);
  config.rates.contact_account = per_second(1, 1);
  household house(config);
  auto alice = house.arrive("alice");
  auto bob = house.arrive("bob");
  const auto search = [&] {
    return alice.out->refusal(house.ask(alice, search_accounts{"b", {}, 0}));
  };
  BOOST_TEST(!search().has_value());
  BOOST_TEST(!search().has_value());
  BOOST_TEST((search() == errc::rate_limited));
  BOOST_TEST(!alice.out->refusal(house.ask(alice, add_contact{"bob"})).has_value());
  BOOST_TEST((alice.out->refusal(house.ask(alice, add_contact{"bob"})) == errc::rate_limited));
  house.pass(1'000);
  BOOST_TEST(!search().has_value());
  BOOST_TEST(house.node->room.taken() == 0U);
}

BOOST_AUTO_TEST_CASE(registrations_and_guesses_of_one_network_are_counted) {
  server_config config;
  config.rates.register_network = per_hour(2, 1);
  config.rates.code_network = per_minute(3, 1);
  household house(config);
  auto alice = house.arrive("alice");
  auto bob = house.arrive("bob");
  auto carol = house.arrive("carol");
  BOOST_TEST((carol.out->refusal(2) == errc::rate_limited));
  // A thousand guesses at a code are three.
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    auto thief = house.greet("203.0.113.9");
    const auto why = thief.out->refusal(house.ask(thief, unlock_account{"alice", "00000-00000"}));
    if (why == errc::rate_limited) ++refused;
  }
  BOOST_TEST(refused == 997);
}

BOOST_AUTO_TEST_SUITE_END()
