#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/client/sealing/household.hpp"

using namespace uod;
using namespace uod::tests;
using client::trust;

/// Sealing at the client, with a server that does what it should.
BOOST_AUTO_TEST_SUITE(keyring_stories)

BOOST_AUTO_TEST_CASE(alice_writes_and_bob_reads) {
  sealing_server server;
  sealing_device hers(alice());
  sealing_device his(bob());
  server.say(hers, "hi bob");
  server.say(hers, "are you there?");
  server.say(his, "yes");
  const auto read = server.show_all(his);
  BOOST_REQUIRE(read.size() == 3U);
  BOOST_TEST(text_of(read[0]) == "hi bob");
  BOOST_TEST(text_of(read[1]) == "are you there?");
  BOOST_TEST(text_of(read[2]) == "yes");
  for (const auto& each : read) {
    BOOST_TEST(each.is_key_trusted);
    BOOST_TEST(each.missing_before == 0U);
  }
  // She went on with one key: a page of history costs one private-key operation.
  BOOST_TEST(server.records.size() == 2U);
}

BOOST_AUTO_TEST_CASE(another_device_of_hers_reads_everything) {
  sealing_server server;
  sealing_device hers(alice());
  sealing_device his(bob());
  server.say(hers, "hi");
  server.say(his, "ho");
  sealing_device tablet(alice());
  const auto read = server.show_all(tablet);
  BOOST_TEST(text_of(read[0]) == "hi");
  BOOST_TEST(text_of(read[1]) == "ho");
  server.say(tablet, "from the tablet");
  BOOST_TEST(text_of(server.show_all(his)[2]) == "from the tablet");
}

BOOST_AUTO_TEST_CASE(a_restart_goes_on_with_the_same_key) {
  sealing_server server;
  sealing_device hers(alice());
  sealing_device his(bob());
  server.say(hers, "one");
  hers.restart();
  server.say(hers, "two");
  BOOST_TEST(server.records.size() == 1U);
  his.restart();
  BOOST_TEST(text_of(server.show_all(his)[1]) == "two");
  // What was opened once is not opened by the identity again: the key is kept.
  BOOST_TEST(must(his.keys().lacking(server.messages)).empty());
}

BOOST_AUTO_TEST_CASE(a_crash_begins_with_a_new_key_and_nothing_seems_missing) {
  sealing_server server;
  sealing_device hers(alice());
  sealing_device his(bob());
  server.say(hers, "one");
  {
    // Taken, sealed with, and never given back.
    auto held = must(hers.keys().resume_sending(server.chat, server.now_ms)).chat;
    BOOST_REQUIRE(held.has_value());
    must(seal_message(held->key, numbered<message_id>(99), ++held->sealed, text("lost")));
    must(hers.keys().finish_sending(*held));  // not all of it is stored: given up
  }
  hers.restart();
  server.say(hers, "two");
  BOOST_TEST(server.records.size() == 2U);
  const auto read = server.show_all(his);
  BOOST_TEST(text_of(read[1]) == "two");
  BOOST_TEST(read[1].missing_before == 0U);
}

BOOST_AUTO_TEST_CASE(two_programs_of_one_profile_use_two_keys) {
  sealing_server server;
  sealing_device hers(alice());
  server.say(hers, "one");
  auto first = must(hers.keys().resume_sending(server.chat, server.now_ms)).chat;
  BOOST_TEST(first.has_value());
  BOOST_TEST(!must(hers.keys().resume_sending(server.chat, server.now_ms)).chat.has_value());
  must(hers.keys().finish_sending(*first));
  BOOST_TEST(must(hers.keys().resume_sending(server.chat, server.now_ms)).chat.has_value());
}

