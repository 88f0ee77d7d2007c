#include <boost/test/unit_test.hpp>

#include "protocol/sealing/chat_key.hpp"
#include "protocol/sealing/sealed_identity.hpp"
#include "tests/actors/street.hpp"

using namespace uod;
using namespace uod::tests;

/// Identities and chat keys at the server: who may put and see which.
namespace {

/// Made once a program: a key takes its time.
const identity_private& key_of(const std::string& name) {
  static std::map<std::string, identity_private> keys;
  const auto found = keys.find(name);
  if (found != keys.end()) return found->second;
  return keys.emplace(name, make_identity().value()).first->second;
}

bytes print_of(const std::string& key) {
  return bytes{key_of(key).public_half().fingerprint().view()};
}

/// Somebody's identity, under the password that `arrive` gives to a name.
put_identity identity(const std::string& name, const std::string& key) {
  return {bytes(auth_key_octets, name[0]), key_of(key).public_half().octets(),
          "by " + key + "'s password", "by " + key + "'s code"};
}

/// Alice and Bob have identities and a chat; Mallory has one too.
struct sealed_street : street {
  household::visitor alice = house.arrive("alice");
  household::visitor bob = house.arrive("bob");
  household::visitor mallory = house.arrive("mallory");
  chat_id chat;

  explicit sealed_street(server_config config = without_rates()) : street(std::move(config)) {
    for (auto* who : {&alice, &bob, &mallory}) {
      const auto& name = who->out->answer<logged_in>(2)->account.name;
      BOOST_REQUIRE(is_done(*who, identity(name, name)));
    }
    chat = house.chat_of(alice, "bob");
  }

  bool is_done(household::visitor& who, client_body asked) {
    return who.out->answer<done>(house.ask(who, std::move(asked))) != nullptr;
  }
  std::optional<errc> refusal(household::visitor& who, client_body asked) {
    return who.out->refusal(house.ask(who, std::move(asked)));
  }
  identity_shown own(household::visitor& who) {
    return *who.out->answer<identity_shown>(house.ask(who, get_identity{}));
  }
  std::vector<bytes> records(household::visitor& who, std::vector<epoch_id> epochs) {
    return who.out->answer<chat_keys>(house.ask(who, fetch_chat_keys{chat, std::move(epochs)}))
        ->records;
  }
  static account_id id_of(const household::visitor& who) {
    return who.out->answer<logged_in>(2)->account.id;
  }
  static chat_member member_of(const household::visitor& who) {
    const auto& account = who.out->answer<logged_in>(2)->account;
    return {account.id, key_of(account.name).public_half()};
  }
  static epoch_id epoch(std::uint8_t number) { return epoch_id(numbered(number)); }

