#include "tests/storage/household.hpp"

/// Premium codes, and what administrators decide about accounts.
namespace uod::storage::contract {
namespace {

code_id nth_code(std::uint64_t number) { return code_id(counted_id(6, number)); }

/// Its stored form is "code N".
premium_code_record premium_code(std::uint64_t number, std::uint32_t uses_max = 1,
                                 std::uint64_t expires_at_ms = 0) {
  return {nth_code(number),
          "code " + std::to_string(number),
          uses_max,
          0,
          100 + number,
          expires_at_ms,
          false};
}

create_account registration_with(std::uint64_t number, const std::string& name, const bytes& code) {
  create_account wanted = registration(number, name);
  wanted.stored_premium_code = code;
  return wanted;
}

std::uint32_t uses(household& home, std::uint64_t number) {
  for (const auto& one : must(home.reads->premium_codes(std::nullopt, 100)).codes) {
    if (one.id == nth_code(number)) return one.uses;
  }
  BOOST_FAIL("no such code");
  return 0;
}

bool premium(household& home, const account_id& account) {
  return must(home.reads->account_by_id(account))->premium;
}

void a_registration_may_bring_a_premium_code(const database_maker& make) {
  household home(make);
  must(home.change(add_premium_codes{{premium_code(1)}}));
  create_account alice = registration_with(1, "alice", "code 1");
  must(home.change(alice));
  home.reopen();
  BOOST_TEST(premium(home, nth_account(1)));
  BOOST_TEST(uses(home, 1) == 1U);
  must(home.change(alice));  // a retry
  BOOST_TEST(uses(home, 1) == 1U);
  BOOST_TEST(must(home.reads->devices(nth_account(1))).size() == 1U);
}

void a_bad_premium_code_registers_nothing(const database_maker& make) {
  household home(make);
  must(home.change(add_premium_codes{{premium_code(1), premium_code(2, 1, 300)}}));
  must(home.change(revoke_premium_code{nth_code(1)}));
  for (const char* bad : {"code 1", "code 2", "code 3"}) {
    create_account wanted = registration_with(1, "alice", bad);
    wanted.code = account_code{code_purpose::confirm_email, "code", 9'999, {}, {}};
    wanted.mails = {letter(1)};
    BOOST_TEST(code_of(home.change(wanted)) == errc::premium_code_invalid);
    BOOST_TEST(!must(home.reads->account_by_name("alice")).has_value());
    BOOST_TEST(!must(home.reads->account_by_id(nth_account(1))).has_value());
    BOOST_TEST(!must(home.reads->device(nth_device(1))).has_value());
    BOOST_TEST(home.waiting().empty());
  }
  BOOST_TEST(uses(home, 1) == 0U);
  BOOST_TEST(uses(home, 2) == 0U);
  // Nor does a registration that fails for its name use one.
  must(home.change(add_premium_codes{{premium_code(4)}}));
  must(home.change(registration(1, "alice")));
  BOOST_TEST(code_of(home.change(registration_with(2, "alice", "code 4"))) == errc::name_taken);
  BOOST_TEST(uses(home, 4) == 0U);
}

void a_premium_code_may_be_redeemed_later(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  must(home.change(add_premium_codes{{premium_code(1)}}));
  BOOST_TEST(!premium(home, alice));
  BOOST_TEST(code_of(home.change(redeem_premium_code{alice, "code", 1})) ==
             errc::premium_code_invalid);
  must(home.change(redeem_premium_code{alice, "code 1", 1}));
  must(home.change(redeem_premium_code{alice, "code 1", 1}));
  home.reopen();
  must(home.change(redeem_premium_code{alice, "code 1", 1}));
  BOOST_TEST(premium(home, alice));
  BOOST_TEST(uses(home, 1) == 1U);
  BOOST_TEST(code_of(home.change(redeem_premium_code{bob, "code 1", 1})) ==
             errc::premium_code_invalid);
  BOOST_TEST(!premium(home, bob));
  BOOST_TEST(uses(home, 1) == 1U);
  BOOST_TEST(code_of(home.change(redeem_premium_code{nth_account(99), "code 1", 1})) ==
             errc::no_such_account);
}

void two_who_want_the_last_use_get_it_once(const database_maker& make) {
  household home(make);
  must(home.change(add_premium_codes{{premium_code(1), premium_code(2, 2)}}));
  const std::vector<account_change> changes = {
      registration_with(1, "alice", "code 1"), registration_with(2, "bob", "code 1"),
      registration(3, "carol"),
      // Alice has no need of it: it stays for others.
      redeem_premium_code{nth_account(1), "code 2", 1},
      redeem_premium_code{nth_account(3), "code 2", 1}, registration_with(4, "dave", "code 2"),
      registration_with(5, "erin", "code 2")};
  const auto results = must(home.accounts->commit(changes));
  must(results[0]);
  BOOST_TEST(code_of(results[1]) == errc::premium_code_invalid);
  BOOST_TEST(code_of(results[3]) == errc::not_allowed);
  must(results[4]);
  must(results[5]);
  BOOST_TEST(code_of(results[6]) == errc::premium_code_invalid);
  BOOST_TEST(!must(home.reads->account_by_name("bob")).has_value());
  BOOST_TEST(uses(home, 1) == 1U);
  BOOST_TEST(uses(home, 2) == 2U);
}

void premium_codes_expire_and_are_revoked(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  must(home.change(add_premium_codes{{premium_code(1, 9, 5'000), premium_code(2, 9)}}));
  BOOST_TEST(code_of(home.change(redeem_premium_code{alice, "code 1", 5'000})) ==
             errc::premium_code_invalid);
  must(home.change(redeem_premium_code{alice, "code 1", 4'999}));
  must(home.change(redeem_premium_code{bob, "code 2", 1}));
  must(home.change(revoke_premium_code{nth_code(2)}));
  must(home.change(revoke_premium_code{nth_code(2)}));
  home.reopen();
  BOOST_TEST(premium(home, bob));
  BOOST_TEST(code_of(home.change(redeem_premium_code{alice, "code 2", 1})) ==
             errc::premium_code_invalid);
  BOOST_TEST(code_of(home.change(revoke_premium_code{nth_code(99)})) == errc::no_such_code);
  const auto codes = must(home.reads->premium_codes(std::nullopt, 10)).codes;
  BOOST_REQUIRE(codes.size() == 2U);
  BOOST_TEST(!codes[0].revoked);
  BOOST_TEST(codes[0].expires_at_ms == 5'000U);
  BOOST_TEST(codes[1].revoked);
}

void premium_codes_come_a_page_at_a_time(const database_maker& make) {
  household home(make);
  std::vector<premium_code_record> made;
  for (std::uint64_t i = 1; i <= 5; ++i) made.push_back(premium_code(i, 3, 9'000 + i));
  must(home.change(add_premium_codes{made}));
  std::vector<code_id> seen;
  std::optional<code_id> after;
  int pages = 0;
  do {
    const auto page = must(home.reads->premium_codes(after, 2));
    for (const auto& one : page.codes) {
      const auto& expected = made[seen.size()];
      BOOST_TEST((one.id == expected.id));
      BOOST_TEST(one.stored == expected.stored);
      BOOST_TEST(one.uses_max == 3U);
      BOOST_TEST(one.uses == 0U);
      BOOST_TEST(one.created_at_ms == expected.created_at_ms);
      BOOST_TEST(one.expires_at_ms == expected.expires_at_ms);
      seen.push_back(one.id);
    }
    after = page.next;
  } while (after && ++pages < 10);
  BOOST_TEST(seen.size() == 5U);
  BOOST_TEST(pages == 2);
}

void codes_added_again_are_the_same_ones(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(add_premium_codes{{premium_code(1), premium_code(2)}}));
  must(home.change(redeem_premium_code{alice, "code 1", 1}));
  must(home.change(add_premium_codes{{premium_code(1), premium_code(2), premium_code(3)}}));
  BOOST_TEST(uses(home, 1) == 1U);
  premium_code_record same_id = premium_code(2);
  same_id.stored = "another";
  premium_code_record same_code = premium_code(2);
  same_code.id = nth_code(50);
  for (const auto& one : {same_id, same_code}) {
    // In a commit with somebody else's change, which does not suffer from it.
    const std::vector<account_change> changes = {add_premium_codes{{premium_code(9), one}},
                                                 touch{alice, {}, 5'000}};
    const auto results = must(home.accounts->commit(changes));
    BOOST_TEST(code_of(results[0]) == errc::id_conflict);
    must(results[1]);
  }
  BOOST_TEST(must(home.reads->premium_codes(std::nullopt, 10)).codes.size() == 3U);
}

void an_administrator_gives_and_takes_premium(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(set_premium{alice, true}));
  home.reopen();
  BOOST_TEST(premium(home, alice));
  must(home.change(set_premium{alice, false}));
  BOOST_TEST(!premium(home, alice));
  BOOST_TEST(code_of(home.change(set_premium{nth_account(99), true})) == errc::no_such_account);

  // A use of a code that was taken away is gone.
  must(home.change(add_premium_codes{{premium_code(1)}}));
  must(home.change(redeem_premium_code{alice, "code 1", 1}));
  must(home.change(set_premium{alice, false}));
  BOOST_TEST(code_of(home.change(redeem_premium_code{alice, "code 1", 1})) ==
             errc::premium_code_invalid);
  BOOST_TEST(!premium(home, alice));
  BOOST_TEST(uses(home, 1) == 1U);
}

void an_administrator_closes_an_account(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(set_closed{alice, true}));
  home.reopen();
  BOOST_TEST(must(home.reads->account_by_id(alice))->closed);
  BOOST_TEST(must(home.reads->facts_for("alice", "net")).account->closed);
  BOOST_TEST(must(home.reads->accounts("", 10)).accounts[0].closed);
  must(home.change(set_closed{alice, false}));
  BOOST_TEST(!must(home.reads->account_by_id(alice))->closed);
  BOOST_TEST(code_of(home.change(set_closed{nth_account(99), true})) == errc::no_such_account);
}

void accounts_come_a_page_at_a_time(const database_maker& make) {
  household home(make);
  for (const char* name : {"eve", "bob", "юлия", "alice", "carol"}) home.person(name);
  std::vector<std::string> seen;
  std::string after;
  int pages = 0;
  do {
    const auto page = must(home.reads->accounts(after, 2));
    for (const auto& one : page.accounts) {
      seen.push_back(one.name);
      BOOST_TEST((one == *must(home.reads->account_by_id(one.id))));
    }
    after = page.next;
  } while (!after.empty() && ++pages < 10);
  BOOST_TEST(seen == (std::vector<std::string>{"alice", "bob", "carol", "eve", "юлия"}),
             boost::test_tools::per_element());
  BOOST_TEST(pages == 2);
}

}  // namespace

std::vector<contract_case> premium_cases() {
  return {
      {"a_registration_may_bring_a_premium_code", a_registration_may_bring_a_premium_code},
      {"a_bad_premium_code_registers_nothing", a_bad_premium_code_registers_nothing},
      {"a_premium_code_may_be_redeemed_later", a_premium_code_may_be_redeemed_later},
      {"two_who_want_the_last_use_get_it_once", two_who_want_the_last_use_get_it_once},
      {"premium_codes_expire_and_are_revoked", premium_codes_expire_and_are_revoked},
      {"premium_codes_come_a_page_at_a_time", premium_codes_come_a_page_at_a_time},
      {"codes_added_again_are_the_same_ones", codes_added_again_are_the_same_ones},
      {"an_administrator_gives_and_takes_premium", an_administrator_gives_and_takes_premium},
      {"an_administrator_closes_an_account", an_administrator_closes_an_account},
      {"accounts_come_a_page_at_a_time", accounts_come_a_page_at_a_time},
  };
}

}  // namespace uod::storage::contract