BOOST_AUTO_TEST_CASE(a_key_is_renewed_after_a_week) {
  sealing_server server;
  sealing_device hers(alice());
  server.say(hers, "one");
  server.now_ms += epoch_kept_ms + 1;
  hers.restart();
  server.say(hers, "two");
  BOOST_REQUIRE(server.records.size() == 2U);
  // The new one says where the old one ended, so that nobody can cut that short.
  const auto epoch_of = [&](std::size_t at) {
    return must(parse_sealed_message(server.messages[at].body)).epoch;
  };
  const auto& renewed = must(parse_chat_key(server.records.at(epoch_of(1)))).about;
  BOOST_TEST((renewed.previous_epoch == epoch_of(0)));
  BOOST_TEST(renewed.previous_count == 1U);
}

BOOST_AUTO_TEST_CASE(keys_are_pinned_and_verified) {
  sealing_server server;
  sealing_device hers(alice());
  const auto& of_bob = bob().identity.public_half();
  const auto& of_mallory = mallory().identity.public_half();
  auto& keys = hers.keys();
  BOOST_TEST((must(keys.trust_of(bob().account, of_bob.fingerprint().view())) == trust::unknown));
  server.introduce(hers);
  BOOST_TEST((must(keys.trust_of(bob().account, of_bob.fingerprint().view())) == trust::pinned));
  BOOST_TEST(
      (must(keys.trust_of(bob().account, of_mallory.fingerprint().view())) == trust::changed));
  BOOST_TEST((why(keys.pin(bob().account, "bob", of_mallory)) == errc::identity_changed));
  must(keys.pin(bob().account, "bob", of_bob, true));
  hers.restart();
  BOOST_TEST(
      (must(hers.keys().trust_of(bob().account, of_bob.fingerprint().view())) == trust::verified));
  // Both see the same number.
  sealing_device his(bob());
  BOOST_TEST(must(hers.keys().safety_number_with(bob().account, of_bob.fingerprint())) ==
             must(his.keys().safety_number_with(alice().account,
                                                alice().identity.public_half().fingerprint())));
}

BOOST_AUTO_TEST_CASE(a_changed_key_stops_sending_until_somebody_confirms) {
  sealing_server server;
  sealing_device hers(alice());
  server.say(hers, "before");
  const auto& fresh = mallory().identity.public_half();
  server.chat.members[1].identity = bytes(fresh.fingerprint().view());
  server.identities.emplace(server.chat.members[1].identity, fresh);
  std::vector<member> unknown;
  const auto checked = hers.keys().check_members(server.chat, unknown);
  BOOST_TEST((why(checked) == errc::identity_changed));
  BOOST_TEST(checked.error().detail == "bob");
  BOOST_TEST((why(hers.keys().begin_sending(server.chat, numbered<epoch_id>(90), server.now_ms)) ==
              errc::identity_changed));
  must(hers.keys().pin(bob().account, "bob", fresh, true));
  must(hers.keys().check_members(server.chat, unknown));
  // Not with the key that was wrapped for the other one.
  BOOST_TEST(!must(hers.keys().resume_sending(server.chat, server.now_ms)).chat.has_value());
  must(hers.keys().begin_sending(server.chat, numbered<epoch_id>(91), server.now_ms));
}

BOOST_AUTO_TEST_CASE(a_key_that_was_given_up_meanwhile_does_not_come_back) {
  sealing_server server;
  sealing_device hers(alice());
  server.say(hers, "before");
  auto held = must(hers.keys().resume_sending(server.chat, server.now_ms)).chat;
  BOOST_TEST(!must(hers.keys().is_given_up(held->key)));
  // Another program of hers confirms another key of bob's while this one sends.
  const auto& fresh = mallory().identity.public_half();
  must(hers.keys().pin(bob().account, "bob", fresh, true));
  BOOST_TEST(must(hers.keys().is_given_up(held->key)));
  must(hers.keys().finish_sending(*held));
  BOOST_TEST(!must(hers.keys().resume_sending(server.chat, server.now_ms)).chat.has_value());
}

