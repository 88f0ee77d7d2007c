#include <algorithm>

#include "tests/storage/household.hpp"

/// Failures and locks, codes that end them, and places.
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

void five_wrong_tries_end_a_code(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  lock_out(home, alice, noon_ms, 1);
  for (std::uint32_t i = 1; i < code_tries_max; ++i) {
    BOOST_TEST(code_of(home.change(unlock_by_code{alice, "guess", noon_ms})) == errc::code_wrong);
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

// --------------------------------------------------------------------------------------- places

/// A device of alice's that logs in with a warning ready.
put_device log_in_from(const account_id& alice, const std::string& network,
                       const std::string& device, std::uint64_t now_ms, std::uint64_t number) {
  put_device wanted = log_in({nth_device(1), alice, device, "address", "token", now_ms, now_ms});
  wanted.seen = {network, device, now_ms};
  wanted.warning = letter(number, "new place", now_ms);
  return wanted;
}

void a_new_place_is_warned_of_once(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  // The place of the registration is known.
  const auto first = must(home.reads->locations(alice));
  BOOST_REQUIRE(first.size() == 1U);
  BOOST_TEST(first[0].network == "192.0.2.0/24");
  BOOST_TEST(first[0].device == "alice's laptop");
  BOOST_TEST(first[0].first_seen_ms == 501U);
  auto told = must(home.change(log_in_from(alice, "192.0.2.0/24", "alice's laptop", 600, 1)));
  BOOST_TEST(!told.place_was_new);
  BOOST_TEST(told.mails_queued == 0U);

  struct visit {
    std::string network, device;
    bool fresh;
  };
  const std::vector<visit> visits = {
      {"198.51.100.0/24", "alice's laptop", true},
      {"198.51.100.0/24", "alice's laptop", false},
      {"198.51.100.0/24", "phone", true},
      {"192.0.2.0/24", "phone", true},
      {"192.0.2.0/24", "phone", false},
      {"", "", true},
      {"'; --", "телефон", true},
      {"'; --", "телефон", false},
  };
  std::uint64_t number = 10;
  for (const visit& one : visits) {
    home.reopen();
    ++number;
    told = must(home.change(log_in_from(alice, one.network, one.device, 600 + number, number)));
    BOOST_TEST(told.place_was_new == one.fresh);
    BOOST_TEST(told.mails_queued == (one.fresh ? 1U : 0U));
  }
  BOOST_TEST(home.waiting().size() == 5U);
  const auto places = must(home.reads->locations(alice));
  BOOST_REQUIRE(places.size() == 6U);
  // The place that was seen last comes first.
  BOOST_TEST(places[0].network == "'; --");
  BOOST_TEST(places[0].device == "телефон");
  BOOST_TEST(places[0].first_seen_ms == 617U);
  BOOST_TEST(places[0].last_seen_ms == 618U);
  BOOST_TEST(std::is_sorted(places.begin(), places.end(), [](const auto& one, const auto& other) {
    return one.last_seen_ms > other.last_seen_ms;
  }));
  BOOST_TEST(must(home.reads->locations(nth_account(99))).empty());
  // Without a warning the place is known all the same.
  put_device quiet = log_in_from(alice, "quiet", "phone", 700, 99);
  quiet.warning.reset();
  told = must(home.change(quiet));
  BOOST_TEST(told.place_was_new);
  BOOST_TEST(told.mails_queued == 0U);
  BOOST_TEST(!must(home.change(log_in_from(alice, "quiet", "phone", 701, 99))).place_was_new);
}

void places_are_each_ones_own(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  must(home.change(log_in_from(alice, "home", "laptop", 600, 1)));
  put_device bobs = log_in_from(bob, "home", "laptop", 600, 2);
  bobs.device.id = nth_device(2);
  BOOST_TEST(must(home.change(bobs)).place_was_new);
}

void a_log_in_that_fails_makes_no_place_known(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  home.person("bob");
  put_device stolen = log_in_from(alice, "elsewhere", "laptop", 600, 1);
  stolen.device.id = nth_device(2);  // bob's
  BOOST_TEST(code_of(home.change(stolen)) == errc::id_conflict);
  BOOST_TEST(home.waiting().empty());
  BOOST_TEST(must(home.reads->locations(alice)).size() == 1U);
}

void a_place_is_forgotten_after_a_year(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const std::uint64_t now_ms = 3 * locations_kept_ms;
  const auto visit = [&](std::uint64_t when_ms, std::uint64_t number) {
    return must(home.change(log_in_from(alice, "home", "laptop", when_ms, number))).place_was_new;
  };
  BOOST_TEST(visit(now_ms, 1));
  BOOST_TEST(!visit(now_ms + locations_kept_ms - 1, 2));
  const std::uint64_t last_ms = now_ms + locations_kept_ms - 1;
  // Forgotten by the sighting itself, though nobody has tidied up.
  BOOST_TEST(visit(last_ms + locations_kept_ms, 3));
  BOOST_TEST(home.waiting().size() == 2U);
  BOOST_TEST(must(home.reads->locations(alice))[0].first_seen_ms == last_ms + locations_kept_ms);

  // And by tidying up: what registration left is older.
  must(home.change(forget_old{last_ms + locations_kept_ms, day_ms}));
  BOOST_TEST(must(home.reads->locations(alice)).size() == 1U);
  must(home.change(forget_old{last_ms + 3 * locations_kept_ms, day_ms}));
  BOOST_TEST(must(home.reads->locations(alice)).empty());
}

void known_places_have_a_bound(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");  // known from the laptop, at 501
  for (std::uint64_t i = 1; i < locations_per_account_max; ++i) {
    must(home.change(log_in_from(alice, "net" + std::to_string(i), "phone", 600 + i, i)));
  }
  BOOST_TEST(must(home.reads->locations(alice)).size() == locations_per_account_max);
  must(home.change(log_in_from(alice, "192.0.2.0/24", "alice's laptop", 9'000, 0)));
  // net1 is now the one seen longest ago; the new one never goes, even with a clock gone back.
  BOOST_TEST(must(home.change(log_in_from(alice, "late", "phone", 10, 200))).place_was_new);
  BOOST_TEST(must(home.reads->locations(alice)).size() == locations_per_account_max);
  BOOST_TEST(!must(home.change(log_in_from(alice, "late", "phone", 11, 201))).place_was_new);
  BOOST_TEST(must(home.change(log_in_from(alice, "net1", "phone", 9'001, 202))).place_was_new);
  BOOST_TEST(!must(home.change(log_in_from(alice, "192.0.2.0/24", "alice's laptop", 9'002, 203)))
                  .place_was_new);
}

void a_device_that_moves_is_seen(const database_maker& make) {
  household home(make);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  note_sighting seen{alice,
                     nth_device(1),
                     "2001:db8::7",
                     {"2001:db8::/48", "alice's laptop", 700},
                     letter(1, "new place")};
  auto told = must(home.change(seen));
  BOOST_TEST(told.place_was_new);
  BOOST_TEST(told.mails_queued == 1U);
  const device_record moved = *must(home.reads->device(nth_device(1)));
  BOOST_TEST(moved.address == "2001:db8::7");
  BOOST_TEST(moved.stored_token == registration(1, "alice").device.stored_token);
  seen.address = "2001:db8::8";
  seen.warning = letter(2);
  told = must(home.change(seen));
  BOOST_TEST(!told.place_was_new);
  BOOST_TEST(told.mails_queued == 0U);
  home.reopen();
  BOOST_TEST(must(home.reads->device(nth_device(1)))->address == "2001:db8::8");

  seen.seen.network = "elsewhere";
  seen.account = bob;
  BOOST_TEST(code_of(home.change(seen)) == errc::no_such_device);
  seen.account = nth_account(99);
  BOOST_TEST(code_of(home.change(seen)) == errc::no_such_device);
  seen.account = alice;
  seen.device = nth_device(99);
  BOOST_TEST(code_of(home.change(seen)) == errc::no_such_device);
  BOOST_TEST(must(home.reads->device(nth_device(1)))->address == "2001:db8::8");
  BOOST_TEST(home.waiting().size() == 1U);
  for (const auto& place : must(home.reads->locations(alice)))
    BOOST_TEST(place.network != "elsewhere");
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
      {"five_wrong_tries_end_a_code", five_wrong_tries_end_a_code},
      {"wrong_tries_of_one_commit_are_all_counted", wrong_tries_of_one_commit_are_all_counted},
      {"an_administrator_ends_a_lock", an_administrator_ends_a_lock},
      {"a_log_in_forgets_the_names_failures", a_log_in_forgets_the_names_failures},
      {"remembered_failures_have_a_bound", remembered_failures_have_a_bound},
      {"a_new_place_is_warned_of_once", a_new_place_is_warned_of_once},
      {"places_are_each_ones_own", places_are_each_ones_own},
      {"a_log_in_that_fails_makes_no_place_known", a_log_in_that_fails_makes_no_place_known},
      {"a_place_is_forgotten_after_a_year", a_place_is_forgotten_after_a_year},
      {"known_places_have_a_bound", known_places_have_a_bound},
      {"a_device_that_moves_is_seen", a_device_that_moves_is_seen},
      {"old_failures_and_codes_are_let_go", old_failures_and_codes_are_let_go},
  };
}

}  // namespace uod::storage::contract
