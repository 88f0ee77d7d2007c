#include "actors/meter.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "actors/metered.hpp"
#include "tests/actors/household.hpp"

/// What is counted on the way of a message, and that nothing is lost or doubled in it.
namespace {

using namespace uod;
using tests::household;

constexpr std::array<std::uint64_t, 3> bounds{10, 100, 1'000};

template <std::size_t Size>
std::uint64_t count_of(const histogram_reading<Size>& read) {
  std::uint64_t total = 0;
  for (const auto each : read.counts) total += each;
  return total;
}

std::uint64_t handled_by(const household& home, actor_kind kind) {
  return count_of(home.counters.actors[static_cast<std::size_t>(kind)].handling());
}

std::uint64_t waiting_for(const household& home, actor_kind kind) {
  return home.counters.actors[static_cast<std::size_t>(kind)].waiting();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(meters)

BOOST_AUTO_TEST_CASE(a_value_belongs_to_the_bound_that_it_reaches) {
  histogram<bounds> sizes;
  for (const std::uint64_t value : {0, 10, 11, 100, 101, 1'000, 1'001, 1'000'000}) {
    sizes.add(value);
  }
  const auto read = sizes.read();
  BOOST_TEST(read.counts[0] == 2U);
  BOOST_TEST(read.counts[1] == 2U);
  BOOST_TEST(read.counts[2] == 2U);
  BOOST_TEST(read.counts[3] == 2U);
  BOOST_TEST(read.sum == 1'002'223U);
}

BOOST_AUTO_TEST_CASE(many_threads_lose_nothing) {
  constexpr std::uint64_t each = 10'000;
  actor_meter meter;
  std::vector<std::thread> threads;
  for (std::size_t at = 0; at < meter_parts + 2; ++at) {
    threads.emplace_back([&] {
      for (std::uint64_t number = 0; number < each; ++number) {
        meter.arrived();
        meter.handled(number);
        if (number % 2 == 0) meter.left(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  BOOST_TEST(count_of(meter.handling()) == each * threads.size());
  BOOST_TEST(meter.waiting() == each / 2 * threads.size());
}

BOOST_AUTO_TEST_CASE(a_gauge_counts_whoever_holds_a_share_once) {
  std::atomic<std::int64_t> gauge{0};
  {
    gauge_share one;
    gauge_share other;
    one.take(gauge);
    one.take(gauge);
    other.take(gauge);
    BOOST_TEST(gauge == 2);
    other.release();
    other.release();
    BOOST_TEST(gauge == 1);
  }
  BOOST_TEST(gauge == 0);
}

BOOST_AUTO_TEST_CASE(mailboxes_are_seen_to_fill_and_to_empty) {
  household home;
  auto alice = home.arrive("alice");
  BOOST_TEST(waiting_for(home, actor_kind::session) == 0U);
  const auto before = handled_by(home, actor_kind::session);
  home.ask(alice, get_account{});  // it has run already
  const auto asked = handled_by(home, actor_kind::session);
  BOOST_TEST(asked > before);
  caf::anon_send(alice.session, outlet_drained{});
  caf::anon_send(alice.session, outlet_drained{});
  BOOST_TEST(waiting_for(home, actor_kind::session) == 2U);
  home.run();
  BOOST_TEST(waiting_for(home, actor_kind::session) == 0U);
  BOOST_TEST(handled_by(home, actor_kind::session) == asked + 2);
}

BOOST_AUTO_TEST_CASE(what_lay_in_the_mailbox_of_who_is_gone_does_not_wait_any_more) {
  household home;
  std::optional<household::visitor> alice = home.arrive("alice");
  caf::anon_send(alice->session, link_ended{error{errc::link_closed}});
  for (int more = 0; more < 5; ++more) caf::anon_send(alice->session, outlet_drained{});
  BOOST_TEST(waiting_for(home, actor_kind::session) == 6U);
  home.run();
  alice.reset();
  home.guests.clear();
  home.run();
  BOOST_TEST(waiting_for(home, actor_kind::session) == 0U);
}

BOOST_AUTO_TEST_CASE(sessions_log_ins_and_refusals_are_counted) {
  household home;
  auto alice = home.arrive("alice");
  BOOST_TEST(home.counters.sessions_known == 1);
  BOOST_TEST(home.counters.logins[static_cast<std::size_t>(login_kind::registration)] == 1U);
  home.ask(alice, subscribe{});
  BOOST_TEST(home.counters.sessions_subscribed == 1);
  auto tablet = home.greet();
  home.log_in_as(tablet, "alice");
  BOOST_TEST(home.counters.sessions_known == 2);
  BOOST_TEST(home.counters.logins[static_cast<std::size_t>(login_kind::password)] == 1U);
  auto mallory = home.greet();
  home.log_in_as(mallory, "alice", false);
  BOOST_TEST(home.counters.requests_refused.of(errc::wrong_credentials) == 1U);
  caf::anon_send(tablet.session, link_ended{error{errc::link_closed}});
  home.run();
  BOOST_TEST(home.counters.sessions_known == 1);
  BOOST_TEST(count_of(home.counters.accounts.commit_changes.read()) > 0U);
  BOOST_TEST(home.counters.accounts.commit_begun_ns == 0U);
}

BOOST_AUTO_TEST_CASE(a_commit_that_is_left_by_an_exception_has_failed) {
  store_counts counts;
  { commit_span span(counts, 3); }
  BOOST_TEST(counts.commits_failed == 1U);
  BOOST_TEST(counts.failed_at_ns != 0U);
  {
    commit_span span(counts, 3);
    BOOST_TEST(counts.commit_begun_ns != 0U);
    span.end(true);
  }
  BOOST_TEST(counts.commits_failed == 1U);
  BOOST_TEST(counts.failed_at_ns == 0U);
  BOOST_TEST(counts.commit_begun_ns == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
