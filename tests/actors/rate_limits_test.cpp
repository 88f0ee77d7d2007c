#include "actors/rate_limits.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <map>
#include <thread>
#include <vector>

#include "tests/protocol/random_seed.hpp"

namespace {

using namespace uod;

constexpr std::string_view home_network = "198.51.100.0/24";
constexpr std::string_view elsewhere = "2001:db8:1::/48";
constexpr std::uint64_t noon = 43'200'000;  // the clock's beginning is no special time

account_id person(std::uint64_t number) {
  account_id id;
  std::memcpy(id.octets.data() + 8, &number, sizeof(number));
  return id;
}

const account_id alice = person(1);
const account_id bob = person(2);

server_rates none() {
  server_rates rates;
  for (const auto& setting : rate_settings()) rates.*setting.member = rate{};
  return rates;
}

server_rates searches(const rate& account, const rate& network) {
  auto rates = none();
  rates.search_account = account;
  rates.search_network = network;
  return rates;
}

/// Takes until one is refused.
std::uint32_t taken_at_once(rate_limits& limits, limited what, const account_id* account,
                            std::string_view network, std::uint64_t now_ms) {
  std::uint32_t count = 0;
  while (count < 100'000 && limits.take(what, account, network, now_ms) == 0) ++count;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits_of_rates)

BOOST_AUTO_TEST_CASE(a_burst_then_as_many_as_time_gives) {
  rate_limits limits(searches(per_second(60, 2), rate{}));
  BOOST_TEST(taken_at_once(limits, limited::search, &alice, home_network, noon) == 60U);
  BOOST_TEST(limits.take(limited::search, &alice, home_network, noon) == 500U);
  BOOST_TEST(limits.take(limited::search, &alice, home_network, noon + 1) == 499U);
  BOOST_TEST(limits.take(limited::search, &alice, home_network, noon + 499) == 1U);
  BOOST_TEST(limits.take(limited::search, &alice, home_network, noon + 500) == 0U);
  BOOST_TEST(limits.take(limited::search, &alice, home_network, noon + 500) == 500U);
  // Two a second for five seconds; and never more than the burst, however long she rests.
  BOOST_TEST(taken_at_once(limits, limited::search, &alice, home_network, noon + 5'500) == 10U);
  BOOST_TEST(taken_at_once(limits, limited::search, &alice, home_network, noon + 86'400'000) ==
             60U);
}

BOOST_AUTO_TEST_CASE(who_waits_as_told_is_served_and_no_moment_before) {
  for (const auto& limit : {per_second(1, 3), per_second(4, 7), per_minute(20, 30), per_hour(2, 7),
                            per_day(1, 1), per_second(1, 999), per_second(5, 1'000'000)}) {
    rate_limits limits(searches(limit, rate{}));
    auto now = noon;
    for (int i = 0; i < 1'000; ++i) {
      const auto wait = limits.take(limited::search, &alice, home_network, now);
      if (wait == 0) continue;
      BOOST_REQUIRE_GT(limits.take(limited::search, &alice, home_network, now + wait - 1), 0U);
      now += wait;
      BOOST_REQUIRE_EQUAL(limits.take(limited::search, &alice, home_network, now), 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(three_a_second_are_exactly_three_for_ever) {
  rate_limits limits(searches(per_second(1, 3), rate{}));
  std::uint32_t served = 0;
  for (std::uint64_t ms = 0; ms < 100'000; ++ms) {
    if (limits.take(limited::search, &alice, home_network, noon + ms) == 0) ++served;
  }
  BOOST_TEST(served == 300U);
}

BOOST_AUTO_TEST_CASE(accounts_and_kinds_do_not_know_of_each_other) {
  auto rates = searches(per_minute(3, 1), rate{});
  rates.contact_account = per_minute(4, 1);
  rate_limits limits(rates);
  BOOST_TEST(taken_at_once(limits, limited::search, &alice, home_network, noon) == 3U);
  BOOST_TEST(taken_at_once(limits, limited::search, &bob, home_network, noon) == 3U);
  BOOST_TEST(taken_at_once(limits, limited::contact, &alice, home_network, noon) == 4U);
  // Nor does another network make another person.
  BOOST_TEST(limits.take(limited::search, &alice, elsewhere, noon) == 60'000U);
}

BOOST_AUTO_TEST_CASE(two_accounts_of_one_network_share_it) {
  rate_limits limits(searches(per_minute(5, 1), per_minute(8, 2)));
  BOOST_TEST(taken_at_once(limits, limited::search, &alice, home_network, noon) == 5U);
  BOOST_TEST(taken_at_once(limits, limited::search, &bob, home_network, noon) == 3U);
  BOOST_TEST(limits.take(limited::search, &bob, home_network, noon) == 30'000U);
  // Of two reasons to wait the longer counts.
  BOOST_TEST(limits.take(limited::search, &alice, home_network, noon) == 60'000U);
  BOOST_TEST(taken_at_once(limits, limited::search, &bob, elsewhere, noon) == 2U);
}

BOOST_AUTO_TEST_CASE(neither_pays_when_the_other_refuses) {
  rate_limits limits(searches(per_hour(5, 1), per_hour(8, 1)));
  BOOST_TEST(taken_at_once(limits, limited::search, &alice, home_network, noon) == 5U);
  // The account refuses: the network keeps its three.
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(limits.take(limited::search, &alice, home_network, noon) > 0U);
  BOOST_TEST(taken_at_once(limits, limited::search, &bob, home_network, noon) == 3U);
  // The network refuses: Bob keeps his two, and somebody new is not even remembered.
  const auto keys = limits.keys();
  const auto carol = person(3);
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(limits.take(limited::search, &bob, home_network, noon) > 0U);
    BOOST_TEST(limits.take(limited::search, &carol, home_network, noon) > 0U);
  }
  BOOST_TEST(limits.keys() == keys);
  BOOST_TEST(taken_at_once(limits, limited::search, &bob, elsewhere, noon) == 2U);
}

BOOST_AUTO_TEST_CASE(strangers_count_by_their_network_alone) {
  auto rates = none();
  rates.log_in_account = per_hour(1, 1);
  rates.log_in_network = per_hour(3, 1);
  rates.register_network = per_hour(2, 1);
  rates.mail_network = per_hour(4, 1);
  rate_limits limits(rates);
  BOOST_TEST(taken_at_once(limits, limited::log_in, nullptr, home_network, noon) == 3U);
  BOOST_TEST(taken_at_once(limits, limited::log_in, nullptr, elsewhere, noon) == 3U);
  // These two have no rate for accounts: whoever asks, it is the network's.
  BOOST_TEST(taken_at_once(limits, limited::register_account, &alice, home_network, noon) == 2U);
  BOOST_TEST(limits.take(limited::register_account, &bob, home_network, noon) > 0U);
  BOOST_TEST(taken_at_once(limits, limited::mail, &alice, home_network, noon) == 4U);
  BOOST_TEST(limits.take(limited::mail, nullptr, home_network, noon) > 0U);
}

BOOST_AUTO_TEST_CASE(a_rate_that_is_off_takes_and_remembers_nothing) {
  rate_limits all_off(none());
  for (std::size_t kind = 0; kind < limited_kinds; ++kind) {
    for (int i = 0; i < 1'000; ++i) {
      BOOST_REQUIRE_EQUAL(all_off.take(static_cast<limited>(kind), &alice, home_network, noon), 0U);
    }
  }
  BOOST_TEST(all_off.keys() == 0U);
  rate_limits network_only(searches(rate{}, per_hour(2, 1)));
  BOOST_TEST(taken_at_once(network_only, limited::search, &alice, home_network, noon) == 2U);
  BOOST_TEST(network_only.keys() == 1U);
}

BOOST_AUTO_TEST_CASE(each_kind_keeps_to_the_rates_of_its_name) {
  server_rates rates = none();
  std::uint32_t burst = 0;
  for (const auto& setting : rate_settings()) rates.*setting.member = per_day(++burst, 1);
  rate_limits limits(rates);
  // An account's row stands before its network's: its burst is smaller, so it refuses first.
  const std::map<limited, std::pair<const rate*, const rate*>> expected = {
      {limited::register_account, {nullptr, &rates.register_network}},
      {limited::log_in, {&rates.log_in_account, &rates.log_in_network}},
      {limited::search, {&rates.search_account, &rates.search_network}},
      {limited::contact, {&rates.contact_account, &rates.contact_network}},
      {limited::send, {&rates.send_account, &rates.send_network}},
      {limited::chat_key, {&rates.chat_key_account, &rates.chat_key_network}},
      {limited::broadcast, {&rates.broadcast_account, &rates.broadcast_network}},
      {limited::code, {&rates.code_account, &rates.code_network}},
      {limited::mail, {nullptr, &rates.mail_network}},
      {limited::file, {&rates.file_account, &rates.file_network}},
      {limited::request, {&rates.request_account, &rates.request_network}},
  };
  BOOST_TEST(expected.size() == limited_kinds);
  for (const auto& [what, both] : expected) {
    BOOST_TEST(taken_at_once(limits, what, nullptr, home_network, noon) == both.second->burst);
    if (both.first == nullptr) continue;
    BOOST_TEST(taken_at_once(limits, what, &alice, elsewhere, noon) == both.first->burst);
  }
}

BOOST_AUTO_TEST_CASE(any_text_is_a_network) {
  rate_limits limits(searches(rate{}, per_hour(1, 1)));
  const std::string longest(1'000, 'x');
  for (const std::string_view network :
       {std::string_view{}, std::string_view("unknown"), std::string_view("ffff:ffff:ffff::/48"),
        std::string_view(longest), std::string_view("ffff:ffff:fff::/48")}) {
    BOOST_TEST(taken_at_once(limits, limited::search, nullptr, network, noon) == 1U);
  }
  BOOST_TEST(limits.keys() == 5U);
}

BOOST_AUTO_TEST_CASE(an_account_is_no_network_of_the_same_octets) {
  rate_limits limits(searches(per_hour(2, 1), per_hour(3, 1)));
  account_id strange;
  std::copy_n("198.51.100.0/24", 16, strange.octets.begin());
  BOOST_TEST(taken_at_once(limits, limited::search, &strange, elsewhere, noon) == 2U);
  BOOST_TEST(taken_at_once(limits, limited::search, nullptr, "198.51.100.0/24", noon) == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(limits_of_keys)

BOOST_AUTO_TEST_CASE(what_is_full_again_is_forgotten) {
  rate_limits limits(searches(per_second(10, 1), per_second(1'000'000, 1'000'000)));
  // A thousand new people each second for an hour: only those of the last second tell something.
  std::size_t most = 0;
  for (std::uint64_t number = 0; number < 3'600'000; number += 10) {
    const auto somebody = person(number);
    BOOST_REQUIRE_EQUAL(limits.take(limited::search, &somebody, home_network, noon + number), 0U);
    most = std::max(most, limits.keys());
  }
  BOOST_TEST(most < 2'000U);
}

BOOST_AUTO_TEST_CASE(forgetting_in_the_midst_of_a_request_loses_nothing) {
  rate_limits limits(searches(per_second(1, 1), per_second(10, 1)));
  // Alice is known and full, the network new: making room for it may forget her.
  for (std::uint64_t number = 0; number < 20'000; ++number) {
    const auto now = noon + 10'000 * number;
    BOOST_REQUIRE_EQUAL(limits.take(limited::search, &alice, std::to_string(number), now), 0U);
    BOOST_REQUIRE_EQUAL(limits.take(limited::search, &alice, home_network, now), 1'000U);
  }
}

BOOST_AUTO_TEST_CASE(at_the_bound_new_ones_wait_and_known_ones_go_on) {
  rate_limits limits(searches(per_day(10, 1), rate{}));
  BOOST_TEST(limits.take(limited::search, &alice, home_network, noon) == 0U);
  std::uint32_t refused = 0;
  for (std::uint64_t number = 10; number < 2 * rate_keys_per_kind_max; ++number) {
    const auto somebody = person(number);
    const auto wait = limits.take(limited::search, &somebody, home_network, noon);
    if (wait == 0) continue;
    BOOST_REQUIRE_EQUAL(wait, rate_keys_wait_ms);
    ++refused;
  }
  BOOST_TEST(limits.keys() == rate_keys_per_kind_max);
  BOOST_TEST(refused == rate_keys_per_kind_max - 10 + 1);
  BOOST_TEST(taken_at_once(limits, limited::search, &alice, home_network, noon) == 9U);
  // A day later they are all full again, and nobody waits.
  for (std::uint64_t number = 0; number < rate_keys_per_kind_max / 2; ++number) {
    const auto somebody = person(1'000'000 + number);
    BOOST_REQUIRE_EQUAL(limits.take(limited::search, &somebody, home_network, noon + 86'400'000),
                        0U);
  }
  BOOST_TEST(limits.keys() < rate_keys_per_kind_max);
}

BOOST_AUTO_TEST_CASE(one_kind_without_room_leaves_the_others_theirs) {
  auto rates = searches(per_day(10, 1), rate{});
  rates.mail_network = per_day(10, 1);
  rate_limits limits(rates);
  for (std::uint64_t number = 0; number < 2 * rate_keys_per_kind_max; ++number) {
    limits.take(limited::mail, nullptr, std::to_string(number), noon);
  }
  BOOST_TEST(limits.take(limited::mail, nullptr, home_network, noon) == rate_keys_wait_ms);
  BOOST_TEST(limits.take(limited::search, &alice, home_network, noon) == 0U);
}

BOOST_AUTO_TEST_CASE(a_pair_without_room_for_one_takes_neither) {
  rate_limits limits(searches(per_day(2, 1), per_day(100'000, 1)));
  for (std::uint64_t number = 10; number < 2 * rate_keys_per_kind_max; ++number) {
    const auto somebody = person(number);
    limits.take(limited::search, &somebody, std::to_string(number), noon);
  }
  // Shards fill unevenly and pairs need room in two, so a few places may stay empty.
  BOOST_TEST(limits.keys() <= rate_keys_per_kind_max);
  BOOST_TEST(limits.keys() > rate_keys_per_kind_max * 9 / 10);
  const auto keys = limits.keys();
  for (std::uint64_t number = 10; number < 100'000; number += 7) {
    const auto somebody = person(number);
    limits.take(limited::search, &somebody, home_network, noon);
  }
  BOOST_TEST(limits.keys() <= rate_keys_per_kind_max);
  BOOST_TEST(limits.keys() >= keys);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(limits_among_threads)

BOOST_AUTO_TEST_CASE(together_they_never_get_more_than_the_burst) {
  rate_limits limits(searches(per_day(5'000, 1), per_day(12'000, 1)));
  std::array<std::atomic<std::uint32_t>, 4> taken{};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto who = person(i % 3);
      for (int round = 0; round < 10'000; ++round) {
        if (limits.take(limited::search, &who, home_network, noon) == 0) ++taken[i];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  // Three people could have 15,000; the network gives 12,000, and all of it.
  BOOST_TEST(taken[0] + taken[1] + taken[2] + taken[3] == 12'000U);
  BOOST_TEST(taken[0] + taken[3] <= 5'000U);  // one person on two devices
  BOOST_TEST(taken[1] <= 5'000U);
  BOOST_TEST(taken[2] <= 5'000U);
}

BOOST_AUTO_TEST_CASE(new_ones_from_everywhere_keep_to_the_bound_of_keys) {
  rate_limits limits(searches(per_day(1, 1), per_day(1, 1)));
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (std::uint64_t number = 0; number < 20'000; ++number) {
        const auto somebody = person(4 * number + i);
        // Networks of other numbers: two threads need the same two shards in both orders.
        limits.take(limited::search, &somebody, std::to_string(number), noon + number);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  BOOST_TEST(limits.keys() <= rate_keys_per_kind_max);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// The naive way: a bucket of tokens that time fills, drop by drop, each token `per_ms` drops.
class token_bucket {
 public:
  explicit token_bucket(const rate& limit) : limit_(limit), drops_(limit.burst * limit.per_ms) {}

  void pass_ms(std::uint64_t span_ms) {
    drops_ = std::min(drops_ + span_ms * limit_.count, limit_.burst * limit_.per_ms);
  }
  [[nodiscard]] bool has_one() const { return drops_ >= limit_.per_ms; }
  void take_one() { drops_ -= limit_.per_ms; }
  [[nodiscard]] std::uint32_t wait_ms() const {
    std::uint32_t wait = 0;
    for (auto later = *this; !later.has_one(); later.pass_ms(1)) ++wait;
    return wait;
  }

 private:
  rate limit_;
  std::uint64_t drops_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(limits_and_a_model)

BOOST_AUTO_TEST_CASE(agree_about_every_request) {
  std::mt19937_64 chance(tests::random_seed("limits_and_a_model"));
  for (int world = 0; world < 50; ++world) {
    const auto draw_rate = [&] {
      const auto burst = static_cast<std::uint32_t>(tests::draw(chance, 1, 8));
      const auto count = static_cast<std::uint32_t>(tests::draw(chance, 1, 40));
      return chance() % 3 == 0 ? per_minute(burst, count) : per_second(burst, count);
    };
    const auto rates = searches(draw_rate(), draw_rate());
    rate_limits limits(rates);
    std::vector<token_bucket> accounts(5, token_bucket(rates.search_account));
    std::vector<token_bucket> networks(3, token_bucket(rates.search_network));
    auto now = noon;
    for (int step = 0; step < 2'000; ++step) {
      const auto span = chance() % 4 == 0 ? tests::draw(chance, 0, 700) : 0;
      now += span;
      for (auto* buckets : {&accounts, &networks}) {
        for (auto& bucket : *buckets) bucket.pass_ms(span);
      }
      const auto who = tests::draw(chance, 0, 4);
      const auto where = tests::draw(chance, 0, 2);
      const bool stranger = chance() % 8 == 0;
      const auto id = person(who);
      const auto wait = limits.take(limited::search, stranger ? nullptr : &id,
                                    "192.0." + std::to_string(where) + ".0/24", now);
      std::uint32_t expected = networks[where].wait_ms();
      if (!stranger) expected = std::max(expected, accounts[who].wait_ms());
      BOOST_REQUIRE_EQUAL(wait, expected);
      if (wait > 0) continue;
      networks[where].take_one();
      if (!stranger) accounts[who].take_one();
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
