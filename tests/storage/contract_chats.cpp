#include <limits>
#include <set>

#include "tests/storage/household.hpp"

namespace uod::storage::contract {
namespace {

constexpr std::uint64_t far_away = std::numeric_limits<std::uint64_t>::max();

void a_chat_is_made_once(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const account_id carol = home.person("carol");
  const chat_id id = nth_chat(50);
  const auto made = must(home.change(message_change(create_chat{id, {alice, bob}})));
  const auto chat = std::get<chat_stored>(made).chat;
  BOOST_TEST((chat->id == id));
  BOOST_REQUIRE(chat->members.size() == 2U);
  BOOST_TEST((chat->members[0] == member{alice, "alice", 0, 0}));
  BOOST_TEST((chat->members[1] == member{bob, "bob", 0, 0}));

  must(home.change(message_change(create_chat{id, {bob, alice}})));
  must(home.change(message_change(create_chat{id, {bob, alice, bob}})));
  home.reopen();
  must(home.change(message_change(create_chat{id, {bob, alice}})));
  BOOST_TEST(code_of(home.change(message_change(create_chat{id, {alice, carol}}))) ==
             errc::id_conflict);
  BOOST_TEST(code_of(home.change(message_change(create_chat{id, {alice}}))) == errc::id_conflict);
  BOOST_TEST(code_of(home.change(message_change(create_chat{id, {alice, bob, carol}}))) ==
             errc::id_conflict);
}

void a_chat_needs_members_who_exist(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const chat_id id = nth_chat(50);
  const auto attempt = [&](std::vector<account_id> members) {
    return home.change(message_change(create_chat{id, std::move(members)}));
  };
  BOOST_TEST(code_of(attempt({})) == errc::malformed);
  BOOST_TEST(code_of(attempt({alice, nth_account(99)})) == errc::no_such_account);
  BOOST_TEST(code_of(home.reads->chat(id, alice)) == errc::no_such_chat);

  std::vector<account_id> crowd{alice};
  for (std::uint64_t i = 2; i <= chat_members_max + 1; ++i) {
    crowd.push_back(home.person("person" + std::to_string(i)));
  }
  BOOST_TEST(code_of(attempt(crowd)) == errc::too_large);
  crowd.pop_back();
  must(attempt(crowd));
  BOOST_TEST(must(home.reads->chat(id, alice)).members.size() == chat_members_max);
}

void strangers_see_nothing(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const account_id mallory = home.person("mallory");
  const chat_id chat = home.chat({alice, bob});
  home.say(chat, alice, "for bob");
  for (const account_id& stranger : {mallory, nth_account(99)}) {
    BOOST_TEST(code_of(home.send(nth_message(1), chat, stranger, "hi")) == errc::no_such_chat);
    BOOST_TEST(code_of(home.mark(chat, stranger, 1, 1)) == errc::no_such_chat);
    BOOST_TEST(code_of(home.reads->chat(chat, stranger)) == errc::no_such_chat);
    BOOST_TEST(code_of(home.reads->history(stranger, {chat, 0, 0, 10}, no_byte_bound)) ==
               errc::no_such_chat);
    BOOST_TEST(must(home.reads->feed(stranger, 0, 10, no_byte_bound)).messages.empty());
    BOOST_TEST(must(home.reads->chats(stranger, "", 10)).chats.empty());
    BOOST_TEST(must(home.reads->undelivered_position(stranger)) == 1U);
  }
  const chat_id nowhere = nth_chat(99);
  BOOST_TEST(code_of(home.send(nth_message(1), nowhere, alice, "hi")) == errc::no_such_chat);
  BOOST_TEST(code_of(home.mark(nowhere, alice, 1, 1)) == errc::no_such_chat);
  BOOST_TEST(code_of(home.reads->chat(nowhere, alice)) == errc::no_such_chat);
}

void marks_only_move_forward(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id chat = home.chat({alice, bob});
  for (int i = 0; i < 5; ++i) home.say(chat, alice, "text");

  struct step {
    std::uint64_t delivered, read;
    bool changed;
    std::uint64_t delivered_after, read_after;
  };
  const std::vector<step> steps = {
      {0, 0, false, 0, 0}, {2, 0, true, 2, 0},        {2, 0, false, 2, 0},
      {1, 0, false, 2, 0}, {0, 3, true, 3, 3},        {3, 2, false, 3, 3},
      {5, 3, true, 5, 3},  {far_away, 4, true, 5, 4}, {far_away, far_away, true, 5, 5},
      {9, 9, false, 5, 5},
  };
  for (const step& one : steps) {
    const mark_stored marked = must(home.mark(chat, bob, one.delivered, one.read));
    BOOST_TEST(marked.changed == one.changed);
    BOOST_TEST(marked.delivered_seq == one.delivered_after);
    BOOST_TEST(marked.read_seq == one.read_after);
    BOOST_TEST((marked.chat->id == chat));
    const chat_info seen = must(home.reads->chat(chat, alice));
    BOOST_TEST((seen.members[1] == member{bob, "bob", one.delivered_after, one.read_after}));
    BOOST_TEST((seen.members[0] == member{alice, "alice", 0, 0}));
  }
  home.reopen();
  BOOST_TEST(!must(home.mark(chat, bob, 5, 5)).changed);
}

void what_others_wrote_is_unread(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id chat = home.chat({alice, bob});
  const auto unread = [&](const account_id& viewer) {
    return must(home.reads->chat(chat, viewer)).unread;
  };
  BOOST_TEST(unread(bob) == 0U);
  home.say(chat, alice, "1");
  home.say(chat, bob, "2");
  home.say(chat, alice, "3");
  BOOST_TEST(unread(bob) == 2U);
  BOOST_TEST(unread(alice) == 1U);
  must(home.mark(chat, bob, 3, 1));
  BOOST_TEST(unread(bob) == 1U);
  must(home.mark(chat, bob, 3, 3));
  BOOST_TEST(unread(bob) == 0U);
  BOOST_TEST(unread(alice) == 1U);
}

void unread_is_counted_to_a_bound(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id chat = home.chat({alice, bob});
  std::vector<message_change> changes;
  for (std::uint64_t i = 1; i <= 10'001; ++i) {
    changes.emplace_back(new_message{nth_message(i), chat, alice, content_type::text, "x"});
  }
  must(home.messages->commit(std::move(changes), 1));
  BOOST_TEST(must(home.reads->chat(chat, bob)).unread == 10'000U);
  must(home.mark(chat, bob, 2, 2));
  BOOST_TEST(must(home.reads->chat(chat, bob)).unread == 9'999U);
}

void chats_are_listed_newest_first(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  std::vector<chat_id> chats;
  for (const char* name : {"bob", "carol", "dave", "eve", "frank"}) {
    chats.push_back(home.chat({alice, home.person(name)}));
  }
  for (const std::size_t i : {0U, 1U, 2U, 3U, 1U}) home.say(chats[i], alice, "text");
  const chat_page page = must(home.reads->chats(alice, "", 10));
  BOOST_TEST(page.next.empty());
  std::vector<chat_id> listed;
  for (const chat_info& one : page.chats) listed.push_back(one.id);
  // Frank's has no message yet.
  BOOST_TEST((listed == std::vector{chats[1], chats[3], chats[2], chats[0]}));
  BOOST_TEST(page.chats[0].last_seq == 2U);
  BOOST_TEST((page.chats[0] == must(home.reads->chat(chats[1], alice))));
  for (const char* wrong : {"x", "1", "1.", ".1", "1.2.3", "-1.2", "99999999999999999999.1"}) {
    BOOST_TEST(code_of(home.reads->chats(alice, wrong, 10)) == errc::malformed);
  }
}

void a_listing_stays_whole_while_people_write(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  std::vector<chat_id> chats;
  for (int i = 0; i < 7; ++i) {
    const account_id other = home.person("person" + std::to_string(i));
    chats.push_back(home.chat({alice, other}));
    for (int k = 0; k <= i; ++k) home.say(chats.back(), other, "text");
  }
  // After each page, an old chat and a new one get messages.
  std::vector<chat_id> listed;
  std::string after;
  int pages = 0;
  do {
    const chat_page page = must(home.reads->chats(alice, after, 2));
    for (const chat_info& one : page.chats) listed.push_back(one.id);
    after = page.next;
    for (int k = 0; k < 3; ++k) home.say(chats[0], alice, "again");
    const account_id late = home.person("late" + std::to_string(pages));
    home.say(home.chat({alice, late}), alice, "hello");
  } while (!after.empty() && ++pages < 20);
  BOOST_TEST((listed == std::vector<chat_id>(chats.rbegin(), chats.rend())));
}

}  // namespace

std::vector<contract_case> chat_cases() {
  return {
      {"a_chat_is_made_once", a_chat_is_made_once},
      {"a_chat_needs_members_who_exist", a_chat_needs_members_who_exist},
      {"strangers_see_nothing", strangers_see_nothing},
      {"marks_only_move_forward", marks_only_move_forward},
      {"what_others_wrote_is_unread", what_others_wrote_is_unread},
      {"unread_is_counted_to_a_bound", unread_is_counted_to_a_bound},
      {"chats_are_listed_newest_first", chats_are_listed_newest_first},
      {"a_listing_stays_whole_while_people_write", a_listing_stays_whole_while_people_write},
  };
}

}  // namespace uod::storage::contract
