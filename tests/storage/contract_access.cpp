#include "tests/storage/household.hpp"

/// Failures and locks, and codes that end them.
namespace uod::storage::contract {
namespace {

constexpr std::uint64_t minute_ms = 60'000;
constexpr std::uint64_t day_ms = 86'400'000;
constexpr std::uint64_t noon_ms = 20'000 * day_ms + day_ms / 2;

count_failure wrong_password(const std::string& name_key, std::uint64_t now_ms,
                             const std::string& network = "203.0.113.0/24") {
  count_failure failed;
  failed.name_key = name_key;
  failed.network = network;
  failed.now_ms = now_ms;
  failed.network_policy.failures_max = 20;
  return failed;
}

/// With what leaves when it locks: mail and code carry this number.
count_failure wrong_password_of(const account_id& account, std::uint64_t now_ms,
                                std::uint64_t number) {
  count_failure failed = wrong_password("alice", now_ms);
  failed.account = account;
  failed.unlock = account_code{
      code_purpose::unlock, "code " + std::to_string(number), now_ms + 60 * minute_ms, {}, {}};
  failed.warning = letter(number, "locked", now_ms);
  failed.warning->fields["name"] = "alice";
  failed.warning->per_day_max = 2;
  return failed;
}

/// Five wrong passwords, at once.
change_result lock_out(household& home, const account_id& account, std::uint64_t now_ms,
                       std::uint64_t number) {
  change_result last;
  for (std::uint64_t i = 0; i < 5; ++i) {
    last = must(home.change(wrong_password_of(account, now_ms, number * 10 + i)));
  }
  return last;
}

bool locked(household& home, std::uint64_t now_ms) {
  return must(home.reads->name_lock("alice")).locked(now_ms);
}

void failures_are_counted_whether_or_not_there_is_such_a_name(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  for (const std::string name : {"alice", "nobody"}) {
    for (std::uint32_t i = 1; i <= 5; ++i) {
      count_failure failed = wrong_password(name, noon_ms + i);
      if (name == "alice") failed.account = alice;
      const change_result told = must(home.change(failed));
      BOOST_TEST(told.locked_now == (i == 5));
      BOOST_TEST(told.name_lock.failures == i % 5);
      BOOST_TEST(told.name_lock.locked(noon_ms + i) == (i == 5));
      BOOST_TEST(told.mails_queued == 0U);
    }
    home.reopen();
    const lock_state expected{0, 1, noon_ms + 5, noon_ms + 5 + minute_ms};
    BOOST_TEST((must(home.reads->name_lock(name)) == expected));
    BOOST_TEST((must(home.reads->facts_for(name, "elsewhere")).name_lock == expected));
  }
  BOOST_TEST((must(home.reads->name_lock("carol")) == lock_state{}));
}

void a_network_is_counted_over_all_names(const database_maker& make) {
  household home(make);
  change_result told;
  for (std::uint32_t i = 1; i <= 20; ++i) {
    told = must(home.change(wrong_password("name" + std::to_string(i), noon_ms)));
    BOOST_TEST(told.network_lock.locked(noon_ms) == (i == 20));
    BOOST_TEST(!told.locked_now);  // that is said of the name
  }
  // Guessing on makes neither longer; another network is another matter.
  BOOST_TEST(
      (must(home.change(wrong_password("name21", noon_ms))).network_lock == told.network_lock));
  const auto facts = must(home.reads->facts_for("name1", "203.0.113.0/24"));
  BOOST_TEST((facts.network_lock == told.network_lock));
  BOOST_TEST(facts.name_lock.failures == 1U);
  BOOST_TEST(!facts.account.has_value());
  BOOST_TEST(
      (must(home.reads->facts_for("name1", "198.51.100.0/24")).network_lock == lock_state{}));
  // A name that reads like a network is not one.
  must(home.change(wrong_password("198.51.100.0/24", noon_ms, "elsewhere")));
  BOOST_TEST(
      (must(home.reads->facts_for("name1", "198.51.100.0/24")).network_lock == lock_state{}));
}

void a_lock_is_warned_of_once(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  for (std::uint64_t i = 1; i <= 8; ++i) {
    const change_result told = must(home.change(wrong_password_of(alice, noon_ms, i)));
    BOOST_TEST(told.mails_queued == (i == 5 ? 1U : 0U));
    BOOST_TEST(told.mails_dropped == 0U);
  }
  home.reopen();
  const auto waiting = home.waiting();
  BOOST_REQUIRE(waiting.size() == 1U);
  BOOST_TEST((waiting[0].mail.id == nth_mail(5)));
  BOOST_TEST(waiting[0].mail.fields.size() == 2U);
  BOOST_TEST(waiting[0].mail.fields.at("name") == "alice");
  BOOST_TEST(waiting[0].mail.fields.at("until_ms") == std::to_string(noon_ms + minute_ms));
  // The code of the mail that left is good, no other.
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "code 6", noon_ms})) == errc::code_wrong);
  BOOST_TEST(locked(home, noon_ms));
  must(home.change(unlock_by_code{alice, "code 5", noon_ms}));
  BOOST_TEST(!locked(home, noon_ms));
}

