#include <boost/test/unit_test.hpp>

#include "tests/client/person.hpp"

using namespace uod;
using namespace uod::test;

namespace {

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> all;
  for (int number = from; number < to; ++number) all.push_back(std::to_string(number));
  return all;
}

void bob_writes(town& t, int from, int to) {
  for (const auto& text : numbers(from, to)) t.server.post(t.bob_home.id, t.alice_home.id, text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_events)

BOOST_AUTO_TEST_CASE(alice_hears_what_bob_writes) {
  town t;
  bob_writes(t, 0, 2);
  t.engine->subscribe({});
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  bob_writes(t, 2, 4);
  t.world.run_for(10);
  BOOST_TEST((t.alice.texts() == numbers(0, 4)));
  const auto& event = t.alice.messages.back();
  BOOST_TEST(event.chat_name == "bob");
  BOOST_TEST(event.from == "bob");
  BOOST_TEST(event.to == "alice");
  BOOST_TEST((event.stored == t.server.stored.back()));
  BOOST_TEST(t.engine->position().value() == t.server.stored.back().position);
}

BOOST_AUTO_TEST_CASE(a_wish_for_events_may_come_late) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  bob_writes(t, 0, 3);
  t.engine->subscribe(t.server.stored[0].position);
  t.engine->subscribe(999);  // changes nothing
  t.world.run_for(10);
  BOOST_TEST((t.alice.texts() == numbers(1, 3)));
}

BOOST_AUTO_TEST_CASE(nothing_is_missed_or_told_twice_over_a_hundred_cuts) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      town t(seed);
      t.engine->subscribe(0);
      t.alice_logs_in();
      int written = 0;
      for (int round = 0; round < 40; ++round) {
        t.world.cut_next_after_bytes = 100 + t.world.random() % 6'000;
        const int more = static_cast<int>(t.world.random() % 5);
        bob_writes(t, written, written + more);
        written += more;
        if (t.world.random() % 4 == 0 && t.server.newest() != nullptr) {
          t.server.drop(*t.server.newest());
        }
        t.world.run_for(t.world.random() % 300);
      }
      t.world.cut_next_after_bytes.reset();
      t.world.run_until(
          [&] { return t.alice.messages.size() >= static_cast<std::size_t>(written); }, 120'000);
      t.world.run_for(30'000);
      BOOST_TEST((t.alice.texts() == numbers(0, written)));
      BOOST_TEST(t.alice.ends.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_server_says_twice_is_told_once) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  bob_writes(t, 0, 3);
  t.world.run_for(10);
  // All again, and with something new between.
  bob_writes(t, 3, 4);
  messages_arrived again;
  again.messages = t.server.stored;
  t.server.say(*t.server.newest(), {0, again});
  std::swap(again.messages[0], again.messages[3]);
  t.server.say(*t.server.newest(), {0, again});
  t.world.run_for(10);
  BOOST_TEST((t.alice.texts() == numbers(0, 4)));
  BOOST_TEST(t.world.dials == 1U);
}

BOOST_AUTO_TEST_CASE(own_messages_do_not_come_back_after_a_reconnect) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  std::size_t sent = 0;
  t.engine->send_text(t.chat, "mine", [&](const auto&) { ++sent; });
  BOOST_REQUIRE(t.world.run_until([&] { return sent == 1; }, 5'000));
  // The server forgets whose connection it was and tells everything behind the position.
  t.server.drop(*t.server.newest());
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.connections.size() == 3; }, 5'000));
  bob_writes(t, 7, 8);
  t.world.run_for(100);
  BOOST_TEST((t.alice.texts() == numbers(7, 8)));
  BOOST_TEST(t.engine->position().value() == 2U);
}

BOOST_AUTO_TEST_CASE(what_alice_writes_elsewhere_is_told_with_her_name) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  t.server.post(t.alice_home.id, t.bob_home.id, "from my telephone");
  t.world.run_for(500);
  BOOST_REQUIRE(t.alice.messages.size() == 1U);
  BOOST_TEST(t.alice.messages[0].chat_name == "bob");
  BOOST_TEST(t.alice.messages[0].from == "alice");
  BOOST_TEST(t.alice.messages[0].to == "bob");
  BOOST_TEST(t.server.marks.empty());  // her own are not delivered to her
}

