#include <algorithm>
#include <limits>

#include "tests/storage/household.hpp"

namespace uod::storage::contract {
namespace {

constexpr std::uint64_t far_away = std::numeric_limits<std::uint64_t>::max();

void alice_and_bob_talk(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id chat = home.chat({alice, bob});
  BOOST_TEST(must(home.reads->last_position()) == 0U);

  const auto first = must(home.send(nth_message(1), chat, alice, "hi bob", 1'000));
  BOOST_TEST(!first.repeated);
  const message expected{nth_message(1),     chat,     1,    first.stored.position, alice,
                         content_type::text, "hi bob", 1'000};
  BOOST_TEST((first.stored == expected));
  BOOST_TEST((first.chat->id == chat));
  BOOST_TEST(first.chat->members.size() == 2U);
  const message second = home.say(chat, bob, "hi alice", 2'000);
  BOOST_TEST(second.seq == 2U);
  BOOST_TEST(second.position > first.stored.position);
  BOOST_TEST(must(home.reads->last_position()) == second.position);

  for (const account_id& viewer : {alice, bob}) {
    const message_page page = must(home.reads->history(viewer, {chat, 0, 0, 10}, no_byte_bound));
    BOOST_TEST((page.messages == std::vector{first.stored, second}));
    BOOST_TEST(!page.more);
  }
  home.reopen();
  BOOST_TEST(home.say(chat, alice, "back", 3'000).seq == 3U);
  BOOST_TEST(must(home.reads->last_position()) > second.position);
}

void each_chat_counts_for_itself(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const chat_id one = home.chat({alice, home.person("bob")});
  const chat_id other = home.chat({alice, home.person("carol")});
  std::vector<message_change> changes;
  for (std::uint64_t i = 1; i <= 60; ++i) {
    changes.emplace_back(new_message{nth_message(i), i % 3 == 0 ? other : one, alice,
                                     content_type::text, std::to_string(i)});
  }
  const auto results = must(home.messages->commit(std::move(changes), 5));
  std::uint64_t last_position = 0;
  std::uint64_t in_one = 0;
  std::uint64_t in_other = 0;
  for (const auto& result : results) {
    const message stored = std::get<message_stored>(must(result)).stored;
    BOOST_TEST(stored.position > last_position);
    last_position = stored.position;
    BOOST_TEST(stored.seq == (stored.chat == other ? ++in_other : ++in_one));
  }
  BOOST_TEST(in_one == 40U);
  BOOST_TEST(in_other == 20U);
}

void the_clock_going_back_is_not_seen(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const chat_id chat = home.chat({alice, home.person("bob")});
  const chat_id other = home.chat({alice, home.person("carol")});
  BOOST_TEST(home.say(chat, alice, "1", 5'000).sent_at_ms == 5'000U);
  BOOST_TEST(home.say(chat, alice, "2", 4'000).sent_at_ms == 5'000U);
  BOOST_TEST(home.say(other, alice, "elsewhere", 4'000).sent_at_ms == 4'000U);
  home.reopen();
  BOOST_TEST(home.say(chat, alice, "3", 3'000).sent_at_ms == 5'000U);
  BOOST_TEST(home.say(chat, alice, "4", 6'000).sent_at_ms == 6'000U);
}

void the_same_id_is_stored_once(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id chat = home.chat({alice, bob});
  const chat_id other = home.chat({alice, home.person("carol")});

  // Twice in one commit, with something between.
  std::vector<message_change> changes;
  changes.emplace_back(new_message{nth_message(1), chat, alice, content_type::text, "first"});
  changes.emplace_back(new_message{nth_message(2), chat, bob, content_type::text, "second"});
  changes.emplace_back(new_message{nth_message(1), chat, alice, content_type::text, "first"});
  changes.emplace_back(new_message{nth_message(3), chat, alice, content_type::text, "third"});
  const auto results = must(home.messages->commit(std::move(changes), 1'000));
  const auto first = std::get<message_stored>(must(results[0]));
  const auto again = std::get<message_stored>(must(results[2]));
  BOOST_TEST(!first.repeated);
  BOOST_TEST(again.repeated);
  BOOST_TEST((again.stored == first.stored));
  BOOST_TEST(std::get<message_stored>(must(results[3])).stored.seq == 3U);

  // In a later commit, and after a restart; the first text stays.
  for (int round = 0; round < 2; ++round) {
    const auto retried = must(home.send(nth_message(1), chat, alice, "other text", 9'000));
    BOOST_TEST(retried.repeated);
    BOOST_TEST((retried.stored == first.stored));
    BOOST_TEST((retried.chat->id == chat));
    BOOST_TEST(code_of(home.send(nth_message(1), chat, bob, "first")) == errc::id_conflict);
    BOOST_TEST(code_of(home.send(nth_message(1), other, alice, "first")) == errc::id_conflict);
    home.reopen();
  }
  BOOST_TEST(home.say(chat, alice, "fourth").seq == 4U);
  BOOST_TEST(home.say(other, alice, "first here").seq == 1U);
}

void a_body_is_any_octets(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const chat_id chat = home.chat({alice, home.person("bob")});
  bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  const std::vector<bytes> sent = {"", bytes(1, '\0'), all, bytes(1'000'000, '\xff')};
  for (const bytes& body : sent) BOOST_TEST((home.say(chat, alice, body).body == body));
  home.reopen();
  const auto page = must(home.reads->history(alice, {chat, 0, 0, 10}, no_byte_bound));
  BOOST_TEST((bodies(page.messages) == sent));
}

void history_is_read_in_windows(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const chat_id chat = home.chat({alice, home.person("bob")});
  const chat_id other = home.chat({alice, home.person("carol")});
  for (int i = 1; i <= 10; ++i) {
    home.say(chat, alice, std::to_string(i));
    home.say(other, alice, "noise");
  }
  struct window {
    std::uint64_t before, after;
    std::uint32_t limit;
    std::vector<std::uint64_t> expected;
    bool more;
  };
  const std::vector<window> windows = {
      {0, 0, 3, {8, 9, 10}, true},
      {0, 0, 10, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, false},
      {0, 0, 0, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, false},
      {8, 0, 3, {5, 6, 7}, true},
      {4, 0, 3, {1, 2, 3}, false},
      {1, 0, 3, {}, false},
      {far_away, 0, 2, {9, 10}, true},
      {0, 4, 3, {5, 6, 7}, true},
      {0, 7, 3, {8, 9, 10}, false},
      {0, 10, 3, {}, false},
      {0, far_away, 3, {}, false},
      {9, 2, 3, {6, 7, 8}, true},
      {6, 2, 3, {3, 4, 5}, false},
      {5, 5, 3, {}, false},
      {3, 7, 3, {}, false},
      {11, 9, 4'000'000'000U, {10}, false},
  };
  for (const window& one : windows) {
    BOOST_TEST_CONTEXT("before " << one.before << " after " << one.after << " limit "
                                 << one.limit) {
      const auto page =
          must(home.reads->history(alice, {chat, one.before, one.after, one.limit}, no_byte_bound));
      BOOST_TEST(seqs(page.messages) == one.expected, boost::test_tools::per_element());
      BOOST_TEST(page.more == one.more);
    }
  }
}

// Longer than what an engine may keep together, with pages that end on either side of it.
void a_long_chat_is_read_as_a_short_one(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id chat = home.chat({alice, bob});
  const chat_id other = home.chat({alice, home.person("carol")});
  std::vector<message> said;
  std::vector<message> all;
  std::uint64_t next = 0;
  for (const std::size_t together : {1U, 62U, 1U, 1U, 127U, 3U, 61U}) {
    std::vector<message_change> changes;
    for (std::size_t i = 0; i < together; ++i, ++next) {
      if (next % 5 == 0) {
        changes.emplace_back(
            new_message{nth_message(1'000 + next), other, alice, content_type::text, "elsewhere"});
      }
      changes.emplace_back(new_message{nth_message(1 + next), chat, next % 2 == 0 ? alice : bob,
                                       content_type::text, std::to_string(next)});
    }
    for (const auto& result : must(home.messages->commit(std::move(changes), 5))) {
      all.push_back(std::get<message_stored>(must(result)).stored);
      if (all.back().chat == chat) said.push_back(all.back());
    }
    home.reopen();
  }
  BOOST_REQUIRE_EQUAL(said.size(), 256U);

  for (std::uint64_t seq = 0; seq <= said.size(); ++seq) {
    const auto place = static_cast<std::ptrdiff_t>(seq);
    const auto after = must(home.reads->history(alice, {chat, 0, seq, 7}, no_byte_bound));
    const auto end = std::min<std::ptrdiff_t>(place + 7, std::ssize(said));
    if (seq > 0) {
      BOOST_REQUIRE((after.messages == std::vector(said.begin() + place, said.begin() + end)));
    }
    BOOST_REQUIRE_EQUAL(after.more, seq == 0 || end < std::ssize(said));
    const auto before = must(home.reads->history(alice, {chat, seq + 1, 0, 7}, no_byte_bound));
    const auto begin = std::max<std::ptrdiff_t>(place - 7, 0);
    BOOST_REQUIRE((before.messages == std::vector(said.begin() + begin, said.begin() + place)));
    BOOST_REQUIRE_EQUAL(before.more, begin > 0);
  }
  for (std::size_t start = 0; start <= all.size(); ++start) {
    const std::uint64_t position = start == 0 ? 0 : all[start - 1].position;
    const auto page = must(home.reads->feed(alice, position, 500, no_byte_bound));
    BOOST_REQUIRE((page.messages ==
                   std::vector(all.begin() + static_cast<std::ptrdiff_t>(start), all.end())));
  }
  for (const std::uint64_t read : {0U, 1U, 63U, 64U, 65U, 128U, 255U, 256U}) {
    must(home.mark(chat, bob, read, read));
    BOOST_TEST(must(home.reads->chat(chat, bob)).unread == 128 - (read + 1) / 2);
    const auto start = must(home.reads->undelivered_position(bob));
    const auto expected = std::ranges::find_if(
        said, [&](const message& one) { return one.seq > read && one.sender == alice; });
    BOOST_TEST(start == (expected == said.end() ? must(home.reads->last_position())
                                                : expected->position - 1));
  }
}

void a_page_ends_at_its_bytes(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const chat_id chat = home.chat({alice, home.person("bob")});
  for (int i = 1; i <= 5; ++i) home.say(chat, alice, bytes(100, 'x'));
  using list = std::vector<std::uint64_t>;
  const auto read = [&](std::uint64_t after, std::size_t bytes_max) {
    return must(home.reads->history(alice, {chat, 0, after, 10}, bytes_max));
  };
  BOOST_TEST(seqs(read(0, 250).messages) == (list{4, 5}), boost::test_tools::per_element());
  BOOST_TEST(read(0, 250).more);
  BOOST_TEST(seqs(read(1, 300).messages) == (list{2, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(read(1, 300).more);
  BOOST_TEST(seqs(read(1, 0).messages) == (list{2}), boost::test_tools::per_element());
  BOOST_TEST(seqs(read(4, 0).messages) == (list{5}), boost::test_tools::per_element());
  BOOST_TEST(!read(4, 0).more);
  BOOST_TEST(must(home.reads->feed(alice, 0, 10, 250)).messages.size() == 2U);
  BOOST_TEST(must(home.reads->feed(alice, 0, 10, 0)).messages.size() == 1U);
  BOOST_TEST(must(home.reads->feed(alice, 0, 10, 0)).more);
}

void the_feed_brings_all_chats_in_order(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const account_id carol = home.person("carol");
  const chat_id with_bob = home.chat({alice, bob});
  const chat_id with_carol = home.chat({alice, carol});
  const chat_id of_others = home.chat({bob, carol});
  std::vector<message> alices;
  for (int i = 0; i < 40; ++i) {
    if (i % 3 != 1) alices.push_back(home.say(with_bob, i % 2 == 0 ? alice : bob, "to bob"));
    if (i % 5 == 0) alices.push_back(home.say(with_carol, carol, "from carol"));
    home.say(of_others, bob, "not for alice");
  }
  // From every position on, a page at a time, nothing is left out, doubled or out of order.
  for (std::uint64_t start = 0; start <= must(home.reads->last_position()) + 1; ++start) {
    std::vector<message> expected;
    for (const message& one : alices) {
      if (one.position > start) expected.push_back(one);
    }
    std::vector<message> read;
    std::uint64_t position = start;
    bool more = true;
    while (more) {
      const feed_page page = must(home.reads->feed(alice, position, 7, no_byte_bound));
      BOOST_TEST(page.messages.size() <= 7U);
      std::vector<chat_id> mentioned;
      for (const message& one : page.messages) mentioned.push_back(one.chat);
      std::sort(mentioned.begin(), mentioned.end());
      mentioned.erase(std::unique(mentioned.begin(), mentioned.end()), mentioned.end());
      std::vector<chat_id> told;
      for (const auto& chat : page.chats) told.push_back(chat->id);
      std::sort(told.begin(), told.end());
      BOOST_TEST((told == mentioned));
      more = page.more;
      if (more) BOOST_REQUIRE(!page.messages.empty());
      if (!page.messages.empty()) position = page.messages.back().position;
      read.insert(read.end(), page.messages.begin(), page.messages.end());
    }
    BOOST_REQUIRE((read == expected));
  }
  BOOST_TEST(must(home.reads->feed(alice, far_away, 7, no_byte_bound)).messages.empty());
  must(home.mark(with_bob, bob, 3, 2));
  const feed_page page = must(home.reads->feed(alice, 0, 1, no_byte_bound));
  BOOST_TEST((page.chats[0]->members[1] == member{bob, "bob", 3, 2}));
}

void a_stream_begins_with_what_was_not_delivered(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id with_bob = home.chat({alice, bob});
  const chat_id with_carol = home.chat({alice, home.person("carol")});
  const auto start = [&] { return must(home.reads->undelivered_position(alice)); };
  BOOST_TEST(start() == 0U);
  home.say(with_bob, alice, "1");
  BOOST_TEST(start() == must(home.reads->last_position()));  // only her own

  const message from_bob = home.say(with_bob, bob, "2");
  home.say(with_bob, alice, "3");
  const message later = home.say(with_bob, bob, "4");
  home.say(with_carol, alice, "to carol");
  BOOST_TEST(start() == from_bob.position - 1);
  BOOST_TEST((must(home.reads->feed(alice, start(), 1, no_byte_bound)).messages[0] == from_bob));
  must(home.mark(with_bob, alice, from_bob.seq, 0));
  BOOST_TEST(start() == later.position - 1);
  must(home.mark(with_bob, alice, later.seq, 0));
  BOOST_TEST(start() == must(home.reads->last_position()));
}

void in_a_commit_each_message_stands_for_itself(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  std::vector<message_change> changes;
  changes.emplace_back(new_message{nth_message(1), nth_chat(9), alice, content_type::text, "-"});
  changes.emplace_back(create_chat{nth_chat(9), {alice, nth_account(99)}});
  changes.emplace_back(create_chat{nth_chat(9), {alice, bob}});
  changes.emplace_back(new_message{nth_message(1), nth_chat(9), alice, content_type::text, "1"});
  changes.emplace_back(new_mark{nth_chat(9), bob, 5, 1});
  changes.emplace_back(create_chat{nth_chat(9), {bob, alice}});
  const auto results = must(home.messages->commit(std::move(changes), 1));
  BOOST_REQUIRE(results.size() == 6U);
  BOOST_TEST(code_of(results[0]) == errc::no_such_chat);
  BOOST_TEST(code_of(results[1]) == errc::no_such_account);
  must(results[2]);
  BOOST_TEST(std::get<message_stored>(must(results[3])).stored.seq == 1U);
  BOOST_TEST(std::get<mark_stored>(must(results[4])).delivered_seq == 1U);
  must(results[5]);
  home.reopen();
  const chat_info seen = must(home.reads->chat(nth_chat(9), alice));
  BOOST_TEST(seen.last_seq == 1U);
  BOOST_TEST((seen.members[1] == member{bob, "bob", 1, 1}));
  BOOST_TEST(must(home.messages->commit({}, 1)).empty());
}

void every_reader_sees_what_was_acknowledged(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const chat_id chat = home.chat({alice, home.person("bob")});
  const auto other = must(home.opened->make_reader());
  for (int i = 0; i < 50; ++i) {
    const message said = home.say(chat, alice, std::to_string(i));
    for (reader* one : {home.reads.get(), other.get()}) {
      BOOST_TEST(must(one->last_position()) == said.position);
      const auto page = must(one->history(alice, {chat, 0, 0, 1}, no_byte_bound));
      BOOST_TEST((page.messages == std::vector{said}));
    }
  }
}

void there_is_one_writer_of_a_kind(const database_maker& make) {
  household home(make);
  BOOST_TEST(code_of(home.opened->make_message_writer()) == errc::storage_failed);
  BOOST_TEST(code_of(home.opened->make_account_writer()) == errc::storage_failed);
  home.messages.reset();
  must(home.opened->make_message_writer());
}

}  // namespace

std::vector<contract_case> message_cases() {
  return {
      {"alice_and_bob_talk", alice_and_bob_talk},
      {"each_chat_counts_for_itself", each_chat_counts_for_itself},
      {"the_clock_going_back_is_not_seen", the_clock_going_back_is_not_seen},
      {"the_same_id_is_stored_once", the_same_id_is_stored_once},
      {"a_body_is_any_octets", a_body_is_any_octets},
      {"history_is_read_in_windows", history_is_read_in_windows},
      {"a_long_chat_is_read_as_a_short_one", a_long_chat_is_read_as_a_short_one},
      {"a_page_ends_at_its_bytes", a_page_ends_at_its_bytes},
      {"the_feed_brings_all_chats_in_order", the_feed_brings_all_chats_in_order},
      {"a_stream_begins_with_what_was_not_delivered", a_stream_begins_with_what_was_not_delivered},
      {"in_a_commit_each_message_stands_for_itself", in_a_commit_each_message_stands_for_itself},
      {"every_reader_sees_what_was_acknowledged", every_reader_sees_what_was_acknowledged},
      {"there_is_one_writer_of_a_kind", there_is_one_writer_of_a_kind},
  };
}

}  // namespace uod::storage::contract
