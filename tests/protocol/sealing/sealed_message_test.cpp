#include "protocol/sealing/sealed_message.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

namespace {

const message_id first = numbered<message_id>(4);
constexpr std::size_t head_octets = 21;

const chat_key& alices_key() {
  static const auto made = made_by_alice();
  return made.key;
}

message_origin as_sent() { return {first_epoch().chat, alice().account, first}; }

bytes sealed_hello() { return must(seal_message(alices_key(), first, 7, text("hello"))); }

chat_key with_octets_of_alices(const chat_id& chat, const epoch_id& epoch,
                               const account_id& maker) {
  return must(chat_key::from(chat, epoch, maker, secret_bytes::copy_of(alices_key().octets())));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sealed_messages)

BOOST_AUTO_TEST_CASE(bob_reads_what_alice_wrote) {
  const auto made = made_by_alice();
  const auto bobs =
      must(open_chat_key(must(parse_chat_key(made.record)), bob().account, bob().identity));
  const auto sealed = must(seal_message(made.key, first, 1, text("hello Bob")));
  BOOST_TEST(sealed.size() == sealed_message_overhead_octets + 9);
  const auto read = must(open_message(bobs, as_sent(), sealed));
  BOOST_TEST(std::get<text_content>(read).text == "hello Bob");
}

BOOST_AUTO_TEST_CASE(epoch_and_counter_are_read_without_the_key) {
  const auto head = must(parse_sealed_message(sealed_hello()));
  BOOST_TEST((head.epoch == first_epoch().epoch));
  BOOST_TEST(head.counter == 7u);
}

BOOST_AUTO_TEST_CASE(the_same_text_is_never_sealed_alike) {
  BOOST_TEST(sealed_hello() != sealed_hello());
}

BOOST_AUTO_TEST_CASE(no_octet_of_a_sealed_message_can_change) {
  const auto sealed = sealed_hello();
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    if (open_message(alices_key(), as_sent(), changed(sealed, at))) {
      BOOST_ERROR("changed at " << at);
    }
  }
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    if (open_message(alices_key(), as_sent(), bytes_view(sealed).substr(0, length))) {
      BOOST_ERROR("cut to " << length);
    }
  }
  BOOST_TEST((why(open_message(alices_key(), as_sent(), sealed + "x")) == errc::sealed_damaged));
  auto newer = sealed;
  newer[0] = 2;
  BOOST_TEST((why(parse_sealed_message(newer)) == errc::sealed_by_newer));
}

BOOST_AUTO_TEST_CASE(the_server_cannot_say_that_it_is_another_message) {
  const auto sealed = sealed_hello();
  auto said = as_sent();
  said.id = numbered<message_id>(5);
  BOOST_TEST((why(open_message(alices_key(), said, sealed)) == errc::sealed_damaged));
  said = as_sent();
  said.sender = bob().account;
  BOOST_TEST((why(open_message(alices_key(), said, sealed)) == errc::sealed_damaged));
  said = as_sent();
  said.chat = numbered<chat_id>(9);
  BOOST_TEST((why(open_message(alices_key(), said, sealed)) == errc::sealed_damaged));
  auto counted = sealed;
  counted[head_octets - 1] = 8;
  BOOST_TEST((why(open_message(alices_key(), as_sent(), counted)) == errc::sealed_damaged));
  counted[head_octets - 1] = 0;
  BOOST_TEST((why(open_message(alices_key(), as_sent(), counted)) == errc::sealed_damaged));
}

// The same 32 octets, said to be the key of another place: what is bound holds by itself.
BOOST_AUTO_TEST_CASE(a_message_is_bound_to_chat_epoch_and_sender) {
  const auto sealed = sealed_hello();
  const auto epoch = first_epoch().epoch;
  const auto chat = first_epoch().chat;
  const auto other_chat = with_octets_of_alices(numbered<chat_id>(9), epoch, alice().account);
  auto said = as_sent();
  said.chat = numbered<chat_id>(9);
  BOOST_TEST((why(open_message(other_chat, said, sealed)) == errc::sealed_damaged));
  const auto other_sender = with_octets_of_alices(chat, epoch, bob().account);
  said = as_sent();
  said.sender = bob().account;
  BOOST_TEST((why(open_message(other_sender, said, sealed)) == errc::sealed_damaged));
  const auto other_epoch = with_octets_of_alices(chat, numbered<epoch_id>(9), alice().account);
  BOOST_TEST((why(open_message(other_epoch, as_sent(), sealed)) == errc::chat_key_unknown));
  auto renamed = sealed;
  renamed[16] = 9;  // the last octet of the epoch
  BOOST_TEST((why(open_message(other_epoch, as_sent(), renamed)) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(counters_begin_with_one_and_end) {
  BOOST_TEST((why(seal_message(alices_key(), first, 0, text("x"))) == errc::internal));
  BOOST_TEST(seal_message(alices_key(), first, messages_per_epoch_max, text("x")).has_value());
  BOOST_TEST((why(seal_message(alices_key(), first, messages_per_epoch_max + 1, text("x"))) ==
              errc::internal));
}

BOOST_AUTO_TEST_CASE(a_content_of_a_newer_program_is_told_as_such) {
  // Sealed as seal_message does, around a type that it does not know.
  const auto sealed = sealed_hello();
  bytes bound = "uod/1 message";
  bound.append(first_epoch().chat.view()).append(alice().account.view()).append(first.view());
  bound.append(sealed, 1, 20);
  const auto newer = must(alices_key().cipher().seal(sealed.substr(0, head_octets), bytes(12, 'n'),
                                                     bound, "\x09hello"));
  BOOST_TEST((why(open_message(alices_key(), as_sent(), newer)) == errc::sealed_by_newer));
}

BOOST_AUTO_TEST_SUITE_END()