BOOST_AUTO_TEST_CASE(a_message_of_a_chat_that_nobody_told_about_is_left_out) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  message stray;
  stray.chat.octets[0] = 9;
  stray.position = 1;
  stray.seq = 1;
  stray.body = "?";
  t.server.say(*t.server.newest(), {0, messages_arrived{{}, {stray}}});
  t.world.run_for(10);
  BOOST_TEST(t.alice.messages.empty());
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 1U);
  BOOST_TEST(t.engine->connected());
}

BOOST_AUTO_TEST_CASE(who_has_no_name_is_unknown) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  chat_info chat;
  chat.id.octets[0] = 9;
  chat.members = {{t.alice_home.id, "alice", 0, 0}, {t.bob_home.id, "", 0, 0}};
  message said;
  said.chat = chat.id;
  said.seq = said.position = 1;
  said.sender.octets[0] = 77;  // nobody in the chat
  t.server.say(*t.server.newest(), {0, messages_arrived{{chat}, {said}}});
  t.world.run_for(10);
  BOOST_REQUIRE(t.alice.messages.size() == 1U);
  BOOST_TEST(t.alice.messages[0].chat_name == "unknown");
  BOOST_TEST(t.alice.messages[0].from == "unknown");
}

BOOST_AUTO_TEST_CASE(a_stream_that_would_leave_something_out_is_not_taken) {
  town t;
  std::size_t times = 0;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<subscribe>(asked.body) || times == 2) return false;
    ++times;
    t.server.say(from, {asked.request, subscribed{1'000}});
    return true;
  };
  t.engine->subscribe(0);
  t.alice_logs_in();
  bob_writes(t, 0, 2);
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.messages.size() == 2; }, 10'000));
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 2U);
}

BOOST_AUTO_TEST_CASE(a_restored_store_is_heard_from_its_end) {
  town t;
  t.engine->subscribe(0, 0);
  t.alice_logs_in();
  bob_writes(t, 0, 5);
  t.server.proclaim(t.bob_home.id, "b1");
  t.server.proclaim(t.bob_home.id, "b2");
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.broadcasts.size() == 2; }, 10'000));
  BOOST_TEST(t.alice.messages.size() == 5U);
  BOOST_TEST(t.alice.set_backs == 0U);

  t.server.shut();
  t.server.restore(3, 1);
  t.server.open();
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.set_backs == 1; }, 60'000));
  BOOST_TEST(t.engine->position().value() == 3U);
  BOOST_TEST(t.engine->home_position().value() == 1U);
  t.server.post(t.bob_home.id, t.alice_home.id, "after that");
  t.server.proclaim(t.bob_home.id, "b2 again");
  t.world.run_for(1'000);
  BOOST_TEST(t.alice.texts().back() == "after that");
  BOOST_TEST(t.alice.broadcast_texts().back() == "b2 again");

  // The next connection goes on from there, and nothing is told twice.
  t.server.drop(*t.server.newest());
  t.world.run_for(5'000);
  BOOST_TEST(t.alice.messages.size() == 6U);
  BOOST_TEST(t.alice.broadcasts.size() == 3U);
  BOOST_TEST(t.alice.set_backs == 1U);
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 0U);
}

BOOST_AUTO_TEST_CASE(receipts_and_presence_come_with_names) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  bob_writes(t, 0, 1);
  auto& session = *t.server.newest();
  t.server.say(session, {0, receipt_changed{t.chat, t.bob_home.id, "bob", 5, 4}});
  t.server.say(session, {0, receipt_changed{{}, t.bob_home.id, "bob", 6, 4}});
  t.server.say(session, {0, presence_changed{t.bob_home.id, "bob", true, 0}});
  t.world.run_for(10);
  BOOST_REQUIRE(t.alice.receipts.size() == 2U);
  BOOST_TEST(t.alice.receipts[0].chat_name == "bob");
  BOOST_TEST(t.alice.receipts[0].delivered_seq == 5U);
  BOOST_TEST(t.alice.receipts[0].read_seq == 4U);
  BOOST_TEST(t.alice.receipts[1].chat_name == "bob");
  BOOST_REQUIRE(t.alice.presences.size() == 1U);
  BOOST_TEST(t.alice.presences[0].name == "bob");
  BOOST_TEST(t.alice.presences[0].online);
}