  /// A key that somebody's device makes.
  static bytes record(std::uint8_t number, const chat_id& where, const household::visitor& maker,
                      const std::vector<chat_member>& members) {
    const auto& name = maker.out->answer<logged_in>(2)->account.name;
    const chat_key_about about{where, epoch(number), id_of(maker), 1'000, {}, 0};
    return make_chat_key(about, members, key_of(name)).value().record;
  }
  bytes alices_record(std::uint8_t number) {
    return record(number, chat, alice, {member_of(alice), member_of(bob)});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sealing_stories, sealed_street)

// ----------------------------------------------------------------------------------- identities

BOOST_AUTO_TEST_CASE(what_is_sealed_of_an_identity_has_a_bound) {
  auto asked = identity("alice", "alice");
  asked.sealed_by_recovery = bytes(sealed_identity_octets_max + 1, 'x');
  BOOST_TEST((refusal(alice, asked) == errc::too_large));
  asked.sealed_by_recovery = asked.sealed_by_password;
  asked.sealed_by_password = bytes(sealed_identity_octets_max + 1, 'x');
  BOOST_TEST((refusal(alice, asked) == errc::too_large));
}

BOOST_AUTO_TEST_CASE(a_new_device_gets_what_alice_has_sealed) {
  auto carol = house.arrive("carol");
  BOOST_TEST((own(carol) == identity_shown{}));
  BOOST_TEST(is_done(carol, identity("carol", "alice")));  // a key may be shared
  auto tablet = house.greet();
  BOOST_TEST((refusal(tablet, get_identity{}) == errc::not_logged_in));
  house.log_in_as(tablet, "alice", true, "tablet");
  const identity_shown hers{key_of("alice").public_half().octets(), "by alice's password",
                            "by alice's code"};
  BOOST_TEST((own(tablet) == hers));
  BOOST_TEST((own(carol) == hers));
}

BOOST_AUTO_TEST_CASE(bob_finds_the_key_to_seal_for) {
  const auto find = [&](const account_id& whose, const bytes& print) {
    return house.ask(bob, find_identity{whose, print});
  };
  const identity_found hers{id_of(alice), "alice", key_of("alice").public_half().octets()};
  for (const bytes& print : {bytes{}, print_of("alice")}) {
    BOOST_TEST((*bob.out->answer<identity_found>(find(id_of(alice), print)) == hers));
  }
  BOOST_TEST((bob.out->refusal(find(id_of(alice), print_of("mallory"))) == errc::identity_missing));
  auto carol = house.arrive("carol");
  BOOST_TEST((bob.out->refusal(find(id_of(carol), {})) == errc::identity_missing));
  BOOST_TEST((bob.out->refusal(find(account_id(numbered(250)), {})) == errc::no_such_account));
}

BOOST_AUTO_TEST_CASE(an_identity_takes_the_password) {
  auto wrong = identity("alice", "mallory");
  wrong.auth_key = bytes(auth_key_octets, 'm');
  for (int i = 0; i < 4; ++i) {
    BOOST_TEST((refusal(alice, wrong) == errc::wrong_credentials));
  }
  // Counted like any other: the fifth locks, and then the right one does not help either.
  BOOST_TEST((refusal(alice, wrong) == errc::account_locked));
  BOOST_TEST((refusal(alice, identity("alice", "mallory")) == errc::account_locked));
  BOOST_TEST(own(alice).public_key == key_of("alice").public_half().octets());
}

BOOST_AUTO_TEST_CASE(what_is_no_public_key_is_refused) {
  auto none = identity("alice", "alice");
  none.public_key[0] = 0;
  BOOST_TEST((refusal(alice, none) == errc::malformed));
  auto unsealed = identity("alice", "mallory");
  unsealed.sealed_by_password.clear();
  BOOST_TEST((refusal(alice, unsealed) == errc::malformed));
  BOOST_TEST(own(alice).public_key == key_of("alice").public_half().octets());
  BOOST_TEST(house.letters("alice", "identity key").empty());
}

BOOST_AUTO_TEST_CASE(a_replaced_identity_is_told_to_its_owner_and_seen_by_others) {
  house.ask(bob, add_contact{"alice"});
  auto anew = identity("alice", "alice");
  anew.sealed_by_recovery = "by a new code";
  BOOST_TEST(is_done(alice, anew));
  BOOST_TEST(house.letters("alice", "identity key").empty());
  BOOST_TEST(is_done(alice, identity("alice", "another")));
  const auto told = house.letters("alice", "identity key");
  BOOST_REQUIRE(told.size() == 1U);
  BOOST_TEST(told[0].text.find("198.51.100.7") != std::string::npos);
  BOOST_TEST(own(alice).sealed_by_password == "by another's password");

  const auto opened = bob.out->answer<chat_opened>(house.ask(bob, open_chat{"alice"}))->chat;
  for (const auto& each : opened.members) {
    BOOST_TEST(each.identity == print_of(each.name == "alice" ? "another" : "bob"));
  }
  const auto listed = house.ask(bob, list_contacts{});
  BOOST_TEST(bob.out->answer<contacts_listed>(listed)->contacts.at(0).identity ==
             print_of("another"));
  const auto former = house.ask(bob, find_identity{id_of(alice), print_of("alice")});
  BOOST_TEST(bob.out->answer<identity_found>(former)->public_key ==
             key_of("alice").public_half().octets());
}

BOOST_AUTO_TEST_CASE(who_is_told_of_a_chat_is_told_its_identities) {
  house.ask(bob, subscribe{});
  house.say(alice, chat, "hello");
  auto tablet = house.greet();
  house.log_in_as(tablet, "bob", true, "tablet");
  BOOST_TEST(is_done(alice, identity("alice", "another")));
  house.ask(tablet, subscribe{});
  house.say(alice, chat, "it is me");
  const auto identity_in = [](const messages_arrived& event) {
    return event.chats.at(0).members.at(0).identity;
  };
  BOOST_TEST(identity_in(bob.out->events<messages_arrived>().front()) == print_of("alice"));
  BOOST_TEST(identity_in(tablet.out->events<messages_arrived>().front()) == print_of("another"));
}

BOOST_AUTO_TEST_CASE(an_added_contact_comes_with_its_identity) {
  const auto* added = bob.out->answer<contact_added>(house.ask(bob, add_contact{"alice"}));
  BOOST_REQUIRE(added != nullptr);
  BOOST_TEST(added->added.identity == print_of("alice"));
}

// ------------------------------------------------------------------------------------ passwords

BOOST_AUTO_TEST_CASE(a_new_password_comes_with_what_it_seals) {
  change_password wanted{bytes(auth_key_octets, 'a'),
                         bytes(salt_octets, 'm'),
                         argon2_default,
                         bytes(auth_key_octets, 'N'),
                         false,
                         bytes(token_octets, 'T'),
                         {}};
  BOOST_TEST((refusal(alice, wanted) == errc::malformed));
  BOOST_TEST(!log_in_from("alice", "198.51.100.7").has_value());  // the old one is in force
  wanted.sealed_by_password = "by the new password";
  BOOST_TEST(is_done(alice, wanted));
  BOOST_TEST((log_in_from("alice", "198.51.100.7") == errc::wrong_credentials));
  BOOST_TEST((own(alice) == identity_shown{key_of("alice").public_half().octets(),
                                           "by the new password", "by alice's code"}));
}

BOOST_AUTO_TEST_CASE(a_reset_password_opens_nothing_until_alice_seals_anew) {
  confirm(alice, "alice");
  auto elsewhere = house.greet("192.0.2.44");
  BOOST_TEST(is_done(elsewhere, forgot_password{"alice"}));
  const auto code = code_in(house.letters("alice", "code for a new password").at(0).text);
  BOOST_REQUIRE(elsewhere.out->answer<logged_in>(house.ask(elsewhere, reset_with("alice", code))) !=
                nullptr);
  BOOST_TEST((own(elsewhere) ==
              identity_shown{key_of("alice").public_half().octets(), "", "by alice's code"}));
  auto anew = identity("alice", "alice");
  BOOST_TEST((refusal(elsewhere, anew) == errc::wrong_credentials));
  anew.auth_key = bytes(auth_key_octets, 'N');
  BOOST_TEST(is_done(elsewhere, anew));
  BOOST_TEST(own(elsewhere).sealed_by_password == "by alice's password");
  BOOST_TEST(house.letters("alice", "identity key").empty());
}

// ------------------------------------------------------------------------------------ chat keys

BOOST_AUTO_TEST_CASE(bob_fetches_and_opens_alices_key) {
  const bytes made = alices_record(1);
  BOOST_TEST(is_done(alice, put_chat_key{made}));
  BOOST_TEST(is_done(alice, put_chat_key{made}));  // the answer was lost
  BOOST_TEST((refusal(alice, put_chat_key{alices_record(1)}) == errc::id_conflict));
  const bytes bobs = record(2, chat, bob, {member_of(alice), member_of(bob)});
  BOOST_TEST(is_done(bob, put_chat_key{bobs}));
  for (auto* who : {&alice, &bob}) {
    BOOST_TEST((records(*who, {epoch(2), epoch(9), epoch(1)}) == std::vector{bobs, made}));
  }
  const auto read = parse_chat_key(records(bob, {epoch(1)}).at(0)).value();
  BOOST_TEST(verify_chat_key(read, key_of("alice").public_half()).has_value());
  BOOST_TEST(open_chat_key(read, id_of(bob), key_of("bob")).has_value());
}

BOOST_AUTO_TEST_CASE(mallory_gets_no_key_and_places_none) {
  const bytes made = alices_record(1);
  BOOST_TEST((refusal(mallory, put_chat_key{made}) == errc::not_allowed));
  const auto all = {member_of(alice), member_of(bob), member_of(mallory)};
  BOOST_TEST((refusal(mallory, put_chat_key{record(2, chat, mallory, all)}) == errc::no_such_chat));
  BOOST_TEST((refusal(alice, put_chat_key{record(2, chat, alice, all)}) == errc::not_allowed));
  BOOST_TEST((refusal(alice, put_chat_key{record(2, chat, alice, {member_of(alice)})}) ==
              errc::not_allowed));
  BOOST_TEST(is_done(alice, put_chat_key{made}));
  BOOST_TEST((refusal(mallory, fetch_chat_keys{chat, {epoch(1)}}) == errc::no_such_chat));
  BOOST_TEST((refusal(mallory, fetch_chat_keys{chat_id(numbered(250)), {epoch(1)}}) ==
              errc::no_such_chat));
  BOOST_TEST(records(bob, {epoch(2)}).empty());
  auto stranger = house.greet();
  BOOST_TEST((refusal(stranger, fetch_chat_keys{chat, {epoch(1)}}) == errc::not_logged_in));
  BOOST_TEST((refusal(stranger, put_chat_key{made}) == errc::not_logged_in));
}

BOOST_AUTO_TEST_CASE(a_damaged_record_is_none) {
  bytes cut = alices_record(1);
  cut.pop_back();
  BOOST_TEST((refusal(alice, put_chat_key{cut}) == errc::malformed));
  BOOST_TEST((refusal(alice, put_chat_key{{}}) == errc::malformed));
  BOOST_TEST(records(alice, {epoch(1)}).empty());
}

BOOST_AUTO_TEST_CASE(a_key_is_for_the_identities_that_are) {
  const bytes before = alices_record(1);
  BOOST_TEST(is_done(bob, identity("bob", "another")));
  BOOST_TEST((refusal(alice, put_chat_key{before}) == errc::identity_changed));
  const chat_member now{id_of(bob), key_of("another").public_half()};
  BOOST_TEST(is_done(alice, put_chat_key{record(1, chat, alice, {member_of(alice), now})}));
  auto carol = house.arrive("carol");
  const auto with_carol = house.chat_of(alice, "carol");
  BOOST_TEST((refusal(alice, put_chat_key{record(2, with_carol, alice,
                                                 {member_of(alice), member_of(carol)})}) ==
              errc::identity_missing));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(chat_keys_have_a_rate_of_their_own) {
  auto config = street::without_rates();
  config.rates.chat_key_account = per_minute(2, 1);
  sealed_street slow(config);
  for (std::uint8_t number = 1; number <= 2; ++number) {
    BOOST_TEST(slow.is_done(slow.alice, put_chat_key{slow.alices_record(number)}));
  }
  const bytes third = slow.alices_record(3);
  const auto request = slow.house.ask(slow.alice, put_chat_key{third});
  const auto* refused = slow.alice.out->answer<failure>(request);
  BOOST_REQUIRE(refused != nullptr);
  BOOST_TEST((refused->reason.code == errc::rate_limited));
  BOOST_TEST(refused->reason.retry_after_ms == minute_ms);
  const auto bobs =
      slow.record(4, slow.chat, slow.bob, {slow.member_of(slow.alice), slow.member_of(slow.bob)});
  BOOST_TEST(slow.is_done(slow.bob, put_chat_key{bobs}));
  slow.house.pass(minute_ms);
  BOOST_TEST(slow.is_done(slow.alice, put_chat_key{third}));
}
