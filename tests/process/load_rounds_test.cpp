#include <signal.h>

#include "tests/process/tester.hpp"

/// Many runs of the load tester for one answer: what a server can do, and which of two is better.
namespace uod::process {

BOOST_AUTO_TEST_SUITE(load)

BOOST_AUTO_TEST_CASE(carol_looks_for_what_a_server_can_do) {
  server home(no_rates);
  const tester carol(home.address());
  // At 100 a second 50 are sent in half a second: the bound falls short at 400 at the latest.
  const auto done = carol.types({"capacity", "chat-pairs", "--users", "4", "--duration", "0.5",
                                 "--set", "warmup=0.1", "--from", "100", "--precision", "0.9",
                                 "--hold", "sent <= 100", "--json"});
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto tries = rows_of_type(done.out, "try");
  BOOST_REQUIRE(tries.size() >= 2U);
  BOOST_TEST(tries.front().at("rate") == 100);
  BOOST_TEST(tries.front().at("holds") == true);
  BOOST_TEST(tries.back().at("delivered_per_s") > 0);
  const auto found = rows_of(done.out).back();
  BOOST_TEST(found.at("type") == "capacity");
  BOOST_TEST(found.at("rate") >= 100);
  BOOST_TEST(found.at("fell_short") <= 800);
  const auto none = carol.types({"capacity", "chat-pairs", "--users", "4", "--duration", "0.2",
                                 "--set", "warmup=0.1", "--from", "0.02", "--hold", "sent < 0"});
  BOOST_TEST(none.exit_code == 10, none.err);
  const auto wrong = carol.types({"capacity", "chat-pairs", "--hold", "speed > 1"});
  BOOST_TEST(wrong.exit_code == 2, wrong.err);
  BOOST_TEST(wrong.err.find("no such figure") != std::string::npos, wrong.err);
}

BOOST_AUTO_TEST_CASE(carol_compares_two_settings) {
  server home(no_rates);
  const tester carol(home.address());
  const auto done = carol.types({"compare", "chat-pairs", "--users", "4", "--duration", "0.3",
                                 "--set", "warmup=0.1", "--rounds", "3", "--a-set", "window=1",
                                 "--b-set", "window=8", "--json"});
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto rounds = rows_of_type(done.out, "round");
  BOOST_REQUIRE(rounds.size() == 6U);
  // In turns, each first in every other round.
  BOOST_TEST(rounds[0].at("side") == "A");
  BOOST_TEST(rounds[1].at("side") == "B");
  BOOST_TEST(rounds[2].at("side") == "B");
  const auto ratios = rows_of(done.out).back();
  BOOST_TEST(ratios.at("type") == "comparison");
  const auto& delivered = ratios.at("ratios").at("delivered_per_s");
  BOOST_TEST(delivered.at("low") <= delivered.at("ratio"));
  BOOST_TEST(delivered.at("ratio") <= delivered.at("high"));
  const auto nothing = carol.types({"compare", "chat-pairs"});
  BOOST_TEST(nothing.exit_code == 2, nothing.err);
}

BOOST_AUTO_TEST_CASE(a_search_that_is_interrupted_tells_what_it_found) {
  server home(no_rates);
  const tester carol(home.address());
  child searching(
      carol.typing({"capacity", "chat-pairs", "--users", "4", "--duration", "0.3", "--set",
                    "warmup=0.1", "--from", "100", "--hold", "errors <= 0", "--json"}));
  const std::string first = searching.await_line(
      [](const std::string& line) { return line.find("\"type\":\"try\"") != std::string::npos; });
  BOOST_TEST(json::parse(first).at("holds") == true);
  searching.signal(SIGINT);
  const auto done = searching.end();
  BOOST_TEST(done.exit_code == 1, done.err);
  const auto found = rows_of_type(done.out, "capacity");
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found.front().at("rate") >= 100);
  BOOST_TEST(found.front().at("tries") >= 1);
}

BOOST_AUTO_TEST_CASE(a_comparison_that_is_interrupted_tells_what_it_found) {
  server home(no_rates);
  const tester carol(home.address());
  child comparing(carol.typing({"compare", "chat-pairs", "--users", "4", "--duration", "0.3",
                                "--set", "warmup=0.1", "--rounds", "100", "--a-set", "window=1",
                                "--b-set", "window=8", "--json"}));
  await_row(comparing, "round", {{"round", 5}});
  comparing.signal(SIGINT);
  const auto done = comparing.end();
  BOOST_TEST(done.exit_code == 1, done.err);
  const auto found = rows_of_type(done.out, "comparison");
  BOOST_REQUIRE(found.size() == 1U);
  BOOST_TEST(found.front().at("ratios").contains("delivered_per_s"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
