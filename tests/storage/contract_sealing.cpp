#include "tests/storage/household.hpp"

/// Identities and chat keys. To the store both are octets.
namespace uod::storage::contract {
namespace {

bytes fingerprint_of(char key) { return bytes(32, key); }
bytes public_key_of(char key) { return "public " + bytes(1, key); }

/// Somebody's nth key, named by a letter, with what seals it.
set_identity identity(const account_id& account, char key, std::uint64_t number = 1) {
  set_identity wanted;
  wanted.account = account;
  wanted.expected_auth_key = first_key_of(account);
  wanted.fingerprint = fingerprint_of(key);
  wanted.public_key = public_key_of(key);
  wanted.sealed_by_password = bytes("\0pass ", 6) + bytes(1, key);
  wanted.sealed_by_recovery = bytes("\0code ", 6) + bytes(1, key);
  wanted.now_ms = 2'000;
  wanted.mails = {letter(number, "identity replaced")};
  return wanted;
}

epoch_id nth_epoch(std::uint64_t number) { return epoch_id(counted_id(9, number)); }

/// The same as a record would say it: who made it for whom, under which keys.
add_chat_key chat_key(std::uint64_t epoch, const chat_id& chat, const account_id& maker,
                      std::vector<chat_key_holder> holders) {
  add_chat_key wanted;
  wanted.epoch = nth_epoch(epoch);
  wanted.chat = chat;
  wanted.maker = maker;
  wanted.holders = std::move(holders);
  wanted.record = "record " + std::to_string(epoch);
  wanted.now_ms = 3'000;
  return wanted;
}

/// Alice and bob with an identity each ('a', 'b') and a chat; mallory has one too ('m').
struct sealed_house {
  explicit sealed_house(const database_maker& make) : home(make) {
    must(home.change(identity(alice, 'a')));
    must(home.change(identity(bob, 'b')));
    must(home.change(identity(mallory, 'm')));
  }

  [[nodiscard]] std::vector<chat_key_holder> both() const {
    return {{alice, fingerprint_of('a')}, {bob, fingerprint_of('b')}};
  }
  std::vector<bytes> keys(const account_id& viewer, std::vector<epoch_id> epochs) {
    return must(home.reads->chat_keys(viewer, {chat, std::move(epochs)}));
  }

  household home;
  account_id alice = home.person("alice");
  account_id bob = home.person("bob");
  account_id mallory = home.person("mallory");
  chat_id chat = home.chat({alice, bob});
};

void an_identity_is_kept_for_its_owner_and_shown_to_others(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  BOOST_TEST((must(home.reads->own_identity(alice)) == identity_shown{}));
  BOOST_TEST(code_of(home.reads->identity({alice, {}})) == errc::identity_missing);
  const auto put = must(home.change(identity(alice, 'a')));
  BOOST_TEST(!put.identity_replaced);
  BOOST_TEST(put.mails_queued == 0U);  // nothing was replaced
  const chat_id chat = home.chat({alice, bob});
  must(home.change(put_contact{bob, alice}));
  must(home.change(put_contact{alice, bob}));
  home.say(chat, bob, "hello");
  for (int i = 0; i < 2; ++i) {
    const identity_shown own{public_key_of('a'), bytes("\0pass a", 7), bytes("\0code a", 7)};
    BOOST_TEST((must(home.reads->own_identity(alice)) == own));
    BOOST_TEST((must(home.reads->own_identity(bob)) == identity_shown{}));
    const identity_found found{alice, "alice", public_key_of('a')};
    BOOST_TEST((must(home.reads->identity({alice, {}})) == found));
    BOOST_TEST((must(home.reads->identity({alice, fingerprint_of('a')})) == found));
    BOOST_TEST(code_of(home.reads->identity({alice, fingerprint_of('x')})) ==
               errc::identity_missing);
    BOOST_TEST(code_of(home.reads->identity({bob, fingerprint_of('a')})) == errc::identity_missing);
    BOOST_TEST(code_of(home.reads->identity({nth_account(99), {}})) == errc::no_such_account);
    for (const auto& members :
         {must(home.reads->chat(chat, bob)).members,
          must(home.reads->chats(bob, "", 10)).chats[0].members,
          must(home.reads->feed(bob, 0, 10, no_byte_bound)).chats[0]->members}) {
      BOOST_TEST(members[0].identity == fingerprint_of('a'));
      BOOST_TEST(members[1].identity == "");
    }
    BOOST_TEST(must(home.reads->contacts(bob, "", 10)).contacts[0].identity == fingerprint_of('a'));
    BOOST_TEST(must(home.reads->mutual_contacts(alice))[0].identity == "");
    home.reopen();
  }
}

void the_same_key_is_sealed_anew(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(identity(alice, 'a')));
  set_identity again = identity(alice, 'a');
  again.sealed_by_password = "anew";
  again.sealed_by_recovery.clear();
  const auto put = must(home.change(again));
  BOOST_TEST(!put.identity_replaced);
  BOOST_TEST(put.mails_queued == 0U);
  home.reopen();
  BOOST_TEST(
      (must(home.reads->own_identity(alice)) == identity_shown{public_key_of('a'), "anew", ""}));
}

void a_replaced_key_is_still_found(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(identity(alice, 'a')));
  const auto put = must(home.change(identity(alice, 'b', 1)));
  BOOST_TEST(put.identity_replaced);
  BOOST_TEST(put.mails_queued == 1U);
  BOOST_TEST(home.waiting()[0].mail.kind == "identity replaced");
  home.reopen();
  BOOST_TEST(must(home.reads->identity({alice, {}})).public_key == public_key_of('b'));
  BOOST_TEST(must(home.reads->identity({alice, fingerprint_of('a')})).public_key ==
             public_key_of('a'));
  // Back to the first one: also that is another one.
  BOOST_TEST(must(home.change(identity(alice, 'a', 2))).identity_replaced);
  BOOST_TEST(must(home.reads->identity({alice, {}})).public_key == public_key_of('a'));
  BOOST_TEST(home.waiting().size() == 2U);
}

