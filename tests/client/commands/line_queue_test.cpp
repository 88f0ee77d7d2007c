#include "client/commands/line_queue.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/client/person.hpp"

using namespace uod;
using namespace uod::client;

namespace {

/// Alice's lines to Bob, sent as `send NAME -` does, at a server that may be in no hurry.
struct lines {
  explicit lines(test::town& in) : t(in) {}

  void add(int from, int to) {
    for (int number = from; number < to; ++number) {
      queue.add({static_cast<std::uint64_t>(number) + 1, t.engine->make_message_id(),
                 std::to_string(number)});
    }
    pump();
  }

  void pump() {
    while (const auto* next = queue.next(t.world.steady_ms())) {
      if (queue.under_way() == 0) bursts.push_back(0);
      ++bursts.back();
      ids[next->number].insert(next->id);
      t.engine->send_text(
          t.chat, next->text,
          [this, number = next->number](const auto& answered) { on_answer(number, answered); },
          next->id);
      queue.note_sent();
    }
    if (const auto until_ms = queue.rest_until_ms()) {
      rest = t.world.after(*until_ms - t.world.steady_ms(), [this] { pump(); });
    }
  }

  void on_answer(std::uint64_t number, const outcome<message_sent>& answered) {
    if (!answered) {
      BOOST_REQUIRE((answered.error().code == errc::rate_limited));
      queue.refused(number, t.world.steady_ms(), answered.error().retry_after_ms);
    } else {
      queue.acknowledged(number);
      acknowledged.push_back(number);
    }
    pump();
  }

  /// All of them once and in order, each always under one id.
  void check(std::size_t count) const {
    BOOST_TEST(acknowledged.size() == count);
    BOOST_TEST(t.server.stored.size() == count);
    for (std::size_t at = 0; at < t.server.stored.size(); ++at) {
      BOOST_TEST_REQUIRE(t.server.stored[at].body == std::to_string(at));
      BOOST_TEST_REQUIRE(acknowledged[at] == at + 1);
      BOOST_TEST(ids.at(at + 1).size() == 1U);
    }
    BOOST_TEST(!queue.first().has_value());
  }

