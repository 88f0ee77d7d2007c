#include "client/commands/chat_places.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/client/state/fresh_directory.hpp"

using namespace uod;
using namespace uod::client;

/// Up to where Alice has seen her chats, from one `listen` to the next.
namespace {

chat_id nth_chat(std::uint16_t number) {
  uuid id;
  id.octets[14] = static_cast<std::uint8_t>(number >> 8);
  id.octets[15] = static_cast<std::uint8_t>(number & 0xff);
  return chat_id(id);
}

struct desk {
  fresh_directory place;
  keyring keys =
      keyring::open(place.path / "archive.db", account_id(uuid{}), bytes(32, 'k')).value();

  chat_places next_run(std::uint64_t position) {
    chat_places places;
    BOOST_REQUIRE(places.load(keys, position).has_value());
    return places;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(chat_places_between_runs, desk)

BOOST_AUTO_TEST_CASE(are_there_again) {
  chat_places first;
  first.put(nth_chat(1), 7);
  first.put(nth_chat(2), 9);
  BOOST_REQUIRE(first.keep(keys, 30).has_value());
  const auto next = next_run(30);
  BOOST_TEST(next.find(nth_chat(1)).value() == 7U);
  BOOST_TEST(next.find(nth_chat(2)).value() == 9U);
  BOOST_TEST(!next.find(nth_chat(3)).has_value());
}

BOOST_AUTO_TEST_CASE(say_nothing_where_another_program_has_gone_on) {
  chat_places first;
  first.put(nth_chat(1), 7);
  BOOST_REQUIRE(first.keep(keys, 30).has_value());
  // The other one has shown what came since: nothing is missing there.
  BOOST_TEST(!next_run(34).find(nth_chat(1)).has_value());
}

BOOST_AUTO_TEST_CASE(forget_what_was_printed_longest_ago) {
  chat_places places;
  for (std::uint16_t number = 0; number <= chat_places::chats_max; ++number) {
    places.put(nth_chat(number), 1);
    places.put(nth_chat(0), number + 1);  // this one is always busy
  }
  BOOST_TEST(places.find(nth_chat(0)).has_value());
  BOOST_TEST(!places.find(nth_chat(1)).has_value());
  BOOST_TEST(places.find(nth_chat(chat_places::chats_max)).has_value());
}

BOOST_AUTO_TEST_CASE(a_torn_note_is_read_as_far_as_it_goes) {
  chat_places first;
  first.put(nth_chat(1), 7);
  first.put(nth_chat(2), 9);
  BOOST_REQUIRE(first.keep(keys, 30).has_value());
  const auto whole = keys.note("heard up to").value();
  BOOST_REQUIRE(keys.keep_note("heard up to", whole.view().substr(0, 8 + 24 + 5)).has_value());
  const auto next = next_run(30);
  BOOST_TEST(next.find(nth_chat(1)).has_value());
  BOOST_TEST(!next.find(nth_chat(2)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
