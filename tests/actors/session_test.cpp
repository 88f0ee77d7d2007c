#include <boost/test/unit_test.hpp>

#include "tests/actors/household.hpp"

using namespace uod;
using tests::household;

namespace {

struct at_home {
  household house;
};

/// One of each request that a client can make.
std::vector<client_body> one_of_each() {
  return {hello{},
          get_salt{"bob"},
          register_account{},
          log_in{},
          resume{},
          log_out{},
          search_accounts{"b", "", 0},
          add_contact{"x"},
          remove_contact{"x"},
          list_contacts{},
          open_chat{"x"},
          list_chats{},
          send_message{},
          fetch_history{},
          mark_chat{},
          subscribe{}};
}

bool is_greeting(const client_body& body) { return std::holds_alternative<hello>(body); }
bool is_login(const client_body& body) { return body.index() >= 4 && body.index() <= 7; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_actor_stories, at_home)

BOOST_AUTO_TEST_CASE(before_hello_nothing_else_is_taken) {
  for (const auto& body : one_of_each()) {
    if (is_greeting(body)) continue;
    auto stranger = house.connect();
    BOOST_TEST((stranger.out->refusal(house.ask(stranger, body)) == errc::not_allowed));
    BOOST_TEST(stranger.out->granted == 1U);
  }
}

BOOST_AUTO_TEST_CASE(before_log_in_only_log_in_is_taken) {
  for (const auto& body : one_of_each()) {
    auto stranger = house.connect();
    house.ask(stranger, hello{});
    const auto refusal = stranger.out->refusal(house.ask(stranger, body));
    if (is_greeting(body)) {
      BOOST_TEST((refusal == errc::not_allowed));
    } else if (is_login(body)) {
      BOOST_TEST((refusal != errc::not_logged_in && refusal != errc::not_allowed));
    } else {
      BOOST_TEST((refusal == errc::not_logged_in));
    }
    BOOST_TEST(stranger.out->granted == 2U);
  }
  BOOST_TEST(house.node->room.taken() == 0U);
}

BOOST_AUTO_TEST_CASE(after_log_in_nobody_logs_in_again) {
  auto alice = house.arrive("alice");
  BOOST_TEST(alice.out->admitted);
  for (const auto& body : one_of_each()) {
    if (!is_login(body) && !is_greeting(body)) continue;
    // The salt is needed again to change the password.
    if (std::holds_alternative<get_salt>(body)) continue;
    BOOST_TEST((alice.out->refusal(house.ask(alice, body)) == errc::not_allowed));
  }
}

BOOST_AUTO_TEST_CASE(every_frame_is_given_back_exactly_once) {
  auto alice = house.arrive("alice");
  house.arrive("bob");
  const auto chat = house.chat_of(alice, "bob");
  house.ask_all(
      alice,
      {{10, ping{}},
       {11, send_message{message_id(tests::numbered(90)), chat, content_type::text, "one"}},
       {0, send_message{message_id(tests::numbered(91)), chat, content_type::text, "nobody asked"}},
       {12, list_chats{}},
       {13, fetch_history{chat, 0, 0, 0}},
       {14, open_chat{"nobody"}},
       {15, mark_chat{chat, 1, 1}},
       {16, pong{}}});
  BOOST_TEST(alice.out->granted == alice.frames_sent);
  BOOST_TEST(alice.out->answer<pong>(10) != nullptr);
  BOOST_TEST(alice.out->answer<message_sent>(11)->seq == 1U);
  BOOST_TEST(alice.out->answer<history>(13) != nullptr);
  BOOST_TEST((alice.out->refusal(14) == errc::no_such_account));
  BOOST_TEST(alice.out->events<message_sent>().size() == 1U);  // request 0 wants no answer
  BOOST_TEST(house.node->room.taken() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_sent_behind_a_log_in_waits_for_it) {
  auto alice = house.arrive("alice");
  const auto* welcome_home = alice.out->answer<logged_in>(2);
  BOOST_REQUIRE(welcome_home != nullptr);
  auto again = house.connect();
  house.ask_all(again, {{1, hello{}},
                        {2, resume{welcome_home->device, welcome_home->token}},
                        {3, search_accounts{"ali", "", 0}},
                        {4, open_chat{"alice"}}});
  BOOST_TEST(again.out->answer<accounts_found>(3)->names.size() == 1U);
  BOOST_TEST(again.out->answer<chat_opened>(4) != nullptr);
}

BOOST_AUTO_TEST_CASE(messages_that_cannot_be_are_refused) {
  server_config config;
  config.limits.message_bytes_max = 100;
  household strict(config);
  auto alice = strict.arrive("alice");
  const auto chat = strict.chat_of(alice, "alice");
  BOOST_TEST((alice.out->refusal(strict.say(alice, chat, bytes(101, 'x'))) == errc::too_large));
  BOOST_TEST((alice.out->refusal(strict.ask(
                  alice, send_message{{}, chat, content_type::text, "x"})) == errc::malformed));
  const chat_id unknown(tests::numbered(200));
  BOOST_TEST((alice.out->refusal(strict.say(alice, unknown, "x")) == errc::no_such_chat));
  BOOST_TEST(strict.node->room.taken() == 0U);
}

BOOST_AUTO_TEST_CASE(guessing_ends_the_connection) {
  house.arrive("alice");
  auto mallory = house.connect();
  house.ask(mallory, hello{});
  for (std::uint32_t guess = 0; guess < login_failures_max; ++guess) {
    const log_in attempt{
        "alice", bytes(auth_key_octets, 'g'), {device_id(tests::numbered(99)), "m"}};
    const auto told = mallory.out->refusal(house.ask(mallory, attempt));
    const bool locked = guess + 1 >= house.node->config.lockout.failures_max;
    BOOST_TEST((told == (locked ? errc::account_locked : errc::wrong_credentials)));
  }
  BOOST_REQUIRE(mallory.out->closed.has_value());
  BOOST_TEST((mallory.out->closed->code == errc::rate_limited));
}

BOOST_AUTO_TEST_CASE(who_is_told_to_close_gets_the_answers_first) {
  auto alice = house.arrive("alice");
  const auto chat = house.chat_of(alice, "alice");
  caf::anon_send(alice.session,
                 frames_received{{{9, send_message{message_id(tests::numbered(77)), chat,
                                                   content_type::text, "last words"}}}});
  caf::anon_send(alice.session, close_session{error{errc::going_away}});
  house.run();
  BOOST_REQUIRE(alice.out->closed.has_value());
  BOOST_TEST(alice.out->answer<message_sent>(9) != nullptr);
  BOOST_TEST(std::holds_alternative<server_closing>(alice.out->said.back().body));
}

BOOST_AUTO_TEST_CASE(a_session_that_dies_takes_no_room_with_it) {
  auto alice = house.arrive("alice");
  const auto chat = house.chat_of(alice, "alice");
  caf::anon_send(alice.session,
                 frames_received{{{7, open_chat{"alice"}},
                                  {8, send_message{message_id(tests::numbered(78)), chat,
                                                   content_type::text, "x"}}}});
  caf::anon_send(alice.session, link_ended{error{errc::link_closed}});
  house.run();
  BOOST_TEST(house.node->room.taken() == 0U);
}

BOOST_AUTO_TEST_CASE(who_does_not_read_is_not_answered_further) {
  auto alice = house.arrive("alice");
  const auto chat = house.chat_of(alice, "alice");
  alice.out->queued = house.node->config.limits.outbox_bytes_max;
  const auto sent = house.say(alice, chat, "waits");
  const auto page = house.ask(alice, list_chats{});
  BOOST_TEST(alice.out->answer<message_sent>(sent) == nullptr);
  BOOST_TEST(alice.out->answer<chats_listed>(page) == nullptr);
  alice.out->queued = 0;
  caf::anon_send(alice.session, outlet_drained{});
  house.run();
  BOOST_TEST(alice.out->answer<message_sent>(sent) != nullptr);
  BOOST_TEST(alice.out->answer<chats_listed>(page) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