void an_account_has_so_many_keys(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  std::vector<account_change> changes;
  for (std::size_t i = 0; i <= identities_per_account_max; ++i) {
    set_identity next = identity(alice, static_cast<char>(i));
    next.mails.clear();
    changes.emplace_back(std::move(next));
  }
  const auto results = must(home.accounts->commit(changes));
  for (std::size_t i = 0; i < identities_per_account_max; ++i) must(results[i]);
  BOOST_TEST(code_of(results.back()) == errc::too_large);
  BOOST_TEST(must(home.reads->identity({alice, {}})).public_key ==
             public_key_of(static_cast<char>(identities_per_account_max - 1)));
  must(home.change(identity(alice, 0)));  // one of those that are there
  BOOST_TEST(must(home.reads->identity({alice, {}})).public_key == public_key_of(0));
}

void only_the_present_password_changes_an_identity(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(identity(alice, 'a')));
  set_identity late = identity(alice, 'm');
  late.expected_auth_key = "an earlier one";
  BOOST_TEST(code_of(home.change(late)) == errc::wrong_credentials);
  must(home.change(set_closed{alice, true}));
  BOOST_TEST(code_of(home.change(identity(alice, 'm'))) == errc::account_closed);
  BOOST_TEST(code_of(home.change(identity(nth_account(99), 'm'))) == errc::no_such_account);
  BOOST_TEST(must(home.reads->own_identity(alice)).public_key == public_key_of('a'));
  BOOST_TEST(home.waiting().empty());
}

void several_accounts_may_share_a_key(const database_maker& make) {
  household home(make);
  const account_id one = home.person("one");
  const account_id two = home.person("two");
  must(home.change(identity(one, 'a')));
  must(home.change(identity(two, 'a')));
  BOOST_TEST(must(home.reads->identity({two, {}})).public_key == public_key_of('a'));
  must(home.change(identity(two, 'b')));
  BOOST_TEST(must(home.reads->identity({one, {}})).public_key == public_key_of('a'));
}

void a_new_password_brings_what_it_seals(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  replace_password change = same_password(alice, {});
  change.sealed_by_password = "of no identity";
  must(home.change(change));
  BOOST_TEST((must(home.reads->own_identity(alice)) == identity_shown{}));
  must(home.change(identity(alice, 'a')));

  change.sealed_by_password.clear();
  change.stored_auth_key = "new key";
  change.stored_token = "new token";
  BOOST_TEST(code_of(home.change(change)) == errc::malformed);
  BOOST_TEST(must(home.reads->account_by_id(alice))->stored_auth_key == first_key_of(alice));
  BOOST_TEST(must(home.reads->device(first_device_of(alice)))->stored_token != "new token");
  change.sealed_by_password = "by the new one";
  must(home.change(change));
  home.reopen();
  BOOST_TEST((must(home.reads->own_identity(alice)) ==
              identity_shown{public_key_of('a'), "by the new one", bytes("\0code a", 7)}));
}