BOOST_AUTO_TEST_CASE(a_key_given_up_in_the_middle_says_how_far_it_came) {
  sealing_server server;
  sealing_device hers(alice());
  server.say(hers, "one");
  auto held = must(hers.keys().resume_sending(server.chat, server.now_ms)).chat;
  ++held->sealed;  // and the server did not answer
  must(hers.keys().finish_sending(*held));
  const auto next = must(hers.keys().resume_sending(server.chat, server.now_ms));
  BOOST_TEST(!next.chat.has_value());
  BOOST_TEST((next.before.epoch == held->key.epoch()));
  BOOST_TEST(next.before.count == 1U);
}

BOOST_AUTO_TEST_CASE(a_name_is_somebodys) {
  sealing_server server;
  sealing_device hers(alice());
  server.introduce(hers);
  const auto& of_mallory = mallory().identity.public_half();
  const auto as = [&](const account_id& who, const std::string& name, const identity_public& key) {
    return must(hers.keys().trust_of(member{who, name, 0, 0, bytes(key.fingerprint().view())}));
  };
  const auto& of_bob = bob().identity.public_half();
  BOOST_TEST((as(bob().account, "bob", of_bob) == trust::pinned));
  BOOST_TEST((as(bob().account, "BOB", of_bob) == trust::pinned));
  BOOST_TEST((as(bob().account, "carol", of_bob) == trust::changed));
  BOOST_TEST((as(mallory().account, "bob", of_mallory) == trust::changed));
  BOOST_TEST((as(mallory().account, "mallory", of_mallory) == trust::unknown));
  // What a deleted account leaves goes by another name.
  BOOST_TEST((as(bob().account, "unknown-1a2b", of_bob) == trust::pinned));
  BOOST_TEST(
      (why(hers.keys().pin(mallory().account, "bob", of_mallory)) == errc::identity_changed));
  must(hers.keys().pin(mallory().account, "bob", of_mallory, true));
  BOOST_TEST((as(mallory().account, "bob", of_mallory) == trust::verified));
  BOOST_TEST((as(bob().account, "bob", of_bob) == trust::changed));
}

BOOST_AUTO_TEST_CASE(nobody_without_a_key_is_written_to) {
  sealing_server server;
  sealing_device hers(alice());
  server.chat.members[1].identity.clear();
  std::vector<member> unknown;
  BOOST_TEST((why(hers.keys().check_members(server.chat, unknown)) == errc::identity_missing));
}

BOOST_AUTO_TEST_CASE(what_was_read_is_found_again) {
  sealing_server server;
  sealing_device hers(alice());
  sealing_device his(bob());
  server.say(hers, "lunch at NOON?");
  server.say(hers, "dinner, then");
  server.show_all(his);
  std::vector<std::string> found;
  const auto collect = [&](const storage::read_message&, const content& what) {
    found.push_back(std::get<text_content>(what).text);
    return true;
  };
  must(his.keys().search("noon", collect));
  BOOST_TEST(found == std::vector<std::string>{"lunch at NOON?"}, boost::test_tools::per_element());
  must(his.keys().search("breakfast", collect));
  BOOST_TEST(found.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_file_tells_nothing_without_its_key) {
  sealing_server server;
  sealing_device hers(alice());
  sealing_device his(bob());
  server.say(hers, "the canary sings");
  server.show_all(his);
  his.restart();  // what waited in the log is in the file
  for (const auto& each : std::filesystem::directory_iterator(his.file().parent_path())) {
    std::ifstream file(each.path(), std::ios::binary);
    const bytes all{std::istreambuf_iterator<char>(file), {}};
    BOOST_TEST(all.find("canary") == bytes::npos);
  }
  BOOST_TEST((why(client::keyring::open(his.file(), bob().account, bytes(32, 'x'))) ==
              errc::sealed_damaged));
  BOOST_TEST((why(client::keyring::open(his.file(), alice().account, bytes(32, 'k'))) ==
              errc::sealed_damaged));
}

BOOST_AUTO_TEST_SUITE_END()
