#include <boost/test/unit_test.hpp>

#include "tests/actors/household.hpp"

using namespace uod;
using tests::household;

/// What counts against which rate, and how long whoever has used it up is told to wait.
namespace {

server_config with(rate server_rates::*member, const rate& limit) {
  server_config config;
  config.rates.*member = limit;
  return config;
}

/// Five new people at once, and one more a minute.
struct small_town {
  household house{with(&server_rates::contact_account, per_minute(5, 1))};
  household::visitor mallory = house.arrive("mallory");

  std::optional<errc> refusal(const client_body& body) {
    return mallory.out->refusal(house.ask(mallory, body));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(rates_of_a_session)

BOOST_FIXTURE_TEST_CASE(whoever_tries_names_by_opening_chats_is_stopped, small_town) {
  house.arrive("alice");
  house.arrive("bob");
  BOOST_TEST(mallory.out->answer<chat_opened>(house.ask(mallory, open_chat{"alice"})) != nullptr);
  for (int number = 1; number <= 4; ++number) {
    BOOST_TEST((refusal(open_chat{"name" + std::to_string(number)}) == errc::no_such_account));
  }
  // Now it does not tell who is here, whether somebody is, nobody is, or nobody can be.
  BOOST_TEST((refusal(open_chat{"bob"}) == errc::rate_limited));
  BOOST_TEST((refusal(open_chat{"nobody"}) == errc::rate_limited));
  BOOST_TEST((refusal(open_chat{"no name!"}) == errc::rate_limited));
  BOOST_TEST((refusal(add_contact{"bob"}) == errc::rate_limited));  // nor by another door
  house.pass(60'000);
  BOOST_TEST(mallory.out->answer<chat_opened>(house.ask(mallory, open_chat{"bob"})) != nullptr);
  BOOST_TEST(house.node->room.taken() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_chat_that_is_there_is_opened_as_often_as_one_likes, small_town) {
  auto alice = house.arrive("alice");
  auto bob = house.arrive("bob");
  const auto chat = house.chat_of(alice, "mallory");  // she opened it, so he need not
  for (int time = 0; time < 20; ++time) {
    const auto* again = mallory.out->answer<chat_opened>(house.ask(mallory, open_chat{"alice"}));
    BOOST_REQUIRE(again != nullptr);
    BOOST_TEST((again->chat.id == chat));
  }
  for (int number = 1; number <= 5; ++number) {
    BOOST_TEST((refusal(open_chat{"name" + std::to_string(number)}) == errc::no_such_account));
  }
  BOOST_TEST(mallory.out->answer<chat_opened>(house.ask(mallory, open_chat{"alice"})) != nullptr);
}

BOOST_AUTO_TEST_CASE(nobody_is_told_to_come_again_at_once) {
  household house(with(&server_rates::send_account, per_second(1, 1'000)));
  auto alice = house.arrive("alice");
  const auto chat = house.chat_of(alice, "alice");
  house.say(alice, chat, "one");
  const auto told_to_wait = [&](const std::string& text) {
    const auto* refused = alice.out->answer<failure>(house.say(alice, chat, text));
    return refused != nullptr ? refused->reason.retry_after_ms : 0;
  };
  BOOST_TEST(told_to_wait("two") == retry_after_ms_min);  // the rate itself says 1
  BOOST_TEST(told_to_wait("three, which stands behind it") == retry_after_ms_min);
}

BOOST_AUTO_TEST_SUITE_END()
