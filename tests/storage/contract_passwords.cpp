#include "tests/storage/household.hpp"

/// Codes that confirm addresses, and passwords.
namespace uod::storage::contract {
namespace {

constexpr std::uint64_t now_ms = 20'000ULL * 86'400'000;
constexpr std::uint64_t later_ms = now_ms + 3'600'000;

/// A code that confirms the address, with its mail.
set_code ask_to_confirm(const account_id& account, const bytes& stored, std::uint64_t number,
                        const std::string& new_email = {}) {
  set_code wanted;
  wanted.account = account;
  const auto purpose = new_email.empty() ? code_purpose::confirm_email : code_purpose::move_email;
  wanted.code = {purpose, stored, later_ms, new_email, new_email};
  wanted.mails = {letter(number, "confirm", now_ms)};
  wanted.mails[0].per_day_max = 3;
  return wanted;
}

set_code forgot_password(const account_id& account, const bytes& stored, std::uint64_t number) {
  set_code wanted;
  wanted.account = account;
  wanted.code = {code_purpose::reset_password, stored, later_ms, {}, {}};
  wanted.mails = {letter(number, "reset", now_ms)};
  return wanted;
}

/// The right code of either purpose, as the authenticator asks: it does not know which.
confirm_email_by_code confirm_by(const account_id& account, const bytes& stored,
                                 std::uint64_t when_ms = now_ms) {
  return {account, stored, stored, when_ms};
}

reset_password_by_code reset(const account_id& account, const bytes& code, const bytes& key,
                             std::uint64_t device) {
  reset_password_by_code wanted;
  wanted.account = account;
  wanted.stored_code = code;
  wanted.salt = "new salt";
  wanted.argon2 = {1'024, 7};
  wanted.stored_auth_key = key;
  wanted.device = {nth_device(device), account, "phone", "198.51.100.1", "token", now_ms, 0};
  wanted.seen = {"198.51.100.0/24", "phone", now_ms};
  wanted.mails = {letter(900, "password changed", now_ms)};
  return wanted;
}

account_record record_of(household& home, const account_id& account) {
  return *must(home.reads->account_by_id(account));
}

void alice_confirms_her_address(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  BOOST_TEST(must(home.change(ask_to_confirm(alice, "code 1", 1))).mails_queued == 1U);
  home.reopen();
  const auto confirm = [&](const bytes& code, std::uint64_t when_ms = now_ms) {
    return home.change(confirm_by(alice, code, when_ms));
  };
  BOOST_TEST(code_of(confirm("code 2")) == errc::code_wrong);
  BOOST_TEST(code_of(confirm("code 1", later_ms)) == errc::code_wrong);
  BOOST_TEST(!record_of(home, alice).email_confirmed);
  must(confirm("code 1"));
  home.reopen();
  BOOST_TEST(record_of(home, alice).email_confirmed);
  BOOST_TEST(record_of(home, alice).email == "alice@Example.org");
  must(confirm("code 1"));  // the answer was lost
  BOOST_TEST(code_of(confirm("code 2")) == errc::code_wrong);
  BOOST_TEST(code_of(home.change(confirm_by(nth_account(99), "code 1"))) == errc::no_such_account);
}

void a_registration_brings_its_code(const database_maker& make) {
  household home(make);
  create_account alice = registration(1, "alice");
  alice.code = account_code{code_purpose::confirm_email, "code 1", later_ms, {}, {}};
  alice.mails = {letter(1, "confirm", now_ms)};
  BOOST_TEST(must(home.change(alice)).mails_queued == 1U);
  alice.mails = {letter(2, "confirm", now_ms)};
  alice.code->stored = "code 2";
  BOOST_TEST(must(home.change(alice)).mails_queued == 0U);  // a retry
  BOOST_TEST(home.waiting().size() == 1U);
  must(home.change(confirm_by(nth_account(1), "code 1")));
  BOOST_TEST(record_of(home, nth_account(1)).email_confirmed);
}

void codes_of_other_purposes_confirm_nothing(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(forgot_password(alice, "code 1", 1)));
  BOOST_TEST(code_of(home.change(confirm_by(alice, "code 1"))) == errc::code_wrong);
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "code 1", now_ms})) == errc::code_wrong);
  must(home.change(ask_to_confirm(alice, "code 2", 2)));
  BOOST_TEST(code_of(home.change(reset(alice, "code 2", "key", 5))) == errc::code_wrong);
  // Tries and codes are each purpose's own.
  must(home.change(reset(alice, "code 1", "key", 5)));
  must(home.change(confirm_by(alice, "code 2")));
}

