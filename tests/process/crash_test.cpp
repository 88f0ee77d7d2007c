#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"

/// The server goes away in the middle of things and comes back. Whatever it acknowledged is there
/// once, and whoever was at work goes on by himself.
namespace uod::process {
namespace {

constexpr std::uint64_t lines_count = 20'000;

std::string text_of(std::uint64_t number) { return "line " + std::to_string(number); }

std::string many_lines() {
  std::string lines;
  for (std::uint64_t number = 1; number <= lines_count; ++number) lines += text_of(number) + "\n";
  return lines;
}

/// Each line once, in the order in which it was written, under the seq that is its number.
void check_each_once(const std::vector<json>& messages) {
  BOOST_REQUIRE_EQUAL(messages.size(), lines_count);
  std::uint64_t number = 0;
  for (const auto& row : messages) {
    ++number;
    const bool right = row.at("seq") == number && row.at("text") == text_of(number);
    BOOST_REQUIRE_MESSAGE(right, "instead of line " << number << " came " << row.dump());
  }
}

/// Alice sends to Bob, who listens all the time; `interrupt` happens in the middle of it.
void send_through(server& home, const std::function<void()>& interrupt) {
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto bob_hears = bob.listens({"--count", std::to_string(lines_count)});
  auto alice_sends = alice.starts({"--timeout", "50", "send", "bob", "-"}, many_lines());
  await_row(alice_sends, "sent", {{"seq", 1000}});
  interrupt();

  const auto sent = alice_sends.end();
  BOOST_TEST(sent.exit_code == 0, sent.err);
  const auto acknowledged = rows_of_type(sent.out, "sent");
  BOOST_REQUIRE_EQUAL(acknowledged.size(), lines_count);

  const auto heard = bob_hears.end();
  BOOST_TEST(heard.exit_code == 0, heard.err);
  check_each_once(rows_of_type(heard.out, "message"));
  BOOST_TEST(rows_of_type(heard.out, "connection").back().at("state") == "resumed");

  const auto stored = bob.sees({"history", "alice", "--limit", std::to_string(lines_count)});
  check_each_once(stored);
  for (std::uint64_t at = 0; at < lines_count; ++at) {
    BOOST_REQUIRE_EQUAL(acknowledged[at].at("id"), stored[at].at("id"));
  }
  // It was the middle: some were stored in the first life, some in the second.
  const auto in_second_life = total_of(home.stop().err, "messages");
  BOOST_TEST(in_second_life > 0);
  BOOST_TEST(in_second_life < lines_count);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crash)

BOOST_AUTO_TEST_CASE(killed_in_the_middle_of_a_pipeline) {
  server home;
  send_through(home, [&] {
    home.kill();
    home.start();
  });
}

BOOST_AUTO_TEST_CASE(told_to_end_in_the_middle_of_a_pipeline) {
  server home;
  send_through(home, [&] {
    const auto ended = home.stop();
    BOOST_TEST(ended.exit_code == 0, ended.err);
    BOOST_TEST(lines_with(ended.err, " info node.draining ") == 1, ended.err);
    BOOST_TEST(lines_with(ended.err, " info node.ended ") == 1, ended.err);
    BOOST_TEST(lines_with(ended.err, "node.drain_cut_short") == 0, ended.err);
    home.start();
  });
}

BOOST_AUTO_TEST_CASE(listening_alone_through_a_restart) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto bob_hears = bob.listens();
  alice.sees({"send", "bob", "before"});
  await_row(bob_hears, "message", {{"text", "before"}});
  BOOST_TEST(home.stop().exit_code == 0);
  await_row(bob_hears, "connection", {{"state", "reconnecting"}});
  home.start();
  await_row(bob_hears, "connection", {{"state", "resumed"}});
  alice.sees({"send", "bob", "after"});
  await_row(bob_hears, "message", {{"text", "after"}});
  bob_hears.signal(SIGINT);
  const auto heard = bob_hears.end();
  BOOST_TEST(heard.exit_code == 0);
  BOOST_TEST(rows_of_type(heard.out, "message").size() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
