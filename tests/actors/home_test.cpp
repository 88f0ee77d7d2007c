#include <boost/test/unit_test.hpp>

#include "actors/broadcaster.hpp"
#include "tests/actors/household.hpp"

using namespace uod;
using uod::tests::household;

/// The home page: premium members tell, everybody hears it, once and in order.
namespace {

struct square {
  household house{without_rates()};
  household::visitor carol = house.arrive("carol");

  static server_config without_rates() {
    server_config config;
    config.limits.broadcast_bytes_max = 256;
    for (const auto& each : rate_settings()) config.rates.*each.member = rate{};
    return config;
  }

  square() {
    caf::anon_send(
        house.node->account_store,
        change_account{storage::set_premium{carol.out->answer<logged_in>(2)->account.id, true}});
    house.run();
  }

  std::uint32_t tell(const std::string& text) {
    const auto request =
        house.ask(carol, send_broadcast{message_id(tests::numbered(++house.ids)), text});
    for (int slice = 0; slice < 16; ++slice) house.pass(spread_pause_ms);
    return request;
  }

  static std::vector<std::string> heard(const household::visitor& who) {
    std::vector<std::string> texts;
    for (const auto& event : who.out->events<broadcasts_arrived>()) {
      for (const auto& each : event.broadcasts) texts.push_back(each.body);
    }
    return texts;
  }
};

using texts = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(home_page, square)

BOOST_AUTO_TEST_CASE(who_is_online_hears_it_at_once) {
  auto alice = house.arrive("alice");
  house.ask(alice, subscribe{});
  house.ask(carol, subscribe{});
  const auto* sent = carol.out->answer<broadcast_sent>(tell("hello, all"));
  BOOST_REQUIRE(sent != nullptr);
  BOOST_TEST(sent->seq == 1U);
  tell("and again");
  BOOST_TEST((heard(alice) == texts{"hello, all", "and again"}));
  BOOST_TEST((heard(carol) == texts{"hello, all", "and again"}));
  const auto event = alice.out->events<broadcasts_arrived>().at(0).broadcasts.at(0);
  BOOST_TEST(event.sender_name == "carol");
  BOOST_TEST(event.seq == 1U);
}

BOOST_AUTO_TEST_CASE(who_comes_later_hears_what_was_told_since_they_logged_in) {
  tell("before anybody came");
  auto alice = house.arrive("alice");
  tell("one");
  tell("two");
  const auto request = house.ask(alice, subscribe{});
  BOOST_TEST(alice.out->answer<subscribed>(request)->broadcast == 1U);
  BOOST_TEST((heard(alice) == texts{"one", "two"}));
  // What one has is not told again.
  const auto in = *alice.out->answer<logged_in>(2);
  auto again = house.greet();
  house.ask(again, resume{in.device, in.token});
  house.ask(again, subscribe{.after_position = 0, .after_broadcast = 3});
  tell("three");
  BOOST_TEST((heard(again) == texts{"three"}));
}

BOOST_AUTO_TEST_CASE(who_is_ahead_of_a_restored_store_hears_what_is_told_from_now_on) {
  tell("one");
  auto alice = house.arrive("alice");
  const auto request = house.ask(alice, subscribe{.after_position = 0, .after_broadcast = 1'000});
  BOOST_TEST(alice.out->answer<subscribed>(request)->broadcast == 1U);
  tell("two");
  BOOST_TEST((heard(alice) == texts{"two"}));
}

BOOST_AUTO_TEST_CASE(the_page_can_be_read_both_ways) {
  auto alice = house.arrive("alice");
  for (int i = 1; i <= 5; ++i) tell("#" + std::to_string(i));
  const auto read = [&](const fetch_home& query) {
    texts found;
    const auto page = *alice.out->answer<home>(house.ask(alice, query));
    for (const auto& each : page.broadcasts) found.push_back(each.body);
    return std::pair(found, page.more);
  };
  BOOST_TEST((read({0, 0, 2}) == std::pair(texts{"#4", "#5"}, true)));
  BOOST_TEST((read({4, 0, 2}) == std::pair(texts{"#2", "#3"}, true)));
  BOOST_TEST((read({0, 3, 9}) == std::pair(texts{"#4", "#5"}, false)));
}

BOOST_AUTO_TEST_CASE(a_slow_reader_gets_all_of_it_later_and_nobody_waits) {
  auto alice = house.arrive("alice");
  auto bob = house.arrive("bob");
  house.ask(alice, subscribe{});
  house.ask(bob, subscribe{});
  bob.out->queued = 10 * 1024 * 1024;
  for (int i = 1; i <= 3; ++i) tell("#" + std::to_string(i));
  BOOST_TEST((heard(alice) == texts{"#1", "#2", "#3"}));
  BOOST_TEST(heard(bob).empty());
  bob.out->queued = 0;
  caf::anon_send(bob.session, outlet_drained{});
  house.run();
  tell("#4");
  BOOST_TEST((heard(bob) == texts{"#1", "#2", "#3", "#4"}));
}

BOOST_AUTO_TEST_CASE(thousands_are_told_in_slices) {
  std::vector<household::visitor> crowd;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back(house.arrive("user" + std::to_string(i)));
    house.ask(crowd.back(), subscribe{});
  }
  tell("everybody");
  for (const auto& each : crowd) BOOST_TEST((heard(each) == texts{"everybody"}));
}

BOOST_AUTO_TEST_CASE(the_next_slice_waits_until_the_last_was_heard) {
  std::vector<household::visitor> crowd;
  for (std::size_t i = 0; i <= quiet_slice_max; ++i) {
    crowd.push_back(house.arrive("user" + std::to_string(i)));
    house.ask(crowd.back(), subscribe{});
  }
  house.pass(chat_quiet_ms);
  const auto told_before = house.counters.broadcasts_told.load();
  const auto told = [&] { return house.counters.broadcasts_told.load() - told_before; };
  std::vector<client_message> frame{
      {++carol.last_request, send_broadcast{message_id(tests::numbered(++house.ids)), "hear"}}};
  ++carol.frames_sent;
  caf::anon_send(carol.session, frames_received{std::move(frame)});
  while (told() == 0) house.step();
  BOOST_TEST(told() == quiet_slice_max);
  while (told() == quiet_slice_max) house.step();
  std::size_t heard_count = 0;
  for (const auto& each : crowd) heard_count += heard(each).empty() ? 0 : 1;
  BOOST_TEST(heard_count >= quiet_slice_max);
}

BOOST_AUTO_TEST_CASE(more_than_can_wait_are_heard_all_the_same) {
  std::vector<household::visitor> crowd;  // more than one slice, so that broadcasts must wait
  for (std::size_t i = 0; i <= spread_slice_max; ++i) {
    crowd.push_back(house.arrive("user" + std::to_string(i)));
    house.ask(crowd.back(), subscribe{});
  }
  std::vector<client_message> flood;
  texts expected;
  for (std::size_t i = 0; i < spread_queue_max + 50; ++i) {
    uuid id = tests::numbered(1);
    id.octets[1] = static_cast<std::uint8_t>(i >> 8);
    id.octets[2] = static_cast<std::uint8_t>(i);
    expected.push_back("#" + std::to_string(i));
    flood.push_back({++carol.last_request, send_broadcast{message_id(id), expected.back()}});
  }
  house.ask_all(carol, std::move(flood));
  for (std::size_t i = 0; i < 2 * spread_queue_max; ++i) house.pass(spread_pause_ms);
  for (const auto& each : crowd) BOOST_TEST((heard(each) == expected));
  BOOST_TEST(house.counters.broadcasts_stored == expected.size());
}

BOOST_AUTO_TEST_CASE(a_broadcast_takes_its_time_while_people_chat) {
  std::vector<household::visitor> crowd;
  for (std::size_t i = 0; i < 2 * spread_slice_max; ++i) {
    crowd.push_back(house.arrive("user" + std::to_string(i)));
    house.ask(crowd.back(), subscribe{});
  }
  const auto count = [&](const std::string& text) {
    return std::count_if(crowd.begin(), crowd.end(), [&](const auto& each) {
      const auto all = heard(each);
      return !all.empty() && all.back() == text;
    });
  };
  const auto say = [&](const std::string& text) {
    house.ask(carol, send_broadcast{message_id(tests::numbered(++house.ids)), text});
  };
  house.pass(chat_quiet_ms);
  say("nobody chats");
  BOOST_TEST(count("nobody chats") == std::ssize(crowd));

  const auto chat = house.chat_of(crowd[0], "user1");
  house.say(crowd[0], chat, "hello");
  say("they do");
  BOOST_TEST(count("they do") == static_cast<std::ptrdiff_t>(spread_slice_max));
  house.pass(spread_pause_ms);
  BOOST_TEST(count("they do") == std::ssize(crowd));

  house.pass(chat_quiet_ms);
  say("no more");
  BOOST_TEST(count("no more") == std::ssize(crowd));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_told) {
  const auto refused = [&](const std::string& text) {
    return carol.out->refusal(tell(text)).value_or(errc::internal);
  };
  BOOST_TEST(carol.out->answer<broadcast_sent>(tell(std::string(256, 'x'))) != nullptr);
  BOOST_TEST((refused(std::string(257, 'x')) == errc::too_large));
  BOOST_TEST((refused("") == errc::malformed));
  BOOST_TEST((refused("\xff\xfe") == errc::text_invalid));
  auto alice = house.arrive("alice");
  BOOST_TEST((alice.out->refusal(house.ask(alice, send_broadcast{message_id(tests::numbered(99)),
                                                                 "me"})) == errc::not_premium));
  BOOST_TEST(house.node->room.taken() == 0U);
}

BOOST_AUTO_TEST_CASE(the_same_id_is_told_once) {
  auto alice = house.arrive("alice");
  house.ask(alice, subscribe{});
  const send_broadcast once{message_id(tests::numbered(98)), "once"};
  const auto first = house.ask(carol, once);
  house.pass(100);
  const auto second = house.ask(carol, once);
  house.pass(100);
  BOOST_TEST(
      (*carol.out->answer<broadcast_sent>(first) == *carol.out->answer<broadcast_sent>(second)));
  BOOST_TEST((heard(alice) == texts{"once"}));
}

BOOST_AUTO_TEST_SUITE_END()