void too_many_warnings_a_day_leave_the_last_code_good(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  std::uint64_t now_ms = noon_ms;
  for (std::uint64_t lock = 1; lock <= 3; ++lock) {
    const change_result told = lock_out(home, alice, now_ms, lock);
    BOOST_TEST(told.locked_now);
    BOOST_TEST(told.mails_queued == (lock <= 2 ? 1U : 0U));
    now_ms = told.name_lock.until_ms;
  }
  BOOST_TEST(home.waiting().size() == 2U);
  must(home.change(unlock_by_code{alice, "code 24", now_ms}));
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "code 34", now_ms})) == errc::code_wrong);

  // Another kind has a count of its own, and tomorrow is another day.
  count_failure other_kind = wrong_password_of(alice, now_ms, 90);
  other_kind.name_policy.failures_max = 1;
  other_kind.warning->kind = "another";
  BOOST_TEST(must(home.change(other_kind)).mails_queued == 1U);
  BOOST_TEST(lock_out(home, alice, now_ms + day_ms, 4).mails_queued == 1U);
}

void an_unlock_code_is_good_until_it_expires(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  std::uint64_t now_ms = noon_ms;
  const std::uint64_t expires_ms = now_ms + 60 * minute_ms;
  lock_out(home, alice, now_ms, 1);
  for (int i = 0; i < 3; ++i) {
    must(home.change(unlock_by_code{alice, "code 14", now_ms}));
    must(home.change(unlock_by_code{alice, "code 14", now_ms}));
    BOOST_TEST((must(home.reads->name_lock("alice")) == lock_state{}));
    home.reopen();
    count_failure failed = wrong_password_of(alice, ++now_ms, 0);
    failed.warning.reset();
    for (int k = 0; k < 5; ++k) must(home.change(failed));
    BOOST_TEST(locked(home, now_ms));
  }
  BOOST_TEST(code_of(home.change(unlock_by_code{bob, "code 14", now_ms})) == errc::code_wrong);
  BOOST_TEST(code_of(home.change(unlock_by_code{nth_account(99), "code 14", now_ms})) ==
             errc::code_wrong);
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "", now_ms})) == errc::code_wrong);
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "code 14", expires_ms})) ==
             errc::code_wrong);
  must(home.change(unlock_by_code{alice, "code 14", expires_ms - 1}));
}

void so_many_wrong_tries_end_a_code(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  lock_out(home, alice, noon_ms, 1);
  // All but the last in one commit: ten thousand of their own would take minutes on a disk.
  std::vector<account_change> guesses(code_tries_max - 1, unlock_by_code{alice, "guess", noon_ms});
  for (const auto& result : must(home.accounts->commit(guesses))) {
    BOOST_TEST(code_of(result) == errc::code_wrong);
  }
  must(home.change(unlock_by_code{alice, "code 14", noon_ms}));  // which gives no tries back
  home.reopen();
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "guess", noon_ms})) == errc::code_wrong);
  BOOST_TEST(code_of(home.change(unlock_by_code{alice, "code 14", noon_ms})) == errc::code_wrong);
  // The next code has tries of its own.
  lock_out(home, alice, noon_ms + 2 * minute_ms, 2);
  must(home.change(unlock_by_code{alice, "code 24", noon_ms + 2 * minute_ms}));
}

void wrong_tries_of_one_commit_are_all_counted(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  lock_out(home, alice, noon_ms, 1);
  std::vector<account_change> changes(code_tries_max, unlock_by_code{alice, "guess", noon_ms});
  changes.emplace_back(unlock_by_code{alice, "code 14", noon_ms});
  for (const auto& result : must(home.accounts->commit(changes))) {
    BOOST_TEST(code_of(result) == errc::code_wrong);
  }
  BOOST_TEST(locked(home, noon_ms));
}

