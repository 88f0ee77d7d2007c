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

void bob_proclaims(town& t, int from, int to) {
  for (const auto& text : numbers(from, to)) t.server.proclaim(t.bob_home.id, text);
}

/// Tells a broadcast that the server does not have, to whoever is connected.
void tell(town& t, std::vector<std::uint64_t> seqs) {
  broadcasts_arrived event;
  for (const auto seq : seqs) {
    broadcast told;
    told.id.octets[14] = 99;
    told.id.octets[15] = static_cast<std::uint8_t>(seq);
    told.seq = seq;
    told.body = "#" + std::to_string(seq);
    event.broadcasts.push_back(told);
  }
  t.server.say(*t.server.newest(), {0, event});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_broadcasts)

BOOST_AUTO_TEST_CASE(alice_hears_what_stands_on_the_home_page_and_what_comes) {
  town t;
  bob_proclaims(t, 0, 3);
  t.engine->subscribe(0, 1);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  BOOST_TEST((t.alice.broadcast_texts() == numbers(1, 3)));
  BOOST_TEST(t.engine->home_position().value() == 3U);
  bob_proclaims(t, 3, 5);
  t.world.run_for(10);
  BOOST_TEST((t.alice.broadcast_texts() == numbers(1, 5)));
  const auto& event = t.alice.broadcasts.back();
  BOOST_TEST(event.from == "bob");
  BOOST_TEST((event.stored == t.server.page.back()));
  BOOST_TEST(t.engine->home_position().value() == 5U);
  BOOST_TEST(t.engine->position().value() == 0U);
  BOOST_TEST(t.alice.messages.empty());
  BOOST_TEST(t.server.marks.empty());
}

BOOST_AUTO_TEST_CASE(without_a_place_the_server_says_where_the_page_begins) {
  town t;
  bob_proclaims(t, 0, 5);
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<subscribe>(asked.body)) return false;
    BOOST_TEST(!std::get<subscribe>(asked.body).after_broadcast.has_value());
    from.subscribed = true;
    t.server.say(from, {asked.request, subscribed{0, 5}});
    t.server.intercept = nullptr;
    return true;
  };
  t.engine->subscribe(0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  BOOST_TEST(t.engine->home_position().value() == 5U);
  bob_proclaims(t, 5, 7);
  t.world.run_for(10);
  BOOST_TEST((t.alice.broadcast_texts() == numbers(5, 7)));
  // From there on it is the engine that says where.
  t.server.drop(*t.server.newest());
  bob_proclaims(t, 7, 8);
  t.world.run_for(5'000);
  BOOST_TEST((t.alice.broadcast_texts() == numbers(5, 8)));
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 0U);
}

