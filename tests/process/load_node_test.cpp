#include "tests/process/administrator.hpp"
#include "tests/process/tester.hpp"
#include "tests/process/watched.hpp"

/// What load leaves of a node: nothing behind, and nothing lost, in whatever ships.
namespace uod::process {

BOOST_AUTO_TEST_SUITE(load)

/// The long one in a nutshell; what an hour shows is for an hour.
BOOST_AUTO_TEST_CASE(a_bit_of_everything_leaves_nothing_behind) {
  server home(no_rates + watched_config);
  const tester carol(home.address());
  // The first time shows what the node opens once and keeps.
  std::size_t kept = 0;
  for (const bool first : {true, false}) {
    const auto done = carol.types({"run", "soak", "--users", "40", "--duration",
                                   first ? "0.5" : "2", "--set", "warmup=0.5", "--json"});
    BOOST_TEST(done.exit_code == 0, done.err);
    const auto summary = summary_of(done);
    check_clean(summary);
    BOOST_TEST(summary.at("logins") > 0);
    BOOST_TEST(summary.at("history_pages") > 0);
    // Everybody is gone, and so are their sessions, as soon as the node has noticed.
    await_metric(home, "uod_actors{actor=\"session\"}", "0");
    await_metric(home, "uod_connections", "0");
    if (first) kept = descriptors(home).size();
  }
  await_descriptors(home, kept);
}

/// A store with room for four: forty people with eight messages each on the way stand in line for
/// it all the time, on all of the node's threads. Nobody is forgotten there.
BOOST_AUTO_TEST_CASE(a_narrow_store_is_a_line_and_not_a_loss) {
  std::string narrow = no_rates + watched_config;
  narrow.insert(narrow.find('\n') + 1, "store_queue_max = 4\n");  // it begins with the limits
  server home(narrow);
  const tester carol(home.address());
  const auto done = carol.types({"run", "chat-pairs", "--users", "40", "--duration", "1", "--set",
                                 "warmup=0.2", "--set", "window=8", "--json"});
  BOOST_TEST(done.exit_code == 0, done.err);
  check_clean(summary_of(done));
  await_metric(home, "uod_store_queue_changes", "0");
}

/// Each of the shipped ones, with few people and for a moment: they say what they are for.
BOOST_AUTO_TEST_CASE(every_shipped_scenario_plays) {
  server home(no_rates);
  const tester carol(home.address());
  const auto codes = carol.home() / "codes";
  const auto made = administrator(home).sees({"premium-code", "create", "--count", "1"});
  put_file(codes, made.at(0).at("code").get<std::string>() + "\n");
  const auto names = rows_of(carol.types({"list", "--json"}).out);
  BOOST_TEST(names.size() == 12U);
  for (const auto& each : names) {
    const std::string name = each.at("name");
    if (name == "soak" || name == "chat-pairs") continue;  // above
    words given = {"run", name, "--duration", "1", "--set", "warmup=0.2", "--json"};
    if (name == "idle") given = {"run", name, "--duration", "1", "--users", "20", "--json"};
    // Those with many roles have their own number of people.
    if (name == "reconnect-storm") given.insert(given.end(), {"--set", "round_s=0.5"});
    if (name == "broadcast") {
      given.insert(given.end(), {"--premium-codes", codes.string(), "--set", "every_s=0.2"});
    }
    const auto done = carol.types(given);
    BOOST_TEST(done.exit_code == 0, name << ": " << done.err << done.out);
    check_clean(summary_of(done));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