void an_administrator_ends_a_lock(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  must(home.change(unlock_account_now{alice}));
  lock_out(home, alice, noon_ms, 1);
  must(home.change(unlock_account_now{alice}));
  BOOST_TEST((must(home.reads->name_lock("alice")) == lock_state{}));
  BOOST_TEST(code_of(home.change(unlock_account_now{nth_account(99)})) == errc::no_such_account);
}

void a_log_in_forgets_the_names_failures(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  for (int i = 0; i < 4; ++i) must(home.change(wrong_password("alice", noon_ms)));
  must(home.change(wrong_password("bob", noon_ms)));
  must(home.change(log_in({nth_device(1), alice, "laptop", "192.0.2.1", "token", 1, noon_ms})));
  BOOST_TEST((must(home.reads->name_lock("alice")) == lock_state{}));
  // Otherwise, whoever has an account could guess at others' from the same place for ever.
  const auto facts = must(home.reads->facts_for("bob", "203.0.113.0/24"));
  BOOST_TEST(facts.name_lock.failures == 1U);
  BOOST_TEST(facts.network_lock.failures == 5U);
}

void remembered_failures_have_a_bound(const database_maker& make) {
  household home(make);
  std::vector<account_change> changes;
  // One subject is the network, so this is one name too many, from the first to the last.
  for (std::uint64_t i = 1; i <= locks_max; ++i) {
    changes.emplace_back(wrong_password("name" + std::to_string(i), noon_ms + i));
  }
  must(home.accounts->commit(changes));
  home.reopen();
  must(home.change(wrong_password("one more", noon_ms + locks_max + 1)));
  BOOST_TEST((must(home.reads->name_lock("name1")) == lock_state{}));
  BOOST_TEST(must(home.reads->name_lock("one more")).failures == 1U);
  BOOST_TEST(must(home.reads->name_lock("name" + std::to_string(locks_max))).failures == 1U);
  BOOST_TEST(must(home.reads->name_lock("name" + std::to_string(locks_max / 2))).failures == 1U);
}

void old_failures_and_codes_are_let_go(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  lock_out(home, alice, noon_ms, 1);
  must(home.change(wrong_password("nobody", noon_ms)));
  must(home.change(forget_old{noon_ms + day_ms, day_ms}));
  BOOST_TEST(must(home.reads->name_lock("nobody")).failures == 1U);
  must(home.change(forget_old{noon_ms + day_ms + 1, day_ms}));
  BOOST_TEST((must(home.reads->name_lock("nobody")) == lock_state{}));
  BOOST_TEST(must(home.reads->name_lock("alice")).locks == 1U);  // was locked a minute longer
  must(home.change(forget_old{noon_ms + minute_ms + day_ms + 1, day_ms}));
  BOOST_TEST((must(home.reads->name_lock("alice")) == lock_state{}));
  must(home.change(forget_old{0, day_ms}));
  must(home.change(forget_old{1, ~std::uint64_t{0}}));
}

}  // namespace

std::vector<contract_case> access_cases() {
  return {
      {"failures_are_counted_whether_or_not_there_is_such_a_name",
       failures_are_counted_whether_or_not_there_is_such_a_name},
      {"a_network_is_counted_over_all_names", a_network_is_counted_over_all_names},
      {"a_lock_is_warned_of_once", a_lock_is_warned_of_once},
      {"too_many_warnings_a_day_leave_the_last_code_good",
       too_many_warnings_a_day_leave_the_last_code_good},
      {"an_unlock_code_is_good_until_it_expires", an_unlock_code_is_good_until_it_expires},
      {"so_many_wrong_tries_end_a_code", so_many_wrong_tries_end_a_code},
      {"wrong_tries_of_one_commit_are_all_counted", wrong_tries_of_one_commit_are_all_counted},
      {"an_administrator_ends_a_lock", an_administrator_ends_a_lock},
      {"a_log_in_forgets_the_names_failures", a_log_in_forgets_the_names_failures},
      {"remembered_failures_have_a_bound", remembered_failures_have_a_bound},
      {"old_failures_and_codes_are_let_go", old_failures_and_codes_are_let_go},
  };
}

}  // namespace uod::storage::contract