  test::town& t;
  line_queue queue;
  std::unique_ptr<timer> rest;
  std::vector<std::uint64_t> acknowledged;
  std::map<std::uint64_t, std::set<message_id>> ids;
  std::vector<std::size_t> bursts;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(line_queues)

BOOST_AUTO_TEST_CASE(without_a_limit_everything_is_sent_at_once) {
  test::town t;
  t.alice_logs_in();
  lines sent(t);
  sent.add(0, 200);
  BOOST_TEST(sent.queue.under_way() == 200U);
  BOOST_REQUIRE(t.world.run_until([&] { return sent.acknowledged.size() == 200; }, 5'000));
  sent.check(200);
  BOOST_TEST(t.server.refusals == 0U);
}

BOOST_AUTO_TEST_CASE(refused_lines_come_again_in_order_and_new_ones_behind_them) {
  test::town t;
  t.server.send_every_ms = 50;
  t.alice_logs_in();
  lines sent(t);
  sent.add(0, 40);
  t.world.run_for(500);
  BOOST_TEST(t.server.refusals > 0U);
  BOOST_TEST(!sent.queue.all_sent());
  sent.add(40, 60);
  BOOST_REQUIRE(t.world.run_until([&] { return sent.acknowledged.size() == 60; }, 60'000));
  sent.check(60);
  // About as fast as the server allows, and few are refused besides those that were on their way.
  BOOST_TEST(t.world.steady_ms() < 60U * 60U);
  BOOST_TEST(t.server.refusals < 40U + 60U + 20U);
}

BOOST_AUTO_TEST_CASE(the_wish_of_the_server_is_kept_to) {
  test::town t;
  std::vector<std::uint64_t> at_ms;
  t.server.intercept = [&](test::toy_server::session& from, const client_message& asked) {
    if (!std::holds_alternative<send_message>(asked.body)) return false;
    at_ms.push_back(t.world.steady_ms());
    if (at_ms.size() > 3) return false;
    t.server.say(from, {asked.request, failure{{errc::rate_limited, "", 700}}});
    return true;
  };
  t.alice_logs_in();
  lines sent(t);
  sent.add(0, 3);
  BOOST_REQUIRE(t.world.run_until([&] { return sent.acknowledged.size() == 3; }, 5'000));
  BOOST_REQUIRE(at_ms.size() == 6U);
  BOOST_TEST(at_ms[3] - at_ms[2] >= 700U);
  BOOST_TEST(at_ms[3] - at_ms[2] < 800U);
  sent.check(3);
}

BOOST_AUTO_TEST_CASE(order_and_ids_hold_over_cuts_at_a_slow_server) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      test::town t(seed);
      t.server.send_every_ms = 20;
      t.alice_logs_in();
      lines sent(t);
      sent.add(0, 80);
      for (int round = 0; round < 10; ++round) {
        t.world.run_for(100 + t.world.random() % 400);
        // Between two answers, as somebody who waits loses a connection.
        if (sent.queue.under_way() == 0 && t.server.newest() != nullptr) {
          t.server.drop(*t.server.newest());
        }
      }
      BOOST_REQUIRE(t.world.run_until([&] { return sent.acknowledged.size() == 80; }, 120'000));
      sent.check(80);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_everything_under_way_is_answered) {
  line_queue queue;
  for (std::uint64_t number = 1; number <= 4; ++number) queue.add({number, {}, "x"});
  for (int count = 0; count < 3; ++count) queue.note_sent();
  queue.acknowledged(1);
  queue.refused(2, 1'000, 500);
  BOOST_TEST(queue.next(9'999) == nullptr);
  BOOST_TEST(!queue.rest_until_ms().has_value());
  queue.refused(3, 1'100, 100);
  BOOST_TEST(queue.rest_until_ms().value() == 1'500U);  // the longest wish
  BOOST_TEST(queue.next(1'499) == nullptr);
  BOOST_REQUIRE(queue.next(1'500) != nullptr);
  BOOST_TEST(queue.next(1'500)->number == 2U);
  queue.note_sent();
  BOOST_TEST(queue.next(9'999) == nullptr);  // one at a time
  queue.acknowledged(2);
  queue.note_sent();
  BOOST_TEST(queue.next(9'999) == nullptr);
  queue.acknowledged(3);
  queue.add({5, {}, "x"});
  queue.note_sent();
  BOOST_TEST(queue.next(9'999)->number == 5U);  // and then two
  queue.drop(4);
  BOOST_TEST(queue.first().value() == 5U);
}

BOOST_AUTO_TEST_CASE(what_is_taken_behind_a_refusal_does_not_let_others_pass_it) {
  // As when the connection was lost in between, and another one takes what this one did not.
  line_queue queue;
  for (std::uint64_t number = 1; number <= 7; ++number) queue.add({number, {}, "x"});
  for (int count = 0; count < 6; ++count) queue.note_sent();
  queue.refused(1, 1'000, 10);
  for (std::uint64_t number = 2; number <= 5; ++number) queue.acknowledged(number);
  BOOST_TEST(queue.next(9'999) == nullptr);
  queue.acknowledged(6);
  BOOST_REQUIRE(queue.next(9'999) != nullptr);
  BOOST_TEST(queue.next(9'999)->number == 1U);
}

BOOST_AUTO_TEST_CASE(a_server_is_neither_asked_at_once_nor_never_again) {
  line_queue queue;
  queue.add({1, {}, "x"});
  queue.note_sent();
  queue.refused(1, 1'000, 0);
  BOOST_TEST(queue.rest_until_ms().value() == 1'000 + line_queue::rest_ms_default);
  queue.note_sent();
  queue.refused(1, 5'000, 999'999'999);
  BOOST_TEST(queue.rest_until_ms().value() == 5'000 + line_queue::rest_ms_max);
  // A new refusal counts from now, whatever an earlier one wished for.
  queue.note_sent();
  queue.refused(1, 6'000, 100);
  BOOST_TEST(queue.rest_until_ms().value() == 6'100U);
}

BOOST_AUTO_TEST_SUITE_END()
