#include "server/metrics/node_metrics.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>

#include "tests/actors/household.hpp"

/// What monitoring sees of Alice and Bob.
namespace {

using namespace uod;
using metrics::node_metrics;
using tests::household;

struct watched {
  household home;
  node_metrics seen{home.node, std::move(home.store->make_reader().value())};

  watched() { home.counters.open_to_people = true; }

  /// The line that begins so, without its beginning; empty: there is none.
  [[nodiscard]] std::string value(const std::string& series) const {
    std::istringstream text(seen.text());
    std::string line;
    while (std::getline(text, line)) {
      if (line.starts_with(series + " ")) return line.substr(series.size() + 1);
    }
    return {};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_nodes_metrics)

BOOST_FIXTURE_TEST_CASE(follow_what_people_do, watched) {
  auto alice = home.arrive("alice");
  auto bob = home.arrive("bob");
  home.ask(bob, subscribe{});
  const auto chat = home.chat_of(alice, "bob");
  home.say(alice, chat, "hello");
  home.say(alice, chat, "hello again");
  auto mallory = home.greet();
  home.log_in_as(mallory, "alice", false);

  BOOST_TEST(value("uod_build_info{version=\"" UOD_VERSION "\"}") == "1");
  BOOST_TEST(value("uod_sessions_authenticated") == "2");
  BOOST_TEST(value("uod_sessions_subscribed") == "1");
  BOOST_TEST(value("uod_logins_total{kind=\"registration\"}") == "2");
  BOOST_TEST(value("uod_messages_stored_total") == "2");
  BOOST_TEST(value("uod_requests_refused_total{reason=\"wrong_credentials\"}") == "1");
  BOOST_TEST(value("uod_requests_refused_total{reason=\"overloaded\"}") == "0");
  BOOST_TEST(value("uod_commit_seconds_bucket{store=\"messages\",le=\"+Inf\"}") ==
             value("uod_commit_seconds_count{store=\"messages\"}"));
  BOOST_TEST(value("uod_commit_changes_sum{store=\"messages\"}") != "0");
  BOOST_TEST(value("uod_actors{actor=\"session\"}") == "3");
  BOOST_TEST(value("uod_actors{actor=\"directory\"}") == "1");
  BOOST_TEST(value("uod_actor_mailbox_messages{actor=\"directory\"}") == "0");
  BOOST_TEST(value("uod_actor_message_seconds_count{actor=\"directory\"}") != "0");
  BOOST_TEST(value("uod_mails_queued_total") == "2");
  BOOST_TEST(value("uod_mails_delivered_total") == "2");
  BOOST_TEST(value("uod_mail_outbox_mails{state=\"waiting\"}") == "0");
  BOOST_TEST(value("uod_ready") == "1");
}

BOOST_FIXTURE_TEST_CASE(say_when_the_node_is_not_ready_and_why, watched) {
  BOOST_TEST(!seen.not_ready().has_value());
  home.counters.open_to_people = false;
  BOOST_TEST(seen.not_ready().value() == "the node starts or ends");
  BOOST_TEST(value("uod_ready") == "0");
  home.counters.open_to_people = true;

  const auto now_ns = steady_ns();
  constexpr std::uint64_t ns_in_ms = 1'000'000;
  home.counters.messages.failed_at_ns = now_ns;
  BOOST_TEST(seen.not_ready().value() ==
             "the last commit of messages failed; see store.commit_failed in the log");
  // Nobody was sent here since: whoever asks again may find it well.
  home.counters.messages.failed_at_ns = now_ns - (metrics::store_failing_ms + 1) * ns_in_ms;
  BOOST_TEST(!seen.not_ready().has_value());
  home.counters.accounts.commit_begun_ns = now_ns - (metrics::commit_stuck_ms + 2'000) * ns_in_ms;
  BOOST_TEST(seen.not_ready().value().starts_with("a commit of accounts has taken 12 s"));
  home.counters.accounts.commit_begun_ns = 0;
  BOOST_TEST(!seen.not_ready().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