void enough_mails_a_day_are_enough(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  for (std::uint64_t i = 1; i <= 3; ++i) {
    must(home.change(ask_to_confirm(alice, "code " + std::to_string(i), i)));
  }
  BOOST_TEST(code_of(home.change(ask_to_confirm(alice, "code 4", 4))) == errc::rate_limited);
  home.reopen();
  BOOST_TEST(code_of(home.change(ask_to_confirm(alice, "code 5", 5))) == errc::rate_limited);
  BOOST_TEST(home.waiting().size() == 3U);
  must(home.change(ask_to_confirm(bob, "code 6", 6)));
  // One that did not leave is not good. Those that did all are, until one of them is used.
  BOOST_TEST(code_of(home.change(confirm_by(alice, "code 4"))) == errc::code_wrong);
  must(home.change(confirm_by(alice, "code 2")));
  must(home.change(confirm_by(alice, "code 2")));  // the answer was lost
  for (const char* ended : {"code 1", "code 3"}) {
    BOOST_TEST(code_of(home.change(confirm_by(alice, ended))) == errc::code_wrong);
  }
  set_code tomorrow = ask_to_confirm(alice, "code 7", 7);
  tomorrow.mails[0].written_at_ms += 86'400'000;
  must(home.change(tomorrow));
  BOOST_TEST(code_of(home.change(ask_to_confirm(nth_account(99), "code", 8))) ==
             errc::no_such_account);
}

void alice_moves_to_another_address(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(ask_to_confirm(alice, "code 1", 1, "new@example.org")));
  BOOST_TEST(record_of(home, alice).email == "alice@Example.org");
  must(home.change(confirm_by(alice, "code 1")));
  home.reopen();
  must(home.change(confirm_by(alice, "code 1")));  // the answer was lost
  const account_record moved = record_of(home, alice);
  BOOST_TEST(moved.email == "new@example.org");
  BOOST_TEST(moved.email_key == "new@example.org");
  BOOST_TEST(moved.email_confirmed);
  // The old one is free.
  create_account other = registration(50, "other");
  other.account.email_key = "alice@example.org";
  must(home.change(other));
}

void an_address_is_whose_who_confirms_it(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  // Mallory has registered with an address that is not theirs: that keeps nobody from it.
  create_account mallory = registration(7, "mallory");
  mallory.account.email_key = "bob@example.org";
  must(home.change(mallory));
  const account_id bob = home.person("bob");
  must(home.change(ask_to_confirm(alice, "code", 1, "bob@example.org")));
  must(home.change(ask_to_confirm(mallory.account.id, "mallory's", 2)));
  must(home.change(ask_to_confirm(bob, "bob's", 3)));
  must(home.change(confirm_by(bob, "bob's")));
  home.reopen();
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(code_of(home.change(confirm_by(alice, "code"))) == errc::email_taken);
    BOOST_TEST(code_of(home.change(confirm_by(mallory.account.id, "mallory's"))) ==
               errc::email_taken);
  }
  BOOST_TEST(record_of(home, alice).email_key == "alice@example.org");
  BOOST_TEST(!record_of(home, mallory.account.id).email_confirmed);
  // Now it is taken, for moving there and for registering.
  BOOST_TEST(code_of(home.change(ask_to_confirm(alice, "again", 4, "bob@example.org"))) ==
             errc::email_taken);
  create_account other = registration(50, "other");
  other.account.email_key = "bob@example.org";
  BOOST_TEST(code_of(home.change(other)) == errc::email_taken);
  // Bob himself may write it in another way.
  must(home.change(ask_to_confirm(bob, "in capitals", 5, "bob@example.org")));
  must(home.change(confirm_by(bob, "in capitals")));
  BOOST_TEST(home.waiting().size() == 4U);
}