BOOST_AUTO_TEST_CASE(nothing_is_missed_or_told_twice_over_many_cuts) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      town t(seed);
      t.engine->subscribe(0, 0);
      t.alice_logs_in();
      int written = 0;
      for (int round = 0; round < 40; ++round) {
        t.world.cut_next_after_bytes = 100 + t.world.random() % 6'000;
        const int more = static_cast<int>(t.world.random() % 5);
        bob_proclaims(t, written, written + more);
        written += more;
        if (t.world.random() % 4 == 0 && t.server.newest() != nullptr) {
          t.server.drop(*t.server.newest());
        }
        t.world.run_for(t.world.random() % 300);
      }
      t.world.cut_next_after_bytes.reset();
      t.world.run_for(60'000);
      BOOST_TEST((t.alice.broadcast_texts() == numbers(0, written)));
      BOOST_TEST(t.alice.ends.empty());
      BOOST_TEST(t.alice.troubles_of(errc::malformed) == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_said_again_is_told_once_and_a_gap_is_not_taken) {
  town t;
  bob_proclaims(t, 0, 2);
  t.engine->subscribe(0, 0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  tell(t, {1, 2, 2});
  t.world.run_for(10);
  BOOST_TEST((t.alice.broadcast_texts() == numbers(0, 2)));
  BOOST_TEST(t.world.dials == 1U);
  // 3 is missing: what comes behind it is not told, and asked for again on another connection.
  tell(t, {4});
  t.world.run_for(10);
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 1U);
  BOOST_TEST(t.engine->home_position().value() == 2U);
  bob_proclaims(t, 2, 4);
  t.world.run_for(5'000);
  BOOST_TEST((t.alice.broadcast_texts() == numbers(0, 4)));
  BOOST_TEST(t.world.dials == 2U);
}

BOOST_AUTO_TEST_CASE(a_page_that_would_leave_something_out_is_not_taken) {
  town t;
  bob_proclaims(t, 0, 3);
  std::size_t times = 0;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<subscribe>(asked.body) || times == 2) return false;
    ++times;
    t.server.say(from, {asked.request, subscribed{0, 3}});
    return true;
  };
  t.engine->subscribe(0, 1);
  t.alice_logs_in();
  BOOST_REQUIRE(t.world.run_until([&] { return t.alice.broadcasts.size() == 2; }, 10'000));
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 2U);
  BOOST_TEST((t.alice.broadcast_texts() == numbers(1, 3)));
}

BOOST_AUTO_TEST_CASE(the_engine_asks_from_where_it_stands_and_what_it_has_is_not_told_again) {
  town t;
  bob_proclaims(t, 0, 2);
  std::vector<subscribe> asked_for;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    const auto* wanted = std::get_if<subscribe>(&asked.body);
    if (wanted == nullptr) return false;
    asked_for.push_back(*wanted);
    from.subscribed = true;
    t.server.say(from, {asked.request, subscribed{0, wanted->after_broadcast.value_or(0)}});
    tell(t, {1, 2, 3});
    return true;
  };
  t.engine->subscribe(0, 2);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.world.run_for(10);
  t.server.drop(*t.server.newest());
  t.world.run_for(5'000);
  BOOST_TEST((t.alice.broadcast_texts() == std::vector<std::string>{"#3"}));
  BOOST_TEST((asked_for == std::vector<subscribe>{{0, 2}, {0, 3}}));
}

BOOST_AUTO_TEST_CASE(broadcasts_that_nobody_wanted_are_not_taken) {
  town t;
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  tell(t, {1});
  t.world.run_for(10);
  BOOST_TEST(t.alice.troubles_of(errc::malformed) == 1U);
  BOOST_TEST(t.alice.broadcasts.empty());
}

BOOST_AUTO_TEST_CASE(own_broadcasts_do_not_come_back_whether_the_server_tells_them_or_not) {
  for (const bool echoes : {true, false}) {
    BOOST_TEST_CONTEXT("echoes " << echoes) {
      town t;
      t.server.echoes_broadcasts = echoes;
      t.engine->subscribe(0, 0);
      t.alice_logs_in();
      BOOST_REQUIRE(t.becomes_ready());
      std::vector<std::uint64_t> acknowledged;
      const auto say = [&](const std::string& text) {
        t.engine->send_broadcast(text, [&](const outcome<broadcast_sent>& answered) {
          BOOST_REQUIRE(answered.has_value());
          acknowledged.push_back(answered->seq);
        });
      };
      say("mine");
      t.world.run_for(10);
      bob_proclaims(t, 7, 8);
      t.world.run_for(10);
      say("mine too");
      say("and mine");
      t.world.run_for(10);
      BOOST_TEST(t.engine->home_position().value() == 4U);
      t.server.drop(*t.server.newest());
      t.world.run_for(5'000);
      bob_proclaims(t, 8, 9);
      t.world.run_for(10);
      BOOST_TEST((acknowledged == std::vector<std::uint64_t>{1, 3, 4}));
      BOOST_TEST((t.alice.broadcast_texts() == numbers(7, 9)));
      BOOST_TEST(t.engine->home_position().value() == 5U);
      BOOST_TEST(t.alice.troubles_of(errc::malformed) == 0U);
      BOOST_TEST(t.world.dials == 2U);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_own_broadcast_that_is_acknowledged_early_hides_nothing_before_it) {
  // The answer overtakes what others have said before: that is still told.
  town t;
  t.engine->subscribe(0, 0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    const auto* mine = std::get_if<send_broadcast>(&asked.body);
    if (mine == nullptr) return false;
    t.server.say(from, {asked.request, broadcast_sent{mine->id, 3, 1}});
    return true;
  };
  t.engine->send_broadcast("mine", [](const auto&) {});
  t.world.run_for(10);
  BOOST_TEST(t.engine->home_position().value() == 0U);
  tell(t, {1, 2, 4});
  t.world.run_for(10);
  BOOST_TEST((t.alice.broadcast_texts() == std::vector<std::string>{"#1", "#2", "#4"}));
  BOOST_TEST(t.engine->home_position().value() == 4U);
}

BOOST_AUTO_TEST_CASE(what_alice_broadcasts_elsewhere_is_told_with_her_name) {
  town t;
  t.engine->subscribe(0, 0);
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  t.server.proclaim(t.alice_home.id, "from my telephone");
  tell(t, {2});  // nobody's
  t.world.run_for(10);
  BOOST_REQUIRE(t.alice.broadcasts.size() == 2U);
  BOOST_TEST(t.alice.broadcasts[0].from == "alice");
  BOOST_TEST(t.alice.broadcasts[1].from == "unknown");
}

BOOST_AUTO_TEST_CASE(a_broadcast_survives_the_loss_of_its_answer_under_the_same_id) {
  town t;
  t.engine->subscribe(0, 0);
  bool lost = false;
  t.server.intercept = [&](toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<send_broadcast>(asked.body) || lost) return false;
    lost = true;
    t.world.schedule(0, [&] { t.server.drop(from); });
    t.world.black_hole = true;
    t.world.schedule(5, [&] { t.world.black_hole = false; });
    return false;
  };
  t.alice_logs_in();
  BOOST_REQUIRE(t.becomes_ready());
  std::size_t sent = 0;
  t.engine->send_broadcast("mine", [&](const auto& answered) { sent += answered ? 1U : 0U; });
  BOOST_REQUIRE(t.world.run_until([&] { return sent == 1; }, 10'000));
  t.world.run_for(1'000);
  BOOST_TEST(t.server.page.size() == 1U);
  BOOST_TEST(t.server.repeated_sends == 1U);
  BOOST_TEST(t.alice.broadcasts.empty());
}

BOOST_AUTO_TEST_CASE(who_has_stopped_is_told_no_more_broadcasts) {
  town t;
  t.engine->subscribe(0, 0);
  t.alice_logs_in();
  bob_proclaims(t, 0, 10);
  bool stopped = false;
  t.alice.when_broadcast = [&](const client::broadcast_event& event) {
    if (event.stored.seq == 4) t.engine->stop([&] { stopped = true; });
  };
  BOOST_REQUIRE(t.world.run_until([&] { return stopped; }, 5'000));
  BOOST_TEST((t.alice.broadcast_texts() == numbers(0, 4)));
  BOOST_TEST(t.engine->home_position().value() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