// ----------------------------------------------------------------------------------------- marks

BOOST_AUTO_TEST_CASE(a_hundred_messages_cost_one_mark) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  bob_writes(t, 0, 100);
  t.world.run_for(90);
  BOOST_TEST(t.server.marks.empty());
  t.world.run_for(30);
  BOOST_REQUIRE(t.server.marks.size() == 1U);
  BOOST_TEST((t.server.marks[0] == mark_chat{t.chat, 100, 0}));
  t.world.run_for(10'000);
  BOOST_TEST(t.server.marks.size() == 1U);
  // What is read goes the same way, with what is delivered.
  t.engine->mark_read(t.chat, 40);
  t.engine->mark_read(t.chat, 60);
  t.world.run_for(200);
  BOOST_REQUIRE(t.server.marks.size() == 2U);
  BOOST_TEST(t.server.marks[1].read_seq == 60U);
}

BOOST_AUTO_TEST_CASE(a_mark_that_got_lost_is_sent_again) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  bob_writes(t, 0, 5);
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<mark_chat>(asked.body)) return false;
    t.server.intercept = nullptr;
    t.server.drop(from);
    return true;
  };
  t.world.run_for(5'000);
  BOOST_REQUIRE(t.server.marks.size() == 1U);
  BOOST_TEST(t.server.marks[0].delivered_seq == 5U);
}

BOOST_AUTO_TEST_CASE(a_mark_that_was_refused_for_now_comes_later) {
  town t;
  t.engine->subscribe(0);
  std::vector<std::uint64_t> at_ms;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<mark_chat>(asked.body)) return false;
    at_ms.push_back(t.world.steady_ms());
    if (at_ms.size() > 2) return false;
    t.server.say(from, {asked.request, failure{{errc::rate_limited, "", 700}}});
    return true;
  };
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  bob_writes(t, 0, 5);
  t.world.run_for(10'000);
  BOOST_REQUIRE(at_ms.size() == 3U);
  BOOST_TEST(at_ms[1] - at_ms[0] >= 700U);
  BOOST_TEST(t.server.marks.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_stop_sends_the_marks_before_the_goodbye) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  bob_writes(t, 0, 3);
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.messages.size() == 3; }, 50));
  bool stopped = false;
  t.engine->stop([&] { stopped = true; });
  BOOST_REQUIRE(t.world.run_until([&] { return stopped; }, 100));
  t.world.run_for(10);
  BOOST_REQUIRE(t.server.marks.size() == 1U);
  BOOST_TEST(t.server.marks[0].delivered_seq == 3U);
  BOOST_TEST(t.server.goodbyes == 1U);
  BOOST_TEST(std::holds_alternative<goodbye>(t.server.heard.back().body));
}

BOOST_AUTO_TEST_CASE(who_has_stopped_hears_nothing_more_and_is_delivered_nothing_more) {
  town t;
  t.engine->subscribe(0);
  t.alice_logs_in();
  bob_writes(t, 0, 10);
  bool stopped = false;
  t.alice.when_told = [&](const client::message_event& event) {
    if (event.stored.seq == 4) t.engine->stop([&] { stopped = true; });
  };
  BOOST_REQUIRE(t.world.run_until([&] { return stopped; }, 5'000));
  t.world.run_for(10);
  BOOST_TEST((t.alice.texts() == numbers(0, 4)));
  BOOST_TEST(t.engine->position().value() == 4U);
  BOOST_REQUIRE(t.server.marks.size() == 1U);
  BOOST_TEST(t.server.marks[0].delivered_seq == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