void a_reset_password_opens_nothing(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(identity(alice, 'a')));
  must(home.change(
      set_code{alice, {code_purpose::reset_password, "code", 9'000, {}, {}}, {letter(1)}}));
  reset_password_by_code reset;
  reset.account = alice;
  reset.stored_code = "code";
  reset.stored_auth_key = "new key";
  reset.device = {nth_device(20), alice, "phone", "198.51.100.1", "token", 600, 600};
  reset.seen = {"198.51.100.0/24", "phone", 600};
  reset_password_by_code wrong = reset;
  wrong.stored_code = "guess";
  BOOST_TEST(code_of(home.change(wrong)) == errc::code_wrong);
  BOOST_TEST(must(home.reads->own_identity(alice)).sealed_by_password != "");
  must(home.change(reset));
  home.reopen();
  BOOST_TEST((must(home.reads->own_identity(alice)) ==
              identity_shown{public_key_of('a'), "", bytes("\0code a", 7)}));
  // She has the private half all the same, and seals it anew; then the answer to the reset comes
  // to be lost, and the reset is sent again.
  set_identity anew = identity(alice, 'a');
  anew.expected_auth_key = "new key";
  must(home.change(anew));
  must(home.change(reset));
  BOOST_TEST(must(home.reads->own_identity(alice)).sealed_by_password == bytes("\0pass a", 7));
}

void the_writers_memory_of_identities_follows(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id chat = home.chat({alice, bob});
  home.say(chat, bob, "before");  // the chat is in memory now
  for (const char key : {'a', 'b'}) {
    must(home.change(identity(alice, key)));
    const auto stored =
        must(home.send(nth_message(static_cast<std::uint64_t>(key)), chat, bob, "x"));
    BOOST_TEST(stored.chat->members[0].identity == fingerprint_of(key));
  }
  BOOST_TEST(must(home.mark(chat, alice, 2, 2)).delivered_seq == 2U);
  // So many that they are not kept one by one.
  for (int i = 0; i < 1'001; ++i) must(home.change(identity(alice, i % 2 == 0 ? 'c' : 'd')));
  const auto stored = must(home.send(nth_message(1), chat, bob, "after"));
  BOOST_TEST(stored.chat->members[0].identity == fingerprint_of('c'));
  BOOST_TEST(stored.stored.seq == 4U);
  BOOST_TEST(must(home.reads->chat(chat, bob)).members[0].read_seq == 2U);
}

void a_chat_key_is_fetched_by_the_members(const database_maker& make) {
  sealed_house at(make);
  auto& home = at.home;
  must(home.change(chat_key(1, at.chat, at.alice, at.both())));
  must(home.change(chat_key(2, at.chat, at.bob, at.both())));
  const chat_id other = home.chat({at.alice, at.mallory});
  must(home.change(chat_key(3, other, at.mallory,
                            {{at.mallory, fingerprint_of('m')}, {at.alice, fingerprint_of('a')}})));
  for (int i = 0; i < 2; ++i) {
    for (const account_id& member : {at.alice, at.bob}) {
      BOOST_TEST(at.keys(member, {nth_epoch(2), nth_epoch(9), nth_epoch(1), nth_epoch(3)}) ==
                     (std::vector<bytes>{"record 2", "record 1"}),
                 boost::test_tools::per_element());
      BOOST_TEST(at.keys(member, {}).empty());
    }
    BOOST_TEST(code_of(home.reads->chat_keys(at.mallory, {at.chat, {nth_epoch(1)}})) ==
               errc::no_such_chat);
    BOOST_TEST(code_of(home.reads->chat_keys(at.alice, {nth_chat(99), {nth_epoch(1)}})) ==
               errc::no_such_chat);
    home.reopen();
  }
}

void a_chat_key_is_for_exactly_the_members(const database_maker& make) {
  sealed_house at(make);
  auto& home = at.home;
  const auto refused = [&](const add_chat_key& wanted, errc why) {
    BOOST_TEST(code_of(home.change(wanted)) == why);
    BOOST_TEST(at.keys(at.alice, {wanted.epoch}).empty());
  };
  const chat_key_holder alice{at.alice, fingerprint_of('a')};
  const chat_key_holder bob{at.bob, fingerprint_of('b')};
  const chat_key_holder mallory{at.mallory, fingerprint_of('m')};
  refused(chat_key(1, at.chat, at.alice, {alice}), errc::not_allowed);
  refused(chat_key(1, at.chat, at.alice, {alice, bob, mallory}), errc::not_allowed);
  refused(chat_key(1, at.chat, at.alice, {alice, mallory}), errc::not_allowed);
  refused(chat_key(1, at.chat, at.mallory, {alice, bob}), errc::no_such_chat);
  refused(chat_key(1, nth_chat(99), at.alice, {alice}), errc::no_such_chat);
  refused(chat_key(1, at.chat, nth_account(99), {alice, bob}), errc::no_such_chat);
  refused(chat_key(1, at.chat, at.alice, {alice, {at.bob, fingerprint_of('x')}}),
          errc::identity_changed);
  const account_id carol = home.person("carol");
  const chat_id with_carol = home.chat({at.alice, carol});
  refused(chat_key(1, with_carol, at.alice, {alice, {carol, fingerprint_of('c')}}),
          errc::identity_missing);
  refused(chat_key(1, with_carol, at.alice, {alice, {carol, {}}}), errc::identity_missing);
  must(home.change(chat_key(1, at.chat, at.alice, {bob, alice})));
}

void a_chat_key_is_stored_once(const database_maker& make) {
  sealed_house at(make);
  auto& home = at.home;
  const auto first = chat_key(1, at.chat, at.alice, at.both());
  must(home.change(first));
  must(home.change(first));  // the answer was lost
  auto other = first;
  other.record = "another";
  BOOST_TEST(code_of(home.change(other)) == errc::id_conflict);
  // Bob has another key by now. The next epoch is for that one; the first is as it was.
  must(home.change(identity(at.bob, 'x')));
  must(home.change(first));
  BOOST_TEST(code_of(home.change(chat_key(2, at.chat, at.alice, at.both()))) ==
             errc::identity_changed);
  home.reopen();
  must(home.change(first));
  BOOST_TEST(at.keys(at.bob, {nth_epoch(1)}) == std::vector<bytes>{"record 1"},
             boost::test_tools::per_element());
  // Nor can mallory take the epoch's place from another chat.
  const chat_id notes = home.chat({at.mallory});
  BOOST_TEST(code_of(home.change(chat_key(
                 1, notes, at.mallory, {{at.mallory, fingerprint_of('m')}}))) == errc::id_conflict);
}

void a_deleted_account_takes_its_identities_along(const database_maker& make) {
  sealed_house at(make);
  auto& home = at.home;
  const chat_id notes = home.chat({at.alice});
  must(home.change(chat_key(1, at.chat, at.alice, at.both())));
  must(home.change(chat_key(2, notes, at.alice, {{at.alice, fingerprint_of('a')}})));
  must(home.change(identity(at.alice, 'z')));
  must(home.change(delete_account{at.alice, 7'777}));
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST((must(home.reads->own_identity(at.alice)) == identity_shown{}));
    for (const bytes& key : {bytes{}, fingerprint_of('a'), fingerprint_of('z')}) {
      BOOST_TEST(code_of(home.reads->identity({at.alice, key})) == errc::no_such_account);
    }
    // Bob still reads what she wrote; nobody reads her notes.
    BOOST_TEST(at.keys(at.bob, {nth_epoch(1)}).size() == 1U);
    BOOST_TEST(must(home.reads->chat_keys(at.alice, {notes, {nth_epoch(2)}})).empty());
    BOOST_TEST(must(home.reads->chat(at.chat, at.bob)).members[0].identity == "");
    home.reopen();
  }
  BOOST_TEST(code_of(home.change(identity(at.alice, 'a'))) == errc::no_such_account);
  BOOST_TEST(code_of(home.change(chat_key(4, at.chat, at.alice, at.both()))) == errc::no_such_chat);
  BOOST_TEST(code_of(home.change(chat_key(4, at.chat, at.bob, at.both()))) == errc::not_allowed);
  must(home.change(chat_key(4, at.chat, at.bob, {{at.bob, fingerprint_of('b')}})));
}

}  // namespace

std::vector<contract_case> sealing_cases() {
  return {
      {"an_identity_is_kept_for_its_owner_and_shown_to_others",
       an_identity_is_kept_for_its_owner_and_shown_to_others},
      {"the_same_key_is_sealed_anew", the_same_key_is_sealed_anew},
      {"a_replaced_key_is_still_found", a_replaced_key_is_still_found},
      {"an_account_has_so_many_keys", an_account_has_so_many_keys},
      {"only_the_present_password_changes_an_identity",
       only_the_present_password_changes_an_identity},
      {"several_accounts_may_share_a_key", several_accounts_may_share_a_key},
      {"a_new_password_brings_what_it_seals", a_new_password_brings_what_it_seals},
      {"a_reset_password_opens_nothing", a_reset_password_opens_nothing},
      {"the_writers_memory_of_identities_follows", the_writers_memory_of_identities_follows},
      {"a_chat_key_is_fetched_by_the_members", a_chat_key_is_fetched_by_the_members},
      {"a_chat_key_is_for_exactly_the_members", a_chat_key_is_for_exactly_the_members},
      {"a_chat_key_is_stored_once", a_chat_key_is_stored_once},
      {"a_deleted_account_takes_its_identities_along",
       a_deleted_account_takes_its_identities_along},
  };
}

}  // namespace uod::storage::contract
