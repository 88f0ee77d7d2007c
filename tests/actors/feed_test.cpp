#include <boost/test/unit_test.hpp>

#include "tests/actors/household.hpp"

using namespace uod;
using tests::household;

namespace uod::tests {
/// To the slow reader: answer now.
struct let_go_now {};
}  // namespace uod::tests
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(uod::tests::let_go_now)

namespace {

using tests::let_go_now;

struct talk {
  household house;
  household::visitor alice = house.arrive("alice");
  household::visitor bob = house.arrive("bob");
  chat_id chat = house.chat_of(alice, "bob");
};

/// A reader that answers when it is told to: what it read can be old by then.
class slow_reader_in_front {
 public:
  explicit slow_reader_in_front(household& house) : house_(house) {
    const auto real = house.node->readers.front();
    for (const auto& each : house.node->readers) {
      house.guests.push_back(caf::actor_cast<caf::actor>(each));
    }
    front_ = house.system.spawn([real](caf::event_based_actor* self) -> caf::behavior {
      using held_answer = std::pair<caf::typed_response_promise<feed_read>, feed_read>;
      const auto held = std::make_shared<std::vector<held_answer>>();
      return {
          [=](read_mutual_contacts& asked) { return self->delegate(real, asked); },
          [=](read_home_behind& asked) { return self->delegate(real, asked); },
          [=](read_store_end asked) { return self->delegate(real, asked); },
          [=](read_feed& asked) -> caf::result<feed_read> {
            auto promise = self->make_response_promise<feed_read>();
            self->request(real, caf::infinite, asked).then([=](feed_read& read) {
              held->emplace_back(promise, std::move(read));
            });
            return promise;
          },
          [=](let_go_now) {
            for (auto& [promise, read] : std::exchange(*held, {})) promise.deliver(read);
          },
      };
    });
    for (auto& reader : house.node->readers) {
      reader = caf::actor_cast<store_reader_actor>(front_);
    }
  }
  void let_go() {
    caf::anon_send(front_, let_go_now{});
    house_.run();
  }

 private:
  household& house_;
  caf::actor front_;
};

const std::vector<std::string> one_two_three{"one", "two", "three"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(feed, talk)

BOOST_AUTO_TEST_CASE(bob_hears_what_he_missed_and_then_what_comes) {
  house.say(alice, chat, "one");
  house.ask(bob, subscribe{});
  house.say(alice, chat, "two");
  house.say(alice, chat, "three");
  BOOST_TEST(bob.out->texts() == one_two_three);
  // The chat is told of once, before its first message.
  const auto events = bob.out->events<messages_arrived>();
  BOOST_TEST(events.front().chats.size() == 1U);
  BOOST_TEST(events.back().chats.empty());
}

BOOST_AUTO_TEST_CASE(what_is_committed_while_a_page_is_read_is_not_lost) {
  slow_reader_in_front reader(house);
  house.say(alice, chat, "one");
  house.ask(bob, subscribe{.after_position = 0, .after_broadcast = 0});
  house.say(alice, chat, "two");  // announced while a page with "one" is on its way
  BOOST_TEST(bob.out->texts().empty());
  reader.let_go();
  reader.let_go();
  house.say(alice, chat, "three");
  BOOST_TEST(bob.out->texts() == one_two_three);
}

BOOST_AUTO_TEST_CASE(who_is_ahead_of_a_restored_store_goes_on_from_its_end) {
  house.say(alice, chat, "one");
  const auto request =
      house.ask(bob, subscribe{.after_position = 1'000'000, .after_broadcast = 1'000});
  const auto* begun = bob.out->answer<subscribed>(request);
  BOOST_REQUIRE(begun != nullptr);
  BOOST_TEST(begun->position == house.store->make_reader().value()->last_position().value());
  BOOST_TEST(begun->broadcast == 0U);
  house.say(alice, chat, "two");
  BOOST_TEST((bob.out->texts() == std::vector<std::string>{"two"}));
}

BOOST_AUTO_TEST_CASE(a_slow_reader_gets_the_rest_from_the_store) {
  house.ask(bob, subscribe{});
  house.say(alice, chat, "one");
  bob.out->queued = house.node->config.limits.outbox_bytes_max;
  house.say(alice, chat, "two");
  house.say(alice, chat, "three");
  BOOST_TEST(bob.out->texts().size() == 1U);
  BOOST_TEST(house.counters.events_deferred.load() == 1U);
  bob.out->queued = 0;
  caf::anon_send(bob.session, outlet_drained{});
  house.run();
  BOOST_TEST(bob.out->texts() == one_two_three);
}

BOOST_AUTO_TEST_CASE(the_device_that_sent_is_not_told_its_own_words) {
  house.ask(alice, subscribe{});
  house.ask(bob, subscribe{});
  house.say(alice, chat, "one");
  BOOST_TEST(alice.out->texts().empty());
  BOOST_TEST(bob.out->texts().size() == 1U);
}

BOOST_AUTO_TEST_CASE(one_subscription_a_connection) {
  house.ask(bob, subscribe{});
  BOOST_TEST((bob.out->refusal(house.ask(bob, subscribe{})) == errc::not_allowed));
}

BOOST_AUTO_TEST_CASE(marks_reach_the_other) {
  house.ask(alice, subscribe{});
  house.say(alice, chat, "one");
  house.ask(bob, mark_chat{chat, 1, 1});
  house.ask(bob, mark_chat{chat, 1, 0});  // moves nothing, says nothing
  const auto receipts = alice.out->events<receipt_changed>();
  BOOST_REQUIRE_EQUAL(receipts.size(), 1U);
  BOOST_TEST(receipts[0].by_name == "bob");
  BOOST_TEST(receipts[0].read_seq == 1U);
  BOOST_TEST(bob.out->events<receipt_changed>().empty());
}

BOOST_AUTO_TEST_CASE(presence_shows_between_those_who_have_each_other) {
  house.ask(alice, subscribe{});
  house.ask(alice, add_contact{"bob"});
  house.ask(bob, subscribe{});
  BOOST_TEST(alice.out->events<presence_changed>().empty());  // bob has not added her
  house.ask(bob, add_contact{"alice"});
  BOOST_REQUIRE_EQUAL(alice.out->events<presence_changed>().size(), 1U);
  BOOST_TEST(alice.out->events<presence_changed>().back().online);
  // A session that dies without a word is noticed all the same.
  caf::anon_send_exit(bob.session, caf::exit_reason::kill);
  house.run();
  const auto gone = alice.out->events<presence_changed>();
  BOOST_REQUIRE_EQUAL(gone.size(), 2U);
  BOOST_TEST(!gone.back().online);
  BOOST_TEST(gone.back().last_seen_ms == house.clock.now_ms);
}

BOOST_AUTO_TEST_SUITE_END()