void of_codes_that_move_the_newest_is_good(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(ask_to_confirm(alice, "code 1", 1, "old@example.org")));
  must(home.change(ask_to_confirm(alice, "code 2", 2, "new@example.org")));
  // Asking to confirm the present one leaves the move as it is.
  must(home.change(ask_to_confirm(alice, "code 3", 3)));
  BOOST_TEST(code_of(home.change(confirm_by(alice, "code 1"))) == errc::code_wrong);
  must(home.change(confirm_by(alice, "code 2")));
  BOOST_TEST(record_of(home, alice).email == "new@example.org");
}

void strangers_do_not_take_the_owners_code_away(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const auto ask = [&](std::uint64_t number) {
    auto wanted = forgot_password(alice, "code " + std::to_string(number), number);
    wanted.code.expires_at_ms = later_ms + number;
    must(home.change(wanted));
  };
  for (std::uint64_t i = 1; i <= codes_per_purpose_max; ++i) ask(i);
  home.reopen();
  ask(codes_per_purpose_max + 1);  // one too many: the oldest ends
  BOOST_TEST(code_of(home.change(reset(alice, "code 1", "key", 20))) == errc::code_wrong);
  must(home.change(reset(alice, "code 2", "key", 20)));
  BOOST_TEST(code_of(home.change(reset(alice, "code 3", "key", 20))) == errc::code_wrong);
}

void the_old_address_has_no_say_any_more(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(forgot_password(alice, "reset", 1)));
  set_code unlock = forgot_password(alice, "unlock", 2);
  unlock.code.purpose = code_purpose::unlock;
  must(home.change(unlock));
  must(home.change(ask_to_confirm(alice, "code", 3, "new@example.org")));
  must(home.change(confirm_by(alice, "code")));
  BOOST_TEST(code_of(home.change(reset(alice, "reset", "key", 5))) == errc::code_wrong);
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "unlock", now_ms})) == errc::code_wrong);
}

// ------------------------------------------------------------------------------------ passwords

