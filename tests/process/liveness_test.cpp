#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"

/// Who is there, as their contacts see it: a goodbye is heard at once, a silence is asked and then
/// ended, and who was only asleep comes back and has missed nothing.
namespace uod::process {
namespace {

/// Goodbyes are told in the log; nobody is silent for long enough to be ended while a test waits.
const std::string patient = "[log]\nlevel = \"debug\"\n[limits]\nsilence_ms = 600000\n";
/// Silence is noticed within seconds. Not less: a busy machine is silent for a moment, too.
const std::string impatient =
    "[log]\nlevel = \"debug\"\n[limits]\nsilence_ms = 1000\nsilence_end_ms = 2000\n";

/// Two have registered and added each other; each of these commands ends with a goodbye.
constexpr std::size_t goodbyes_before = 4;

/// Alice and Bob have each other as contacts and listen; each sees the other come.
struct neighbours {
  explicit neighbours(const std::string& config) : home(config) {
    befriend(alice, bob);
    bob_hears.emplace(bob.listens());
    alice_hears.emplace(alice.listens());
    sees_alice(true);
  }

  /// Bob is told that Alice came or went.
  json sees_alice(bool online) {
    return await_row(*bob_hears, "presence", {{"user", "alice"}, {"online", online}});
  }

  server home;
  person alice{home, "alice"};
  person bob{home, "bob"};
  std::optional<child> bob_hears;
  std::optional<child> alice_hears;
};

words texts_of(const std::string& out) {
  words texts;
  for (const auto& row : rows_of_type(out, "message")) texts.push_back(row.at("text"));
  return texts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(liveness)

BOOST_AUTO_TEST_CASE(who_says_goodbye_is_offline_at_once) {
  neighbours n(patient);
  n.alice_hears->signal(SIGTERM);
  BOOST_TEST(n.alice_hears->end().exit_code == 0);
  BOOST_TEST(n.sees_alice(false).contains("last_seen"));
  const auto ended = n.home.stop();
  BOOST_TEST(lines_with(ended.err, "session.goodbye") == goodbyes_before + 1);
  BOOST_TEST(lines_with(ended.err, "reason=silent") == 0);
}

BOOST_AUTO_TEST_CASE(who_is_killed_is_offline_when_the_connection_ends) {
  neighbours n(patient);
  n.alice_hears->signal(SIGKILL);
  n.sees_alice(false);
  const auto ended = n.home.stop();
  BOOST_TEST(lines_with(ended.err, "session.goodbye") == goodbyes_before);
  BOOST_TEST(lines_with(ended.err, "reason=silent") == 0);
}

BOOST_AUTO_TEST_CASE(a_sleeping_laptop_is_offline_after_a_bound_and_comes_back_by_itself) {
  neighbours n(impatient);
  n.bob.sees({"send", "alice", "before"});
  await_row(*n.alice_hears, "message", {{"text", "before"}});

  n.alice_hears->signal(SIGSTOP);
  n.home.process().await_message("reason=silent");
  n.sees_alice(false);
  BOOST_TEST(n.bob.sees({"contacts"}).at(0).at("online") == false);
  n.bob.sees({"send", "alice", "-"}, "are you there?\nit is about tomorrow\n");

  n.alice_hears->signal(SIGCONT);
  n.sees_alice(true);
  await_row(*n.alice_hears, "connection", {{"state", "resumed"}});
  await_row(*n.alice_hears, "message", {{"text", "it is about tomorrow"}});
  n.bob.sees({"send", "alice", "good morning"});
  await_row(*n.alice_hears, "message", {{"text", "good morning"}});
  n.alice_hears->signal(SIGTERM);
  const auto ended = n.alice_hears->end();
  BOOST_TEST(ended.exit_code == 0);
  BOOST_TEST(texts_of(ended.out) ==
                 (words{"before", "are you there?", "it is about tomorrow", "good morning"}),
             boost::test_tools::per_element());
  // Bob has been there all the time, asked and answering.
  BOOST_TEST(lines_with(n.home.log(), "reason=silent") == 1);
}

BOOST_AUTO_TEST_CASE(a_laptop_that_sleeps_for_a_moment_is_never_missed) {
  // Stopped from when the server asks until it would end: nothing of that is Bob's business.
  neighbours n("[log]\nlevel = \"debug\"\n[limits]\nsilence_ms = 500\nsilence_end_ms = 60000\n");
  n.alice_hears->signal(SIGSTOP);
  n.bob.sees({"send", "alice", "are you there?"});
  n.alice_hears->signal(SIGCONT);
  await_row(*n.alice_hears, "message", {{"text", "are you there?"}});
  n.bob_hears->signal(SIGTERM);
  BOOST_TEST(rows_of_type(n.bob_hears->end().out, "presence").size() == 1);  // when she came
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
