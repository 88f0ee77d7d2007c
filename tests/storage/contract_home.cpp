#include <limits>

#include "tests/storage/household.hpp"

/// Broadcasts on everybody's home page.
namespace uod::storage::contract {
namespace {

account_id premium_person(household& home, const std::string& name) {
  const account_id who = home.person(name);
  must(home.change(set_premium{who, true}));
  return who;
}

std::vector<std::uint64_t> seqs_of(const home_page& page) {
  std::vector<std::uint64_t> found;
  for (const broadcast& one : page.broadcasts) found.push_back(one.seq);
  return found;
}

void broadcasts_are_counted_from_one(const database_maker& make) {
  household home(make);
  const account_id alice = premium_person(home, "alice");
  const account_id bob = premium_person(home, "bob");
  BOOST_TEST(must(home.reads->last_broadcast()) == 0U);
  BOOST_TEST(must(home.reads->home({}, no_byte_bound)).broadcasts.empty());
  const bytes odd = bytes("hä'\"\n\0\xff", 8);
  const broadcast_stored first = home.announce(nth_message(1), alice, odd, 500);
  BOOST_TEST(!first.repeated);
  BOOST_TEST((first.stored == broadcast{nth_message(1), 1, alice, "alice", odd, 500}));
  BOOST_TEST(home.announce(nth_message(2), bob, "two", 600).stored.seq == 2U);
  home.reopen();
  // A clock that has gone back puts nothing before what is there.
  const broadcast third = home.announce(nth_message(3), alice, "three", 100).stored;
  BOOST_TEST(third.seq == 3U);
  BOOST_TEST(third.sent_at_ms == 600U);
  BOOST_TEST(must(home.reads->last_broadcast()) == 3U);
  const auto page = must(home.reads->home({}, no_byte_bound));
  BOOST_REQUIRE(page.broadcasts.size() == 3U);
  BOOST_TEST(!page.more);
  BOOST_TEST((page.broadcasts[0] == first.stored));
  BOOST_TEST((page.broadcasts[1] == broadcast{nth_message(2), 2, bob, "bob", "two", 600}));
  BOOST_TEST((page.broadcasts[2] == third));
}

void a_broadcast_sent_again_is_the_same_one(const database_maker& make) {
  household home(make);
  const account_id alice = premium_person(home, "alice");
  const account_id bob = premium_person(home, "bob");
  const broadcast first = home.announce(nth_message(1), alice, "first", 500).stored;
  home.announce(nth_message(2), alice, "second", 500);
  for (int i = 0; i < 2; ++i) {
    const broadcast_stored again = home.announce(nth_message(1), alice, "other words", 900);
    BOOST_TEST(again.repeated);
    BOOST_TEST((again.stored == first));
    home.reopen();
  }
  BOOST_TEST(code_of(home.change(message_change(new_broadcast{nth_message(1), bob, "x"}))) ==
             errc::id_conflict);
  // Also in one commit, and when premium is gone meanwhile.
  must(home.change(set_premium{alice, false}));
  BOOST_TEST(home.announce(nth_message(1), alice, "first").repeated);
  std::vector<message_change> twice(2, new_broadcast{nth_message(3), bob, "third"});
  const auto results = must(home.messages->commit(std::move(twice), 1'000));
  BOOST_TEST(!std::get<broadcast_stored>(must(results[0])).repeated);
  BOOST_TEST(std::get<broadcast_stored>(must(results[1])).repeated);
  BOOST_TEST(must(home.reads->last_broadcast()) == 3U);
}

void only_premium_members_broadcast(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const auto attempt = [&](const account_id& who) {
    return home.change(message_change(new_broadcast{nth_message(1), who, "x"}));
  };
  BOOST_TEST(code_of(attempt(alice)) == errc::not_premium);
  BOOST_TEST(code_of(attempt(nth_account(99))) == errc::no_such_account);
  BOOST_TEST(must(home.reads->last_broadcast()) == 0U);
  must(home.change(set_premium{alice, true}));
  must(attempt(alice));
  must(home.change(set_premium{alice, false}));
  BOOST_TEST(code_of(home.change(message_change(new_broadcast{nth_message(2), alice, "x"}))) ==
             errc::not_premium);
  must(home.change(set_premium{alice, true}));
  BOOST_TEST(home.announce(nth_message(2), alice, "x").stored.seq == 2U);
}

void broadcasts_and_messages_go_together(const database_maker& make) {
  household home(make);
  const account_id alice = premium_person(home, "alice");
  const chat_id chat = home.chat({alice, home.person("bob")});
  std::vector<message_change> changes;
  changes.emplace_back(new_message{nth_message(1), chat, alice, content_type::text, "to bob"});
  changes.emplace_back(new_broadcast{nth_message(1), alice, "to all"});  // ids of another kind
  changes.emplace_back(new_message{nth_message(2), chat, alice, content_type::text, "to bob"});
  const auto results = must(home.messages->commit(std::move(changes), 1'000));
  BOOST_TEST(std::get<message_stored>(must(results[2])).stored.seq == 2U);
  BOOST_TEST(std::get<broadcast_stored>(must(results[1])).stored.seq == 1U);
  BOOST_TEST(must(home.reads->last_position()) == 2U);
}

void the_home_page_is_read_both_ways(const database_maker& make) {
  household home(make);
  const account_id alice = premium_person(home, "alice");
  for (std::uint64_t i = 1; i <= 10; ++i) home.announce(nth_message(i), alice, "0123456789");
  home.reopen();
  struct page_of {
    std::uint64_t before, after;
    std::uint32_t limit;
    std::size_t bytes_max;
    std::vector<std::uint64_t> seqs;
    bool more;
  };
  constexpr std::uint64_t far_away = std::numeric_limits<std::uint64_t>::max();
  const std::vector<page_of> pages = {
      {0, 0, 3, no_byte_bound, {8, 9, 10}, true},  // the newest
      {8, 0, 3, no_byte_bound, {5, 6, 7}, true},   // and on towards the beginning
      {2, 0, 3, no_byte_bound, {1}, false},
      {1, 0, 3, no_byte_bound, {}, false},
      {0, 4, 3, no_byte_bound, {5, 6, 7}, true},  // what somebody missed
      {0, 7, 3, no_byte_bound, {8, 9, 10}, false},
      {0, 10, 3, no_byte_bound, {}, false},
      {9, 4, 3, no_byte_bound, {6, 7, 8}, true},  // between two
      {7, 4, 3, no_byte_bound, {5, 6}, false},
      {far_away, 0, 2, no_byte_bound, {9, 10}, true},  // made up
      {0, far_away, 2, no_byte_bound, {}, false},
      {0, 0, 0, no_byte_bound, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, false},
      {0, 0, 10, 30, {8, 9, 10}, true},  // by bytes
      {0, 0, 10, 29, {9, 10}, true},
      {0, 2, 10, 30, {3, 4, 5}, true},
      {0, 0, 10, 0, {10}, true},  // at least one
      {0, 9, 10, 0, {10}, false},
  };
  for (const page_of& one : pages) {
    BOOST_TEST_CONTEXT("before " << one.before << " after " << one.after << " limit " << one.limit
                                 << " bytes " << one.bytes_max) {
      const auto page = must(home.reads->home({one.before, one.after, one.limit}, one.bytes_max));
      BOOST_TEST(seqs_of(page) == one.seqs, boost::test_tools::per_element());
      BOOST_TEST(page.more == one.more);
    }
  }
}

void a_device_knows_where_its_home_page_begins(const database_maker& make) {
  household home(make);
  const account_id alice = premium_person(home, "alice");
  BOOST_TEST(must(home.reads->device(nth_device(1)))->home_seq == 0U);
  home.announce(nth_message(1), alice, "x");
  home.announce(nth_message(2), alice, "x");
  device_record phone{nth_device(10), alice, "phone", "192.0.2.7", "token", 600, 600, 77};
  must(home.change(log_in(phone)));
  const account_id bob = home.person("bob");
  home.announce(nth_message(3), alice, "x");
  home.reopen();
  BOOST_TEST(must(home.reads->device(nth_device(10)))->home_seq == 2U);
  BOOST_TEST(must(home.reads->devices(bob))[0].home_seq == 2U);
  BOOST_TEST(must(home.reads->device(nth_device(1)))->home_seq == 0U);
  // The same device again, perhaps because the answer was lost, misses nothing.
  must(home.change(log_in(phone)));
  BOOST_TEST(must(home.reads->device(nth_device(10)))->home_seq == 2U);
}

}  // namespace

std::vector<contract_case> home_cases() {
  return {
      {"broadcasts_are_counted_from_one", broadcasts_are_counted_from_one},
      {"a_broadcast_sent_again_is_the_same_one", a_broadcast_sent_again_is_the_same_one},
      {"only_premium_members_broadcast", only_premium_members_broadcast},
      {"broadcasts_and_messages_go_together", broadcasts_and_messages_go_together},
      {"the_home_page_is_read_both_ways", the_home_page_is_read_both_ways},
      {"a_device_knows_where_its_home_page_begins", a_device_knows_where_its_home_page_begins},
  };
}

}  // namespace uod::storage::contract
