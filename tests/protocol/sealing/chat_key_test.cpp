#include "protocol/sealing/chat_key.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

namespace {

constexpr std::size_t header_octets = 110;
constexpr std::size_t member_octets = 16 + 32 + 384;

/// As Bob's device takes a record from the server.
outcome<chat_key> taken_by(const person& who, bytes_view octets) {
  const auto record = parse_chat_key(octets);
  if (!record) return tl::unexpected(record.error());
  if (auto good = verify_chat_key(*record, alice().identity.public_half()); !good) {
    return tl::unexpected(good.error());
  }
  return open_chat_key(*record, who.account, who.identity);
}

chat_key_record record_of_alice() { return must(parse_chat_key(made_by_alice().record)); }

bytes wrapped(bytes_view key, const chat_key_about& about, const person& whom) {
  const auto label = bytes("uod/1 chat key")
                         .append(about.chat.view())
                         .append(about.epoch.view())
                         .append(whom.account.view());
  return must(whom.identity.public_half().seal_for(key, label));
}

errc why_not_made(const chat_key_about& about, const std::vector<chat_member>& members) {
  return why(make_chat_key(about, members, alice().identity));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chat_keys)

BOOST_AUTO_TEST_CASE(alice_makes_a_key_that_she_and_bob_open) {
  // In whatever order they are named.
  const auto made = made_by_alice({bob().as_member(), alice().as_member()});
  BOOST_TEST(made.record.size() == header_octets + 2 * member_octets + 384);
  for (const auto* who : {&alice(), &bob()}) {
    const auto key = must(taken_by(*who, made.record));
    BOOST_TEST((key.octets() == made.key.octets()));
    BOOST_TEST((key.chat() == first_epoch().chat && key.epoch() == first_epoch().epoch &&
                key.maker() == alice().account));
  }
  BOOST_TEST((why(taken_by(carol(), made.record)) == errc::sealed_for_another));
  BOOST_TEST((made_by_alice().key.octets() != made.key.octets()));
}

BOOST_AUTO_TEST_CASE(a_record_says_what_alice_said_and_is_written_as_it_was_read) {
  auto about = first_epoch();
  about.previous_epoch = numbered<epoch_id>(1);
  about.previous_count = 0x0102;
  const auto made = must(
      make_chat_key(about, std::vector{alice().as_member(), bob().as_member()}, alice().identity));
  const auto record = must(parse_chat_key(made.record));
  BOOST_TEST((record.about == about));
  BOOST_TEST(record.members.size() == 2u);
  BOOST_TEST((record.members[1].fingerprint == bob().identity.public_half().fingerprint()));
  BOOST_TEST(encode_chat_key(record) == made.record);
}

BOOST_AUTO_TEST_CASE(no_octet_of_a_record_can_change) {
  const auto made = made_by_alice();
  for (std::size_t at = 0; at < made.record.size(); ++at) {
    if (taken_by(bob(), changed(made.record, at))) BOOST_ERROR("changed at " << at);
  }
  for (std::size_t length = 0; length < made.record.size(); ++length) {
    const auto cut = bytes_view(made.record).substr(0, length);
    if (why(parse_chat_key(cut)) != errc::sealed_damaged) BOOST_ERROR("cut to " << length);
  }
  BOOST_TEST((why(parse_chat_key(made.record + "x")) == errc::sealed_damaged));
  auto newer = made.record;
  newer[0] = 2;
  BOOST_TEST((why(parse_chat_key(newer)) == errc::sealed_by_newer));
}

BOOST_AUTO_TEST_CASE(a_signature_that_is_not_alices_is_told_as_such) {
  auto record = record_of_alice();
  const auto& known = alice().identity.public_half();
  BOOST_TEST(verify_chat_key(record, known).has_value());
  record.about.made_at_ms += 1;
  BOOST_TEST((why(verify_chat_key(record, known)) == errc::signature_wrong));
  record.signature = must(mallory().identity.sign(signed_part(record)));
  BOOST_TEST((why(verify_chat_key(record, known)) == errc::signature_wrong));
  // Alice under a key that is not the one she is known by, signed with that.
  record.members[0].fingerprint = mallory().identity.public_half().fingerprint();
  record.signature = must(mallory().identity.sign(signed_part(record)));
  BOOST_TEST((why(verify_chat_key(record, known)) == errc::identity_changed));
}

BOOST_AUTO_TEST_CASE(no_octet_of_a_wrapped_key_can_change_even_if_signed) {
  auto record = record_of_alice();
  const bytes right = record.members[1].wrapped;
  for (std::size_t at = 0; at < right.size(); ++at) {
    record.members[1].wrapped = changed(right, at);
    if (why(open_chat_key(record, bob().account, bob().identity)) != errc::sealed_damaged) {
      BOOST_ERROR("changed at " << at);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wrapped_key_opens_in_its_place_only) {
  const auto right = record_of_alice();
  const auto refused = [&](const chat_key_record& moved) {
    return taken_by(bob(), signed_by(alice(), moved));
  };
  BOOST_TEST(refused(right).has_value());  // the right one, signed anew
  auto moved = right;
  moved.about.chat = numbered<chat_id>(9);
  BOOST_TEST((why(refused(moved)) == errc::sealed_damaged));
  moved = right;
  moved.about.epoch = numbered<epoch_id>(9);
  BOOST_TEST((why(refused(moved)) == errc::sealed_damaged));
  // Another's wrapped key in Bob's place.
  moved = right;
  moved.members[1].wrapped = moved.members[0].wrapped;
  BOOST_TEST((why(refused(moved)) == errc::sealed_damaged));
  // A key that Mallory wrapped for Bob in another chat's record.
  moved = right;
  auto elsewhere = right.about;
  elsewhere.chat = numbered<chat_id>(9);
  moved.members[1].wrapped = wrapped(bytes(32, 'm'), elsewhere, bob());
  BOOST_TEST((why(refused(moved)) == errc::sealed_damaged));
  // Under a key that Bob does not have any more.
  moved = right;
  moved.members[1].fingerprint = mallory().identity.public_half().fingerprint();
  BOOST_TEST((why(refused(moved)) == errc::sealed_for_another));
}

BOOST_AUTO_TEST_CASE(alice_cannot_give_bob_another_key_than_carol) {
  auto record = must(parse_chat_key(
      made_by_alice({alice().as_member(), bob().as_member(), carol().as_member()}).record));
  BOOST_REQUIRE((record.members[2].account == carol().account));
  record.members[2].wrapped = wrapped(bytes(32, 'x'), record.about, carol());
  const auto octets = signed_by(alice(), record);
  BOOST_TEST(taken_by(bob(), octets).has_value());
  BOOST_TEST((why(taken_by(carol(), octets)) == errc::sealed_damaged));
  // Nor one of another length, whatever the check says.
  record.members[2].wrapped = wrapped(bytes(31, 'x'), record.about, carol());
  BOOST_TEST((why(taken_by(carol(), signed_by(alice(), record))) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(members_stand_in_order_once_and_with_the_maker) {
  const auto right = record_of_alice();
  const auto form = [](const chat_key_record& record) {
    return why(parse_chat_key(encode_chat_key(record)));
  };
  auto wrong = right;
  std::swap(wrong.members[0], wrong.members[1]);
  BOOST_TEST((form(wrong) == errc::sealed_damaged));
  wrong = right;
  wrong.members[1] = wrong.members[0];
  BOOST_TEST((form(wrong) == errc::sealed_damaged));
  wrong = right;
  wrong.members.clear();
  BOOST_TEST((form(wrong) == errc::sealed_damaged));
  wrong = right;
  wrong.about.maker = carol().account;
  BOOST_TEST((form(wrong) == errc::sealed_damaged));
  wrong = right;
  wrong.about.epoch = {};
  BOOST_TEST((form(wrong) == errc::sealed_damaged));
  wrong = right;
  wrong.about.previous_epoch = wrong.about.epoch;
  BOOST_TEST((form(wrong) == errc::sealed_damaged));
  wrong = right;
  wrong.about.previous_count = 1;  // of no epoch
  BOOST_TEST((form(wrong) == errc::sealed_damaged));
  wrong = right;
  wrong.about.previous_epoch = numbered<epoch_id>(1);
  wrong.about.previous_count = messages_per_epoch_max + 1;
  BOOST_TEST((form(wrong) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(sixteen_are_a_chat_and_seventeen_are_too_many) {
  std::vector<chat_member> members{alice().as_member()};
  while (members.size() < chat_key_members_max) {
    members.push_back({numbered<account_id>(static_cast<std::uint8_t>(members.size())),
                       bob().identity.public_half()});
  }
  const auto made = made_by_alice(members);
  BOOST_TEST(made.record.size() == chat_key_record_octets_max);
  BOOST_TEST(taken_by(alice(), made.record).has_value());
  members.push_back(bob().as_member());
  BOOST_TEST((why_not_made(first_epoch(), members) == errc::too_large));
}

BOOST_AUTO_TEST_CASE(alice_makes_no_key_that_nobody_would_take) {
  const auto we = std::vector{alice().as_member(), bob().as_member()};
  BOOST_TEST((why_not_made(first_epoch(), {bob().as_member()}) == errc::identity_missing));
  BOOST_TEST((why_not_made(first_epoch(), {{alice().account, bob().identity.public_half()}}) ==
              errc::identity_missing));
  BOOST_TEST((why_not_made(first_epoch(), {we[0], we[1], we[1]}) == errc::malformed));
  auto about = first_epoch();
  about.epoch = {};
  BOOST_TEST((why_not_made(about, we) == errc::malformed));
}

BOOST_AUTO_TEST_CASE(a_key_is_used_for_a_week_or_ten_thousand_messages) {
  constexpr std::uint64_t made = 1'700'000'000'000;
  BOOST_TEST(!is_used_up(made, 0, made));
  BOOST_TEST(!is_used_up(made, messages_per_epoch_max - 1, made + epoch_kept_ms - 1));
  BOOST_TEST(is_used_up(made, messages_per_epoch_max, made));
  BOOST_TEST(is_used_up(made, 0, made + epoch_kept_ms));
  BOOST_TEST(is_used_up(made, 0, made - 1));
}

BOOST_AUTO_TEST_SUITE_END()
