#include <boost/test/unit_test.hpp>

#include "tests/client/sealing/household.hpp"

using namespace uod;
using namespace uod::tests;

/// What a server may try that has everything but the keys; and that it shows.
namespace {

struct evil_server {
  sealing_server server;
  sealing_device hers{alice()};
  sealing_device his{bob()};

  /// Shows these one after the other, as several pages.
  std::vector<client::opened_message> page(std::vector<message> what) {
    return server.show(his, what);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(malicious_server, evil_server)

BOOST_AUTO_TEST_CASE(alters_a_text) {
  auto said = server.say(hers, "yes");
  for (std::size_t at = 0; at < said.body.size(); ++at) {
    auto altered = said;
    altered.body = changed(altered.body, at);
    const auto read = page({altered});
    BOOST_TEST(!read[0].what.has_value());
  }
  BOOST_TEST(text_of(page({said})[0]) == "yes");
}

BOOST_AUTO_TEST_CASE(gives_a_message_to_another_sender_id_or_chat) {
  const auto said = server.say(hers, "I owe you ten");
  auto from_him = said;
  from_him.sender = bob().account;
  auto of_another_id = said;
  of_another_id.id = numbered<message_id>(77);
  auto elsewhere = said;
  elsewhere.chat = direct_chat_id(bob().account, carol().account);
  for (const auto& each : {from_him, of_another_id, elsewhere}) {
    const auto read = page({each});
    BOOST_TEST(!read[0].what.has_value());
    BOOST_TEST((read[0].trouble->code == errc::sealed_damaged));
  }
}

BOOST_AUTO_TEST_CASE(shows_a_message_twice) {
  const auto said = server.say(hers, "pay now");
  page({said});
  auto again = said;
  again.seq = 2;
  const auto read = page({again});
  BOOST_TEST(!read[0].what.has_value());
  BOOST_TEST((read[0].trouble->code == errc::sealed_damaged));
  // The one that was first stays readable, as often as it is asked for.
  BOOST_TEST(text_of(page({said})[0]) == "pay now");
}

BOOST_AUTO_TEST_CASE(puts_another_message_in_the_place_of_one_that_was_read) {
  const auto first = server.say(hers, "one");
  auto second = server.say(hers, "two");
  BOOST_TEST(!page({first})[0].is_misplaced);
  second.seq = 1;
  // It is hers, so it is shown; but not as if nothing were the matter.
  const auto read = page({second});
  BOOST_TEST(text_of(read[0]) == "two");
  BOOST_TEST(read[0].is_misplaced);
  BOOST_TEST(page({second})[0].is_misplaced);
  // Nor is the other one from now on.
  BOOST_TEST(page({first})[0].is_misplaced);
}

BOOST_AUTO_TEST_CASE(puts_an_old_message_in_the_place_of_a_newer_one) {
  auto first = server.say(hers, "old");
  const auto second = server.say(hers, "new");
  page({second});
  first.seq = 2;
  BOOST_TEST(!page({first})[0].what.has_value());
}

BOOST_AUTO_TEST_CASE(moves_a_new_message_to_an_older_place) {
  for (int i = 0; i < 4; ++i) server.say(hers, "message");
  const auto& all = server.messages;
  page({all[2]});
  auto moved = all[3];
  moved.seq = 2;
  const auto read = page({moved});
  BOOST_TEST(text_of(read[0]) == "message");
  BOOST_TEST(read[0].is_misplaced);
}

/// Not malice: the server came back from a backup, and its count of the chat with it.
BOOST_AUTO_TEST_CASE(or_has_lost_its_newest_messages) {
  for (int i = 0; i < 4; ++i) server.say(hers, "before");
  page(server.messages);
  server.messages.resize(2);
  for (int i = 0; i < 4; ++i) server.say(hers, "after");
  const auto read = page(server.messages);
  for (std::size_t at = 0; at < read.size(); ++at) {
    BOOST_TEST(text_of(read[at]) == (at < 2 ? "before" : "after"));
    // Where the lost ones stood, and no further.
    BOOST_TEST(read[at].is_misplaced == (at == 2 || at == 3));
    BOOST_TEST(read[at].missing_before == 0U);
  }
}

BOOST_AUTO_TEST_CASE(changes_the_order) {
  auto first = server.say(hers, "no, not that");
  auto second = server.say(hers, "shall I?");
  std::swap(first.seq, second.seq);
  const auto read = page({second, first});
  BOOST_TEST(text_of(read[0]) == "shall I?");
  BOOST_TEST(!read[1].what.has_value());
  BOOST_TEST((read[1].trouble->code == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(withholds_a_message_in_the_middle) {
  server.say(hers, "one");
  server.say(hers, "two");
  server.say(hers, "three");
  auto all = server.messages;
  all.erase(all.begin() + 1);
  all[1].seq = 2;  // so that nothing seems to be missing
  const auto read = page(all);
  BOOST_TEST(text_of(read[1]) == "three");
  BOOST_TEST(read[1].missing_before == 1U);
}

BOOST_AUTO_TEST_CASE(withholds_the_beginning) {
  server.say(hers, "one");
  server.say(hers, "two");
  auto all = server.messages;
  all.erase(all.begin());
  all[0].seq = 1;
  BOOST_TEST(page(all)[0].missing_before == 1U);
}

BOOST_AUTO_TEST_CASE(withholds_the_end_of_an_epoch) {
  server.say(hers, "one");
  server.say(hers, "two");
  // A new key in the same program names the one before it.
  auto before = must(hers.keys().resume_sending(server.chat, server.now_ms)).chat;
  auto made = must(hers.keys().begin_sending(server.chat, numbered<epoch_id>(50), server.now_ms,
                                             {before->key.epoch(), before->acknowledged}));
  server.records.emplace(made.chat.key.epoch(), made.record);
  message third;
  third.id = numbered<message_id>(51);
  third.chat = server.chat.id;
  third.seq = 3;
  third.sender = alice().account;
  third.content = content_type::sealed;
  third.body = must(seal_message(made.chat.key, third.id, 1, text("three")));
  auto all = server.messages;
  all.pop_back();
  third.seq = 2;
  all.push_back(third);
  const auto read = page(all);
  BOOST_TEST(text_of(read[1]) == "three");
  BOOST_TEST(read[1].missing_before == 1U);
}

BOOST_AUTO_TEST_CASE(withholds_a_whole_epoch) {
  server.say(hers, "one");
  server.say(hers, "two");
  server.now_ms += epoch_kept_ms + 1;
  auto third = server.say(hers, "three");
  third.seq = 1;
  const auto read = page({third});
  BOOST_TEST(text_of(read[0]) == "three");
  BOOST_TEST(read[0].missing_before == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_not_read_yet_is_not_called_withheld) {
  for (int i = 0; i < 6; ++i) server.say(hers, "message");
  const auto& all = server.messages;
  // The newest page first, then the one before it.
  for (const auto& each : page({all[4], all[5]})) BOOST_TEST(each.missing_before == 0U);
  for (const auto& each : page({all[0], all[1]})) BOOST_TEST(each.missing_before == 0U);
  for (const auto& each : page({all[2], all[3]})) BOOST_TEST(each.missing_before == 0U);
}

BOOST_AUTO_TEST_CASE(invents_a_message) {
  message invented;
  invented.id = numbered<message_id>(60);
  invented.chat = server.chat.id;
  invented.seq = 1;
  invented.sender = alice().account;
  invented.content = content_type::text;
  invented.body = "plain words of mine";
  const auto read = page({invented});
  BOOST_TEST(!read[0].what.has_value());
}

BOOST_AUTO_TEST_CASE(makes_a_chat_key_of_its_own) {
  // Signed by Mallory's key, in Alice's name; and the server says that it is Alice's.
  const auto of_mallory = mallory().identity.public_half();
  auto made =
      must(make_chat_key({.chat = server.chat.id,
                          .epoch = numbered<epoch_id>(61),
                          .maker = alice().account,
                          .made_at_ms = 1,
                          .previous_epoch = {},
                          .previous_count = 0},
                         std::vector<chat_member>{{alice().account, of_mallory}, bob().as_member()},
                         mallory().identity));
  server.records.emplace(made.key.epoch(), made.record);
  server.identities.emplace(bytes(of_mallory.fingerprint().view()), of_mallory);
  message invented;
  invented.id = numbered<message_id>(62);
  invented.chat = server.chat.id;
  invented.seq = 1;
  invented.sender = alice().account;
  invented.content = content_type::sealed;
  invented.body = must(seal_message(made.key, invented.id, 1, text("trust me")));
  server.introduce(his);  // he knows Alice's key already
  const auto read = page({invented});
  // What is shown is not shown as hers.
  BOOST_TEST((!read[0].what || !read[0].is_key_trusted));
}

BOOST_AUTO_TEST_CASE(signs_a_chat_key_in_her_name) {
  // It names the key that he knows as hers, holds one that the server knows, and is signed by
  // whoever the server could get to sign.
  server.introduce(his);
  auto made = must(make_chat_key({.chat = server.chat.id,
                                  .epoch = numbered<epoch_id>(64),
                                  .maker = alice().account,
                                  .made_at_ms = 1,
                                  .previous_epoch = {},
                                  .previous_count = 0},
                                 std::vector<chat_member>{alice().as_member(), bob().as_member()},
                                 alice().identity));
  const auto forged = signed_by(mallory(), must(parse_chat_key(made.record)));
  BOOST_TEST((why(his.keys().take_record(server.chat.id, forged, {})) == errc::signature_wrong));
  server.records.emplace(made.key.epoch(), forged);
  message invented;
  invented.id = numbered<message_id>(65);
  invented.chat = server.chat.id;
  invented.seq = 1;
  invented.sender = alice().account;
  invented.content = content_type::sealed;
  invented.body = must(seal_message(made.key, invented.id, 1, text("trust me")));
  BOOST_TEST(text_of(page({invented})[0]) == "(chat_key_unknown)");
}

BOOST_AUTO_TEST_CASE(swaps_the_key_that_she_seals_for) {
  server.introduce(hers);
  const auto of_mallory = mallory().identity.public_half();
  server.chat.members[1].identity = bytes(of_mallory.fingerprint().view());
  BOOST_TEST((why(hers.keys().begin_sending(server.chat, numbered<epoch_id>(63), server.now_ms)) ==
              errc::identity_changed));
}

BOOST_AUTO_TEST_CASE(hands_out_a_record_of_another_chat_or_for_somebody_else) {
  const auto said = server.say(hers, "hi");
  auto& record = server.records.begin()->second;
  const auto good = record;
  // For another chat.
  server.introduce(his);
  BOOST_TEST((why(his.keys().take_record(direct_chat_id(bob().account, carol().account), good,
                                         {})) == errc::sealed_damaged));
  // Without him.
  auto parsed = must(parse_chat_key(good));
  parsed.members[1].account = carol().account;
  parsed.members[1].fingerprint = carol().identity.public_half().fingerprint();
  BOOST_TEST((why(his.keys().take_record(server.chat.id, signed_by(alice(), parsed), {})) ==
              errc::sealed_for_another));
  // Another epoch's in its place: the key stays unknown.
  record = made_by_alice().record;
  BOOST_TEST(text_of(page({said})[0]) == "(chat_key_unknown)");
  record = good;
  BOOST_TEST(text_of(page({said})[0]) == "hi");
}

BOOST_AUTO_TEST_CASE(withholds_a_chat_key) {
  const auto said = server.say(hers, "hi");
  const auto kept = server.records;
  server.records.clear();
  BOOST_TEST(text_of(page({said})[0]) == "(chat_key_unknown)");
  server.records = kept;
  BOOST_TEST(text_of(page({said})[0]) == "hi");
}

BOOST_AUTO_TEST_SUITE_END()
