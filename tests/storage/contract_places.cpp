#include <algorithm>

#include "tests/storage/household.hpp"

/// Places that an account was used from.
namespace uod::storage::contract {
namespace {

constexpr std::uint64_t day_ms = 86'400'000;

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

}  // namespace

std::vector<contract_case> place_cases() {
  return {
      {"a_new_place_is_warned_of_once", a_new_place_is_warned_of_once},
      {"places_are_each_ones_own", places_are_each_ones_own},
      {"a_log_in_that_fails_makes_no_place_known", a_log_in_that_fails_makes_no_place_known},
      {"a_place_is_forgotten_after_a_year", a_place_is_forgotten_after_a_year},
      {"known_places_have_a_bound", known_places_have_a_bound},
      {"a_device_that_moves_is_seen", a_device_that_moves_is_seen},
  };
}

}  // namespace uod::storage::contract
