#include "actors/message_trace.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/actors/household.hpp"

/// Alice writes to Bob, and an administrator follows it.
namespace {

using namespace uod;
using tests::household;
using tests::numbered;

using names = std::vector<std::string>;

names steps_of(const trace_watch::news& news) {
  names found;
  for (const auto& step : news.steps) {
    found.emplace_back(trace_point_names[static_cast<std::size_t>(step.point)]);
  }
  return found;
}

std::unique_ptr<trace_watch> armed(trace_board& board, const trace_wanted& wanted = {}) {
  auto made = board.arm(wanted);
  BOOST_REQUIRE(made.has_value());
  return std::move(*made);
}

struct talk {
  household home;
  household::visitor alice = home.arrive("alice");
  household::visitor bob = home.arrive("bob");
  chat_id chat = home.chat_of(alice, "bob");

  talk() { home.ask(bob, subscribe{}); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(message_traces)

BOOST_AUTO_TEST_CASE(nothing_is_noted_while_none_is_armed) {
  trace_board board;
  BOOST_TEST(!board.armed());
  {
    const auto watch = armed(board);
    BOOST_TEST(board.armed());
  }
  BOOST_TEST(!board.armed());
  BOOST_TEST(board.note(message_id(numbered(1)), trace_point::submitted) == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_next_message_is_followed_to_whoever_gets_it, talk) {
  const auto watch = armed(home.node->traces, {.id = {}, .from = {}, .chat = chat});
  home.say(alice, chat, "hello");
  const auto news = watch->next(0);
  BOOST_TEST_REQUIRE(news.message.has_value());
  const names all = steps_of(news);
  // A session and a directory that both have something to do take turns as they like.
  const names expected{"session_took", "submitted", "store_took", "commit_begun",
                       "commit_ended", "answered",  "announced",  "pushed"};
  BOOST_TEST(all.size() == expected.size());
  for (const auto& each : expected) {
    BOOST_TEST(std::ranges::count(all, each) == 1, each);
  }
  BOOST_TEST(
      (names(all.begin(), all.begin() + 5) == names(expected.begin(), expected.begin() + 5)));
  std::uint64_t last_ns = 0;
  for (const auto& step : news.steps) {
    BOOST_TEST(step.at_ns >= last_ns);
    last_ns = step.at_ns;
    if (step.point == trace_point::pushed) BOOST_TEST(step.account == "bob");
    if (step.point == trace_point::commit_ended) BOOST_TEST(step.count == 1U);
    if (step.point == trace_point::announced) BOOST_TEST(step.count == 1U);
  }
  BOOST_TEST(!news.complete);  // paper has no socket that it could leave by
  home.say(alice, chat, "and another");
  BOOST_TEST(watch->next(0).steps.empty());
}

BOOST_FIXTURE_TEST_CASE(another_chat_and_another_sender_are_left_alone, talk) {
  const auto notes = home.chat_of(alice, "alice");
  const auto of_bob =
      armed(home.node->traces, {.id = {}, .from = account_id(numbered(99)), .chat = {}});
  const auto in_chat = armed(home.node->traces, {.id = {}, .from = {}, .chat = chat});
  home.say(alice, notes, "to myself");
  BOOST_TEST(!of_bob->next(0).message.has_value());
  BOOST_TEST(!in_chat->next(0).message.has_value());
  home.say(alice, chat, "to bob");
  BOOST_TEST(!of_bob->next(0).message.has_value());
  BOOST_TEST(in_chat->next(0).message.has_value());
}

BOOST_FIXTURE_TEST_CASE(a_message_that_comes_again_is_told_to_nobody, talk) {
  const message_id id(numbered(200));
  const send_message sent{id, chat, content_type::text, "once"};
  home.ask(alice, sent);
  const auto watch = armed(home.node->traces, {.id = id, .from = {}, .chat = {}});
  home.ask(alice, sent);
  const auto all = steps_of(watch->next(0));
  BOOST_TEST(std::ranges::count(all, "repeated") == 1);
  BOOST_TEST(std::ranges::count(all, "announced") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_refused_message_ends_its_trace, talk) {
  const message_id id(numbered(201));
  const auto watch = armed(home.node->traces, {.id = id, .from = {}, .chat = {}});
  home.ask(alice, send_message{id, chat_id(numbered(77)), content_type::text, "to nobody"});
  const auto news = watch->next(0);
  BOOST_TEST_REQUIRE(!news.steps.empty());
  BOOST_TEST((news.steps.back().point == trace_point::refused));
  BOOST_TEST(news.steps.back().detail == "no_such_chat");
  BOOST_TEST(news.complete);
}

BOOST_FIXTURE_TEST_CASE(a_slow_reader_is_seen_to_be_left_to_the_store, talk) {
  bob.out->queued = 64U << 20U;
  const auto watch = armed(home.node->traces, {.id = {}, .from = {}, .chat = chat});
  home.say(alice, chat, "no hurry");
  const auto all = steps_of(watch->next(0));
  BOOST_TEST(std::ranges::count(all, "left_to_store") == 1);
  BOOST_TEST(std::ranges::count(all, "pushed") == 0);
}

BOOST_AUTO_TEST_CASE(it_is_complete_when_everybody_has_it) {
  trace_board board;
  const message_id id(numbered(1));
  const auto watch = armed(board, {.id = id, .from = {}, .chat = {}});
  const account_id alice(numbered(2));
  board.came(id, chat_id(numbered(3)), {.account = alice, .name = "alice", .session = 1}, 5);
  board.note(id, trace_point::answered, {.session = 1, .account = "alice"});
  board.note(id, trace_point::announced, {.count = 2});
  const auto to_bob = board.note(id, trace_point::pushed, {.session = 2, .account = "bob"});
  const auto to_carol = board.note(id, trace_point::pushed, {.session = 3, .account = "carol"});
  board.written(to_bob, 2);
  BOOST_TEST(!watch->next(0).complete);
  board.written(to_bob, 2);  // tells nothing new
  board.written(to_carol, 3);
  BOOST_TEST(!watch->next(0).complete);
  board.written(to_bob, 1);
  BOOST_TEST(watch->next(0).complete);
}

BOOST_AUTO_TEST_CASE(a_place_taken_anew_knows_nothing_of_before) {
  trace_board board;
  const message_id id(numbered(1));
  auto watch = armed(board, {.id = id, .from = {}, .chat = {}});
  const auto traces = board.note(id, trace_point::pushed, {.session = 2, .account = "bob"});
  watch.reset();
  watch = armed(board, {.id = message_id(numbered(9)), .from = {}, .chat = {}});
  board.written(traces, 2);
  BOOST_TEST(watch->next(0).steps.empty());
}

BOOST_AUTO_TEST_CASE(there_are_so_many_and_no_more) {
  trace_board board;
  std::vector<std::unique_ptr<trace_watch>> watches;
  while (watches.size() < traces_max) watches.push_back(armed(board));
  const auto one_more = board.arm({});
  BOOST_TEST_REQUIRE(!one_more.has_value());
  BOOST_TEST((one_more.error().code == errc::overloaded));
  watches.pop_back();
  watches.push_back(armed(board));
  for (std::size_t step = 0; step < trace_steps_max + 10; ++step) {
    board.came(message_id(numbered(1)), {}, {.account = {}, .name = "a", .session = 1}, 0);
  }
  BOOST_TEST(watches.front()->next(0).steps.size() == trace_steps_max);
}

BOOST_AUTO_TEST_SUITE_END()