void a_new_password_ends_the_other_devices(const database_maker& make) {
  for (const bool keep_devices : {false, true}) {
    household home(make);
    const account_id alice = home.person("alice");
    const account_id bob = home.person("bob");
    must(home.change(log_in({nth_device(10), alice, "phone", "192.0.2.7", "token", 600, 600})));
    must(home.change(log_in({nth_device(11), alice, "tablet", "192.0.2.7", "token", 600, 600})));
    must(home.change(forgot_password(alice, "code", 1)));
    must(home.change(ask_to_confirm(alice, "move", 3, "thief@example.org")));
    replace_password wanted = same_password(alice, {letter(2, "password changed", now_ms)});
    wanted.salt = "new salt";
    wanted.argon2 = {1'024, 7};
    wanted.stored_auth_key = "new key";
    wanted.device = nth_device(10);
    wanted.stored_token = "new token";
    wanted.keep_devices = keep_devices;
    BOOST_TEST(must(home.change(wanted)).mails_queued == 1U);
    home.reopen();
    const account_record changed = record_of(home, alice);
    BOOST_TEST(changed.salt == "new salt");
    BOOST_TEST((changed.argon2 == argon2_parameters{1'024, 7}));
    BOOST_TEST(changed.stored_auth_key == "new key");
    BOOST_TEST(must(home.reads->devices(alice)).size() == (keep_devices ? 3U : 1U));
    BOOST_TEST(must(home.reads->device(nth_device(10)))->stored_token == "new token");
    BOOST_TEST(must(home.reads->devices(bob)).size() == 1U);
    BOOST_TEST(record_of(home, bob).stored_auth_key == first_key_of(bob));
    // Whoever had asked for a code with the old one in hand has nothing.
    BOOST_TEST(code_of(home.change(reset(alice, "code", "key", 5))) == errc::code_wrong);
    BOOST_TEST(code_of(home.change(confirm_by(alice, "move"))) == errc::code_wrong);
  }
}

void a_password_is_replaced_by_whoever_knows_the_present_one(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  replace_password first = same_password(alice, {letter(1)});
  first.stored_auth_key = "first";
  replace_password second = same_password(alice, {letter(2)});
  second.stored_auth_key = "second";
  // Two at once, judged by the same key: one comes too late.
  const auto both = must(home.accounts->commit(std::vector<account_change>{first, second}));
  BOOST_TEST(both[0].has_value());
  BOOST_TEST(code_of(both[1]) == errc::wrong_credentials);
  BOOST_TEST(record_of(home, alice).stored_auth_key == "first");
  // So does a log-in that was judged by the old one.
  BOOST_TEST(code_of(home.change(log_in({nth_device(10), alice, "phone", "", "token", 1, 1}))) ==
             errc::wrong_credentials);
  second.expected_auth_key = "first";
  second.device = nth_device(77);
  BOOST_TEST(code_of(home.change(second)) == errc::no_such_device);
  second.device = first_device_of(alice);
  must(home.change(set_closed{alice, true}));
  BOOST_TEST(code_of(home.change(second)) == errc::account_closed);
  BOOST_TEST(home.waiting().size() == 1U);
}

void nobody_gets_into_a_closed_account(const database_maker& make) {
  household home(make);
  create_account alice = registration(1, "alice");
  must(home.change(alice));
  must(home.change(forgot_password(alice.account.id, "code", 1)));
  must(home.change(set_closed{alice.account.id, true}));
  BOOST_TEST(code_of(home.change(log_in({nth_device(10), alice.account.id, "", "", "", 1, 1}))) ==
             errc::account_closed);
  BOOST_TEST(code_of(home.change(alice)) == errc::id_conflict);
  BOOST_TEST(code_of(home.change(reset(alice.account.id, "code", "key", 20))) == errc::code_wrong);
}

void a_forgotten_password_is_replaced_once(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  home.person("bob");
  must(home.change(log_in({nth_device(10), alice, "phone", "192.0.2.7", "token", 600, 600})));
  for (int i = 0; i < 5; ++i) {
    must(home.change(count_failure{"alice", "net", now_ms, {}, {}, {}, {}, {}}));
  }
  BOOST_TEST(must(home.reads->name_lock("alice")).locked(now_ms));
  must(home.change(forgot_password(alice, "code", 1)));

  BOOST_TEST(code_of(home.change(reset(alice, "wrong", "new key", 20))) == errc::code_wrong);
  // A device id that is somebody else's changes nothing and uses nothing up.
  BOOST_TEST(code_of(home.change(reset(alice, "code", "new key", 2))) == errc::id_conflict);
  BOOST_TEST(must(home.reads->devices(alice)).size() == 2U);
  BOOST_TEST(must(home.reads->name_lock("alice")).locked(now_ms));

  BOOST_TEST(must(home.change(reset(alice, "code", "new key", 20))).mails_queued == 1U);
  home.reopen();
  const account_record changed = record_of(home, alice);
  BOOST_TEST(changed.salt == "new salt");
  BOOST_TEST((changed.argon2 == argon2_parameters{1'024, 7}));
  BOOST_TEST(changed.stored_auth_key == "new key");
  const auto devices = must(home.reads->devices(alice));
  BOOST_REQUIRE(devices.size() == 1U);
  BOOST_TEST((devices[0].id == nth_device(20)));
  BOOST_TEST(devices[0].stored_token == "token");
  BOOST_TEST((must(home.reads->name_lock("alice")) == lock_state{}));
  // Where she is now is no new place.
  BOOST_TEST(must(home.reads->locations(alice))[0].network == "198.51.100.0/24");

  // The answer was lost: the same again, with another token.
  reset_password_by_code again = reset(alice, "code", "new key", 20);
  again.device.stored_token = "second token";
  again.mails = {letter(901, "password changed", now_ms)};
  BOOST_TEST(must(home.change(again)).mails_queued == 0U);
  BOOST_TEST(must(home.reads->device(nth_device(20)))->stored_token == "second token");
  BOOST_TEST(must(home.reads->devices(alice)).size() == 1U);

  // Somebody who has found the mail too.
  BOOST_TEST(code_of(home.change(reset(alice, "code", "mallory's key", 30))) == errc::code_wrong);
  BOOST_TEST(record_of(home, alice).stored_auth_key == "new key");
  BOOST_TEST(!must(home.reads->device(nth_device(30))).has_value());
  // Nor does the used code bring an older password back.
  replace_password newest = same_password(alice, {});
  newest.expected_auth_key = "new key";
  newest.stored_auth_key = "newest key";
  newest.device = nth_device(20);
  must(home.change(newest));
  BOOST_TEST(code_of(home.change(reset(alice, "code", "new key", 20))) == errc::code_wrong);
}

void a_reset_code_expires_and_bears_so_many_tries(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  BOOST_TEST(code_of(home.change(reset(alice, "", "key", 20))) == errc::code_wrong);
  BOOST_TEST(code_of(home.change(reset(nth_account(99), "code", "key", 20))) == errc::code_wrong);
  must(home.change(forgot_password(alice, "code", 1)));
  reset_password_by_code late = reset(alice, "code", "key", 20);
  late.seen.now_ms = later_ms;
  BOOST_TEST(code_of(home.change(late)) == errc::code_wrong);
  must(home.change(forgot_password(alice, "code", 2)));
  std::vector<account_change> guesses(code_tries_max, reset(alice, "guess", "key", 20));
  for (const auto& result : must(home.accounts->commit(guesses))) {
    BOOST_TEST(code_of(result) == errc::code_wrong);
  }
  BOOST_TEST(code_of(home.change(reset(alice, "code", "key", 20))) == errc::code_wrong);
  must(home.change(forgot_password(alice, "code", 3)));
  must(home.change(forget_old{later_ms, 1}));
  must(home.change(reset(alice, "code", "key", 20)));  // not yet forgotten at its last moment
  must(home.change(forget_old{later_ms + 1, 1}));
  BOOST_TEST(code_of(home.change(reset(alice, "code", "key", 20))) == errc::code_wrong);
}

}  // namespace

std::vector<contract_case> password_cases() {
  return {
      {"alice_confirms_her_address", alice_confirms_her_address},
      {"a_registration_brings_its_code", a_registration_brings_its_code},
      {"codes_of_other_purposes_confirm_nothing", codes_of_other_purposes_confirm_nothing},
      {"enough_mails_a_day_are_enough", enough_mails_a_day_are_enough},
      {"alice_moves_to_another_address", alice_moves_to_another_address},
      {"an_address_is_whose_who_confirms_it", an_address_is_whose_who_confirms_it},
      {"of_codes_that_move_the_newest_is_good", of_codes_that_move_the_newest_is_good},
      {"strangers_do_not_take_the_owners_code_away", strangers_do_not_take_the_owners_code_away},
      {"the_old_address_has_no_say_any_more", the_old_address_has_no_say_any_more},
      {"a_new_password_ends_the_other_devices", a_new_password_ends_the_other_devices},
      {"a_password_is_replaced_by_whoever_knows_the_present_one",
       a_password_is_replaced_by_whoever_knows_the_present_one},
      {"nobody_gets_into_a_closed_account", nobody_gets_into_a_closed_account},
      {"a_forgotten_password_is_replaced_once", a_forgotten_password_is_replaced_once},
      {"a_reset_code_expires_and_bears_so_many_tries",
       a_reset_code_expires_and_bears_so_many_tries},
  };
}

}  // namespace uod::storage::contract
