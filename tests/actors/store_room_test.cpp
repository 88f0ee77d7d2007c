#include <boost/test/unit_test.hpp>

#include "tests/actors/household.hpp"

using namespace uod;
using tests::household;

/// What happens when more is said than the store can take.
namespace {

struct full_house {
  household house;
  household::visitor alice = house.arrive("alice");
  household::visitor bob = house.arrive("bob");
  chat_id chat = house.chat_of(alice, "bob");
  store_room& room = house.node->room;

  void fill() {
    while (room.take()) {
    }
  }
  void make_room(std::size_t places) {
    room.give_back(places);
    house.run();
  }
  household::visitor alices_tablet() {
    auto made = house.greet();
    house.log_in_as(made, "alice", true, "tablet");
    return made;
  }
  static bool is_sent(const household::visitor& who, std::uint32_t request) {
    return who.out->answer<message_sent>(request) != nullptr;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(room_at_the_store, full_house)

BOOST_AUTO_TEST_CASE(work_waits_for_it_and_goes_on) {
  fill();
  const auto request = house.say(alice, chat, "patience");
  BOOST_TEST(!is_sent(alice, request));
  make_room(room.taken());
  BOOST_TEST(is_sent(alice, request));
  BOOST_TEST(room.taken() == 0U);
}

BOOST_AUTO_TEST_CASE(who_came_first_is_first) {
  fill();
  const auto first = house.say(alice, chat, "first");
  const auto second = house.say(bob, chat, "second");
  const auto third = house.say(alice, chat, "third, and does not overtake");
  make_room(1);  // which the commit gives back, and calls up the next, and so on
  BOOST_TEST(is_sent(alice, first));
  BOOST_TEST(is_sent(bob, second));
  BOOST_TEST(is_sent(alice, third));
  BOOST_TEST(alice.out->answer<message_sent>(first)->seq == 1U);
  BOOST_TEST(bob.out->answer<message_sent>(second)->seq == 2U);
  BOOST_TEST(alice.out->answer<message_sent>(third)->seq == 3U);
}

BOOST_AUTO_TEST_CASE(who_leaves_the_line_lets_the_others_through) {
  fill();
  house.say(alice, chat, "never");
  const auto waiting = house.say(bob, chat, "still here");
  caf::anon_send(alice.session, link_ended{error{errc::link_closed}});
  house.run();
  make_room(1);
  BOOST_TEST(is_sent(bob, waiting));
}

BOOST_AUTO_TEST_CASE(who_was_called_up_and_is_gone_passes_the_call_on) {
  fill();
  house.say(alice, chat, "never");
  const auto waiting = house.say(bob, chat, "still here");
  // She is called while she already has her end in hand.
  caf::anon_send(alice.session, link_ended{error{errc::link_closed}});
  make_room(1);
  BOOST_TEST(is_sent(bob, waiting));
}

BOOST_AUTO_TEST_CASE(who_cannot_go_on_passes_the_call_on) {
  fill();
  const auto later = house.say(alice, chat, "when I can take the answers");
  const auto waiting = house.say(bob, chat, "ready");
  alice.out->queued = house.node->config.limits.outbox_bytes_max;
  make_room(1);
  BOOST_TEST(!is_sent(alice, later));
  BOOST_TEST(is_sent(bob, waiting));
  alice.out->queued = 0;
  caf::anon_send(alice.session, outlet_drained{});
  house.run();
  BOOST_TEST(is_sent(alice, later));
}

BOOST_AUTO_TEST_CASE(nobody_new_goes_past_the_line) {
  auto tablet = alices_tablet();
  fill();
  const auto first = house.say(alice, chat, "first");
  const auto second = house.say(tablet, chat, "second");
  const auto third = ++bob.last_request;
  caf::anon_send(bob.session,
                 frames_received{{{third, send_message{message_id(tests::numbered(++house.ids)),
                                                       chat, content_type::text, "third"}}}});
  make_room(1);  // he sees the place before she hears that she is called
  BOOST_TEST(alice.out->answer<message_sent>(first)->seq == 1U);
  BOOST_TEST(tablet.out->answer<message_sent>(second)->seq == 2U);
  BOOST_TEST(bob.out->answer<message_sent>(third)->seq == 3U);
}

BOOST_AUTO_TEST_CASE(who_was_called_in_vain_keeps_the_place_in_line) {
  auto tablet = alices_tablet();
  fill();
  const auto first = house.say(alice, chat, "first");
  const auto second = house.say(tablet, chat, "second");
  room.give_back(1);
  BOOST_REQUIRE(room.take());  // somebody was faster
  house.run();
  BOOST_TEST(!is_sent(alice, first));
  make_room(1);
  BOOST_TEST(alice.out->answer<message_sent>(first)->seq == 1U);
  BOOST_TEST(tablet.out->answer<message_sent>(second)->seq == 2U);
}

BOOST_AUTO_TEST_CASE(nobody_new_is_let_in_while_it_is_nearly_full) {
  auto carol = house.greet();
  fill();
  const auto request = house.log_in_as(carol, "alice");
  BOOST_TEST((carol.out->refusal(request) == errc::overloaded));
  const auto after_ms = carol.out->answer<failure>(request)->reason.retry_after_ms;
  BOOST_TEST(after_ms >= entry_retry_ms);
  BOOST_TEST(after_ms < 2 * entry_retry_ms);
  BOOST_TEST((carol.out->refusal(house.ask(carol, resume{})) == errc::overloaded));
  BOOST_TEST((carol.out->refusal(house.ask(carol, register_account{})) == errc::overloaded));
  // Who is in goes on with all that does not wait for the store.
  BOOST_TEST(alice.out->answer<chats_listed>(house.ask(alice, list_chats{})) != nullptr);
  make_room(room.changes_max() / 4 + 1);
  BOOST_TEST(carol.out->answer<logged_in>(house.log_in_as(carol, "alice")) != nullptr);
  room.give_back(room.taken());
}

BOOST_AUTO_TEST_SUITE_END()
