#include <boost/test/unit_test.hpp>

#include "client/engine/back_off.hpp"
#include "client/engine/chat_names.hpp"
#include "client/engine/marks.hpp"
#include "client/engine/requests.hpp"
#include "client/engine/subscription.hpp"

using namespace uod;
using namespace uod::client;

namespace {

chat_id chat_number(std::uint32_t number) {
  chat_id id;
  std::memcpy(id.octets.data(), &number, sizeof number);
  return id;
}

message_id message_number(std::uint32_t number) { return message_id(chat_number(number)); }

request asking(client_body body) {
  return {std::move(body), [](const auto&) {}, 0, false};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_parts)

BOOST_AUTO_TEST_CASE(an_answer_about_somebody_else_is_none) {
  const account_id bob{chat_number(1)};
  const account_id mallory{chat_number(2)};
  const find_identity asked{bob, {}};
  BOOST_TEST(is_answer(asked, identity_found{bob, "bob", "key"}));
  BOOST_TEST(!is_answer(asked, identity_found{mallory, "bob", "key"}));
  BOOST_TEST(!is_answer(asked, done{}));
  const fetch_chat_keys one{chat_number(3), {epoch_id{chat_number(4)}}};
  BOOST_TEST(is_answer(one, chat_keys{}));
  BOOST_TEST(is_answer(one, chat_keys{{"record"}}));
  BOOST_TEST(!is_answer(one, chat_keys{{"record", "another"}}));
}

BOOST_AUTO_TEST_CASE(what_is_sealed_counts_among_what_waits) {
  requests waiting(4'000);
  BOOST_TEST(waiting.add(asking(put_chat_key{bytes(3'000, 'r')})).has_value());
  const auto refused = waiting.add(asking(put_identity{{}, {}, bytes(1'000, 's'), {}}));
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == errc::overloaded));
}

BOOST_AUTO_TEST_CASE(servers_are_named_as_people_write_them) {
  const std::vector<std::pair<std::string, endpoint>> good = {
      {"localhost", {"localhost", 7400}},          {"localhost:1", {"localhost", 1}},
      {"10.0.0.1:65535", {"10.0.0.1", 65535}},     {"[::1]", {"::1", 7400}},
      {"[fe80::1%eth0]:80", {"fe80::1%eth0", 80}},
  };
  for (const auto& [text, wanted] : good) {
    const auto parsed = parse_endpoint(text);
    BOOST_REQUIRE(parsed.has_value());
    BOOST_TEST((*parsed == wanted));
    BOOST_TEST((parse_endpoint(to_text(*parsed)).value() == wanted));
  }
  for (const std::string text :
       {"", ":", ":80", "host:", "host:0", "host:65536", "host:8a", "host:-1", "a b:80", "[::1",
        "[::1]80", "[::1]:", "[]:80", "[host]:80", "::1", "host:80:90", "ho\nst", "host/path"}) {
    const auto parsed = parse_endpoint(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(!parsed.has_value());
      BOOST_TEST((parsed.error().code == errc::usage));
    }
  }
  BOOST_TEST(!parse_endpoint(std::string(300, 'a')).has_value());
}

BOOST_AUTO_TEST_CASE(delays_double_to_their_bound_and_begin_anew) {
  back_off delays(100, 1'000);
  for (const std::uint64_t step_ms : {100U, 200U, 400U, 800U, 1'000U, 1'000U}) {
    BOOST_TEST(delays.next_ms(0) == step_ms - step_ms / 2);
    // The longest of the same step needs another one.
    back_off again(step_ms, step_ms);
    BOOST_TEST(again.next_ms(step_ms / 2) == step_ms);
  }
  delays.reset();
  BOOST_TEST(delays.next_ms(50) == 100U);
  back_off huge(~std::uint64_t{0} / 2 + 9, ~std::uint64_t{0});
  const std::uint64_t first_ms = huge.next_ms(0);
  BOOST_TEST(huge.next_ms(0) > first_ms);  // no overflow on the way
  BOOST_TEST(huge.next_ms(0) > first_ms);
}

BOOST_AUTO_TEST_CASE(requests_keep_their_order_over_connections) {
  requests table(100'000);
  for (std::uint32_t number = 1; number <= 5; ++number) {
    BOOST_REQUIRE(table.add(asking(mark_chat{{}, number, 0})).has_value());
  }
  const auto next_number = [&] { return std::get<mark_chat>(table.next()->body).delivered_seq; };
  table.note_sent(11);
  table.note_sent(12);
  table.note_sent(13);
  BOOST_TEST(next_number() == 4U);
  BOOST_TEST(table.in_flight() == 3U);
  table.take(12);
  BOOST_TEST(table.find(12) == nullptr);
  table.connection_lost();
  BOOST_TEST(table.find(11) == nullptr);
  std::vector<std::uint64_t> again;
  for (std::uint32_t id = 1; table.next() != nullptr; ++id) {
    again.push_back(next_number());
    table.note_sent(id);
  }
  BOOST_TEST((again == std::vector<std::uint64_t>{1, 3, 4, 5}));
  // Something new behind everything that is sent.
  BOOST_REQUIRE(table.add(asking(mark_chat{{}, 6, 0})).has_value());
  BOOST_TEST(next_number() == 6U);
}

BOOST_AUTO_TEST_CASE(what_is_given_up_is_known_until_its_answer_comes) {
  requests table(100'000);
  for (std::uint32_t number = 1; number <= 4; ++number) {
    BOOST_REQUIRE(table.add(asking(mark_chat{{}, number, 0})).has_value());
  }
  request mark = asking(mark_chat{{}, 5, 0});
  mark.is_mark = true;
  BOOST_REQUIRE(table.add(std::move(mark)).has_value());
  table.note_sent(1);
  table.note_sent(2);
  BOOST_TEST(table.give_up(true).size() == 4U);
  BOOST_TEST(table.size() == 3U);  // two that are sent, and the mark
  BOOST_TEST(std::get<mark_chat>(table.next()->body).delivered_seq == 5U);
  BOOST_TEST(!table.take(1).then);
  table.connection_lost();
  BOOST_TEST(table.size() == 1U);
  BOOST_TEST(table.give_up(false).size() == 1U);
  BOOST_TEST(table.size() == 0U);
  BOOST_TEST(table.bytes() == 0U);
  BOOST_TEST(table.next() == nullptr);
}

BOOST_AUTO_TEST_CASE(one_mark_a_chat_is_under_way) {
  marks table;
  table.delivered(chat_number(1), 3);
  table.delivered(chat_number(1), 2);
  table.read(chat_number(2), 7);
  auto due = table.take();
  BOOST_TEST(due.size() == 2U);
  table.delivered(chat_number(1), 9);
  BOOST_TEST(!table.due());  // its answer first
  table.answered(chat_number(1), false);
  BOOST_TEST(table.due());
  due = table.take();
  BOOST_REQUIRE(due.size() == 1U);
  BOOST_TEST((due[0] == mark_chat{chat_number(1), 9, 0}));
  table.answered(chat_number(1), false);
  table.answered(chat_number(2), true);  // refused for now
  due = table.take();
  BOOST_REQUIRE(due.size() == 1U);
  BOOST_TEST((due[0] == mark_chat{chat_number(2), 7, 7}));
  table.answered(chat_number(2), false);
  BOOST_TEST(table.idle());
}

BOOST_AUTO_TEST_CASE(the_names_of_chats_are_bounded_and_the_last_used_stay) {
  chat_names names;
  chat_info chat;
  chat.members = {{account_id{}, "somebody", 0, 0}};
  const auto bound = static_cast<std::uint32_t>(chat_names::chats_max);
  for (std::uint32_t number = 0; number < bound; ++number) {
    chat.id = chat_number(number);
    names.learn(chat);
  }
  BOOST_TEST(names.name_of(chat_number(0), account_id{}) == "somebody");  // used
  chat.id = chat_number(bound);
  names.learn(chat);
  BOOST_TEST(names.knows(chat_number(0)));
  BOOST_TEST(!names.knows(chat_number(1)));
  BOOST_TEST(names.knows(chat_number(bound)));
  // A chat that is told again has its new names.
  chat.members = {{account_id{}, "renamed", 0, 0}};
  names.learn(chat);
  BOOST_TEST(names.member_name(chat.id, account_id{}) == "renamed");
}

BOOST_AUTO_TEST_CASE(own_messages_are_remembered_up_to_a_bound) {
  struct collector final : subscription::sink {
    void on_event(const message_event& event) override { told.push_back(event.stored.position); }
    void on_broadcast(const broadcast_event& event) override { told.push_back(event.stored.seq); }
    void on_stray(const message&) override {}
    void on_set_back() override {}
    bool wants_more() const override { return true; }
    std::vector<std::uint64_t> told;
  } heard;
  subscription events;
  events.want(0, 0);
  BOOST_REQUIRE(events.begin({0, 0}, heard).has_value());
  const auto count = static_cast<std::uint32_t>(subscription::own_messages_max) + 2;
  for (std::uint32_t number = 1; number <= count; ++number) {
    events.note_own(message_number(number));
  }
  messages_arrived event;
  event.chats.emplace_back();
  for (std::uint32_t number = 1; number <= count; ++number) {
    event.messages.emplace_back();
    event.messages.back().id = message_number(number);
    event.messages.back().position = number;
  }
  BOOST_REQUIRE(events.take(event, account_id{}, heard).has_value());
  BOOST_TEST((heard.told == std::vector<std::uint64_t>{1, 2}));
  BOOST_TEST(events.position().value() == count);
}

BOOST_AUTO_TEST_SUITE_END()
