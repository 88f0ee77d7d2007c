#include <algorithm>

#include "tests/storage/household.hpp"

/// What is left of an account that was deleted.
namespace uod::storage::contract {
namespace {

/// The name that stands for the account from now on: what was said to others has it.
std::string name_now(household& home, const account_id& account) {
  return must(home.reads->account_by_id(account))->name;
}

bool is_unknown(const std::string& name) { return name.starts_with("unknown-"); }

/// Alice has one of everything.
struct full_life {
  household& home;
  account_id alice = home.person("alice");
  account_id bob = home.person("bob");
  chat_id chat = home.chat({alice, bob});
  chat_id notes = home.chat({alice});

  void live() {
    must(home.change(put_contact{alice, bob}));
    must(home.change(put_contact{bob, alice}));
    must(home.change(log_in({nth_device(10), alice, "phone", "192.0.2.7", "token", 600, 600})));
    must(home.change(
        add_premium_codes{{{code_id(counted_id(6, 1)), "premium", 1, 0, 1, 0, false}}}));
    must(home.change(redeem_premium_code{alice, "premium", 1}));
    must(home.change(set_code{
        alice, {code_purpose::reset_password, "code", 9'000, {}, {}}, {letter(1), letter(2)}}));
    must(home.change(
        set_code{bob, {code_purpose::reset_password, "code", 9'000, {}, {}}, {letter(3)}}));
    for (int i = 0; i < 5; ++i) {
      must(home.change(count_failure{"alice", "net", 600, {}, {}, {}, {}, {}}));
    }
    home.say(chat, alice, "hello bob");
    home.say(chat, bob, "hello alice");
    home.say(notes, alice, "nobody else's business");
    home.announce(nth_message(1), alice, "hello all");
  }
};

void all_that_was_hers_goes(const database_maker& make) {
  household home(make);
  full_life life{home};
  life.live();
  const auto [_, alice, bob, chat, notes] = life;
  must(home.change(delete_account{alice, 7'777}));
  for (int i = 0; i < 2; ++i) {
    const account_record left = *must(home.reads->account_by_id(alice));
    BOOST_TEST(left.deleted_at_ms == 7'777U);
    BOOST_TEST(is_unknown(left.name));
    BOOST_TEST(left.email.empty());
    BOOST_TEST(left.salt.empty());
    BOOST_TEST(left.stored_auth_key.empty());
    BOOST_TEST(!left.premium);
    BOOST_TEST(left.last_seen_ms == 0U);
    BOOST_TEST(must(home.reads->devices(alice)).empty());
    BOOST_TEST(!must(home.reads->device(nth_device(1))).has_value());
    BOOST_TEST(!must(home.reads->device(nth_device(10))).has_value());
    BOOST_TEST(must(home.reads->locations(alice)).empty());
    BOOST_TEST(must(home.reads->contacts(alice, "", 10)).contacts.empty());
    BOOST_TEST(must(home.reads->contacts(bob, "", 10)).contacts.empty());
    BOOST_TEST(must(home.reads->mutual_contacts(bob)).empty());
    BOOST_TEST((must(home.reads->name_lock("alice")) == lock_state{}));
    const auto waiting = home.waiting();
    BOOST_REQUIRE(waiting.size() == 1U);
    BOOST_TEST((waiting[0].mail.id == nth_mail(3)));  // bob's
    home.reopen();
  }
}

void nobody_finds_her(const database_maker& make) {
  household home(make);
  full_life life{home};
  life.live();
  must(home.change(delete_account{life.alice, 7'777}));
  const std::string name = name_now(home, life.alice);
  for (const std::string& key : {std::string("alice"), name}) {
    BOOST_TEST(!must(home.reads->facts_for(key, "net")).account.has_value());
    BOOST_TEST(must(home.reads->search(key, "", 10)).names.empty());
  }
  BOOST_TEST(!must(home.reads->account_by_name("alice")).has_value());
  BOOST_TEST(must(home.reads->search("", "", 10)).names == std::vector<std::string>{"bob"},
             boost::test_tools::per_element());
  const auto listed = must(home.reads->accounts("", 10)).accounts;
  BOOST_REQUIRE(listed.size() == 1U);
  BOOST_TEST((listed[0].id == life.bob));
}

void what_she_said_to_others_stays(const database_maker& make) {
  household home(make);
  full_life life{home};
  life.live();
  const auto [_, alice, bob, chat, notes] = life;
  must(home.change(delete_account{alice, 7'777}));
  const std::string name = name_now(home, alice);
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(bodies(must(home.reads->history(bob, {chat, 0, 0, 10}, no_byte_bound)).messages) ==
                   (std::vector<bytes>{"hello bob", "hello alice"}),
               boost::test_tools::per_element());
    const auto page = must(home.reads->home({}, no_byte_bound));
    BOOST_REQUIRE(page.broadcasts.size() == 1U);
    BOOST_TEST(page.broadcasts[0].body == "hello all");
    BOOST_TEST(page.broadcasts[0].sender_name == name);
    BOOST_TEST((page.broadcasts[0].sender == alice));
    const auto feed = must(home.reads->feed(bob, 0, 10, no_byte_bound));
    BOOST_REQUIRE(feed.chats.size() == 1U);
    for (const chat_info& one :
         {must(home.reads->chat(chat, bob)), must(home.reads->chats(bob, "", 10)).chats[0]}) {
      BOOST_REQUIRE(one.members.size() == 2U);
      BOOST_TEST(one.members[0].name == name);
      BOOST_TEST((one.members[0].id == alice));
      BOOST_TEST(one.members[1].name == "bob");
    }
    BOOST_TEST(feed.chats[0]->members[0].name == name);
    home.reopen();
  }
}

void her_notes_are_emptied(const database_maker& make) {
  household home(make);
  full_life life{home};
  life.live();
  const std::uint64_t last = must(home.reads->last_position());
  must(home.change(delete_account{life.alice, 7'777}));
  home.reopen();
  const auto left =
      must(home.reads->history(life.alice, {life.notes, 0, 0, 10}, no_byte_bound)).messages;
  for (const message& one : left) BOOST_TEST(one.body.empty());
  // A position is never given twice.
  BOOST_TEST(must(home.reads->last_position()) == last);
  const account_id carol = home.person("carol");
  BOOST_TEST(home.say(home.chat({carol, life.bob}), carol, "hi").position == last + 1);
}

void the_writers_memory_of_names_follows(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const account_id carol = home.person("carol");
  const chat_id chat = home.chat({alice, bob, carol});
  home.say(chat, bob, "before");  // the chat is in memory now
  must(home.change(delete_account{alice, 7'777}));
  const std::string name = name_now(home, alice);
  const auto stored = must(home.send(nth_message(1), chat, bob, "after"));
  BOOST_TEST(stored.stored.seq == 2U);
  BOOST_TEST(stored.chat->members[0].name == name);
  BOOST_TEST(stored.chat->members[1].name == "bob");
  BOOST_TEST(must(home.mark(chat, carol, 2, 2)).chat->members[0].name == name);
  // Whoever left says nothing more, even with a session that does not know it yet.
  BOOST_TEST(code_of(home.send(nth_message(2), chat, alice, "ghost")) == errc::no_such_account);
  BOOST_TEST(code_of(home.change(message_change(new_broadcast{nth_message(3), alice, "ghost"}))) ==
             errc::no_such_account);
}

void nobody_talks_to_who_is_gone(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const account_id carol = home.person("carol");
  const chat_id two = home.chat({alice, bob});
  const chat_id three = home.chat({alice, bob, carol});
  const chat_id notes = home.chat({alice});
  const auto last = must(home.send(nth_message(1), two, bob, "last words"));
  must(home.change(delete_account{alice, 7'777}));
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(code_of(home.send(nth_message(2), two, bob, "alice?")) == errc::no_such_account);
    BOOST_TEST(code_of(home.send(nth_message(2), notes, alice, "x")) == errc::no_such_account);
    // The answer to the last words was lost: they are acknowledged all the same.
    const auto again = must(home.send(nth_message(1), two, bob, "last words"));
    BOOST_TEST(again.repeated);
    BOOST_TEST((again.stored == last.stored));
    BOOST_TEST(code_of(home.send(nth_message(1), two, alice, "x")) == errc::id_conflict);
    must(home.mark(two, bob, 1, 1));
    home.reopen();
  }
  home.say(three, bob, "carol is here");
  must(home.change(delete_account{carol, 7'778}));
  BOOST_TEST(code_of(home.send(nth_message(3), three, bob, "?")) == errc::no_such_account);
  // No seq was used up by all that.
  BOOST_TEST(must(home.reads->chat(two, bob)).last_seq == 1U);
  BOOST_TEST(must(home.reads->chat(three, bob)).last_seq == 1U);

  // An old chat can still be opened, a new one not begun.
  must(home.change(message_change(create_chat{two, {alice, bob}})));
  BOOST_TEST(code_of(home.change(message_change(create_chat{nth_chat(90), {alice, bob}}))) ==
             errc::no_such_account);
  BOOST_TEST(code_of(home.change(message_change(create_chat{nth_chat(90), {alice}}))) ==
             errc::no_such_account);
}

void name_and_address_are_free_but_the_id_is_not(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  create_account again = registration(1, "alice");
  must(home.change(delete_account{alice, 7'777}));
  BOOST_TEST(code_of(home.change(again)) == errc::id_conflict);
  again.account.stored_auth_key.clear();  // what is left of the first has none
  BOOST_TEST(code_of(home.change(again)) == errc::id_conflict);
  create_account other = registration(50, "alice");
  must(home.change(other));
  home.reopen();
  BOOST_TEST((must(home.reads->account_by_name("alice"))->id == nth_account(50)));
  BOOST_TEST((must(home.reads->facts_for("alice", "net")).account->id == nth_account(50)));
  BOOST_TEST(is_unknown(name_now(home, alice)));
}

void no_change_reaches_who_is_gone(const database_maker& make) {
  household home(make);
  full_life life{home};
  life.live();
  const auto [_, alice, bob, chat, notes] = life;
  must(home.change(delete_account{alice, 7'777}));
  const account_record left = *must(home.reads->account_by_id(alice));
  const std::vector<account_change> changes = {
      log_in({nth_device(10), alice, "phone", "192.0.2.7", "token", 600, 600}),
      put_contact{alice, bob},
      put_contact{bob, alice},
      touch{alice, {}, 9'000},
      unlock_account_now{alice},
      set_closed{alice, true},
      set_code{alice, {code_purpose::unlock, "code", 9'000, {}, {}}, {letter(9)}},
      confirm_email_by_code{alice, "code", "", 1},
      same_password(alice, {letter(9)}),
      redeem_premium_code{alice, "premium", 1},
      set_premium{alice, true},
      delete_account{alice, 9'000},
  };
  for (const auto& result : must(home.accounts->commit(changes))) {
    BOOST_TEST(code_of(result) == errc::no_such_account);
  }
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "code", 1})) == errc::code_wrong);
  reset_password_by_code reset{};
  reset.account = alice;
  reset.stored_code = "code";
  reset.device = {nth_device(10), alice, "phone", "", "token", 1, 1};
  BOOST_TEST(code_of(home.change(reset)) == errc::code_wrong);
  must(home.change(remove_all_devices{alice}));
  // A lock of her old name warns nobody.
  count_failure failed{"alice", "net", 600, {1, 60'000}, {}, alice, {}, letter(9)};
  BOOST_TEST(must(home.change(failed)).mails_queued == 0U);
  BOOST_TEST((*must(home.reads->account_by_id(alice)) == left));
  BOOST_TEST(home.waiting().size() == 1U);
  BOOST_TEST(code_of(home.change(delete_account{nth_account(99), 1})) == errc::no_such_account);
}

void many_may_go(const database_maker& make) {
  household home(make);
  std::vector<account_change> changes;
  for (std::uint64_t i = 1; i <= 200; ++i) {
    create_account wanted = registration(i, "person" + std::to_string(i));
    wanted.mails = {letter(i, "welcome")};
    changes.emplace_back(std::move(wanted));
    changes.emplace_back(delete_account{nth_account(i), 1'000 + i});
  }
  // Their ids end alike: the unknown need names of their own all the same.
  for (std::uint64_t i = 1; i <= 20; ++i) {
    create_account alike = registration(i, "alike" + std::to_string(i));
    alike.account.id.octets[1] = 1;
    alike.device.account = alike.account.id;
    alike.device.id = nth_device(1'000 + i);
    changes.emplace_back(alike);
    changes.emplace_back(delete_account{alike.account.id, 2'000 + i});
  }
  for (const auto& result : must(home.accounts->commit(changes))) must(result);
  BOOST_TEST(home.waiting().empty());
  std::vector<std::string> names;
  for (std::uint64_t i = 1; i <= 200; ++i) names.push_back(name_now(home, nth_account(i)));
  for (std::uint64_t i = 1; i <= 20; ++i) {
    account_id alike = nth_account(i);
    alike.octets[1] = 1;
    names.push_back(name_now(home, alike));
  }
  std::sort(names.begin(), names.end());
  BOOST_TEST((std::adjacent_find(names.begin(), names.end()) == names.end()));
  BOOST_TEST(std::all_of(names.begin(), names.end(), is_unknown));
}

}  // namespace

std::vector<contract_case> farewell_cases() {
  return {
      {"all_that_was_hers_goes", all_that_was_hers_goes},
      {"nobody_finds_her", nobody_finds_her},
      {"what_she_said_to_others_stays", what_she_said_to_others_stays},
      {"her_notes_are_emptied", her_notes_are_emptied},
      {"the_writers_memory_of_names_follows", the_writers_memory_of_names_follows},
      {"nobody_talks_to_who_is_gone", nobody_talks_to_who_is_gone},
      {"name_and_address_are_free_but_the_id_is_not", name_and_address_are_free_but_the_id_is_not},
      {"no_change_reaches_who_is_gone", no_change_reaches_who_is_gone},
      {"many_may_go", many_may_go},
  };
}

}  // namespace uod::storage::contract
