#include <boost/test/unit_test.hpp>

#include "protocol/codes.hpp"
#include "tests/process/house.hpp"
#include "tests/process/mailbox.hpp"
#include "tests/process/raw_client.hpp"
#include "tests/process/refusal.hpp"

/// Whoever asks too often is told how long to wait; whoever works through a pipeline gets through.
namespace uod::process {
namespace {

void check_slowed(const ended& done) {
  const auto refusal = check_refused(done, 7, "rate_limited");
  BOOST_TEST(refusal.at("retry_after_ms").get<std::uint64_t>() > 0U);
  BOOST_TEST(done.err.find("try again in ") != std::string::npos, done.err);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rates)

BOOST_AUTO_TEST_CASE(one_message_too_many_is_told_and_a_pipeline_goes_through) {
  constexpr std::uint64_t lines_count = 300;
  server home("[rates]\nsend_account = \"20, 100/s\"\n");
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto bob_hears = bob.listens({"--count", std::to_string(lines_count)});
  std::string lines;
  for (std::uint64_t number = 1; number <= lines_count; ++number) {
    lines += "line " + std::to_string(number) + "\n";
  }
  const auto sent = alice.types({"send", "bob", "-"}, lines);
  BOOST_TEST(sent.exit_code == 0, sent.err);
  BOOST_TEST(rows_of_type(sent.out, "sent").size() == lines_count);
  const auto heard = rows_of_type(bob_hears.end().out, "message");
  BOOST_REQUIRE(heard.size() == lines_count);
  for (std::uint64_t number = 1; number <= lines_count; ++number) {
    BOOST_REQUIRE(heard[number - 1].at("seq") == number);
    BOOST_REQUIRE(heard[number - 1].at("text") == "line " + std::to_string(number));
  }
  // It was slowed, and not by so little that nobody would have noticed.
  BOOST_TEST(total_of(home.stop().err, "rate_limited") > 0U);
}

BOOST_AUTO_TEST_CASE(each_kind_is_told_how_long_to_wait) {
  server home(
      "[rates]\nregister_network = \"2, 1/d\"\nsearch_account = \"1, 1/d\"\n"
      "send_account = \"1, 1/d\"\ncontact_account = \"2, 1/d\"\nlog_in_account = \"2, 1/d\"\n"
      "broadcast_account = \"1, 1/d\"\n");
  const person alice(home, "alice");
  const person bob(home, "bob");
  const person carol(home, "carol", false);
  check_slowed(carol.types(
      {"register", "--user", "carol", "--email", "carol@example.org", "--password-stdin"},
      password_line));
  check_refused(carol.types({"whoami"}), 3, "not_logged_in");  // nothing half done
  alice.sees({"send", "bob", "one"});
  check_slowed(alice.types({"send", "bob", "two"}));
  BOOST_TEST(bob.sees({"history", "alice"}).size() == 1U);
  alice.sees({"contacts", "search", "bo"});
  check_slowed(alice.types({"contacts", "search", "bo"}));
  alice.sees({"contacts", "add", "bob"});
  check_slowed(alice.types({"contacts", "remove", "bob"}));
  // Log-ins, whether right or wrong, from anywhere.
  const auto logs_in = [&](const std::string& password) {
    return carol.types({"login", "--user", "bob", "--password-stdin"}, password + "\n");
  };
  check_refused(logs_in("not his password"), 3, "wrong_credentials");
  check_slowed(logs_in(usual_password));
  // Others are not slowed by it, and a token still opens.
  bob.sees({"send", "alice", "hi"});
}

BOOST_AUTO_TEST_CASE(codes_are_guessed_by_the_thousand_and_the_right_one_still_works) {
  constexpr std::size_t guesses = 1000;
  server home;
  mailbox post(home);
  const person alice(home, "alice");
  const auto address = alice.sees({"whoami"}).at(0).at("email").get<std::string>();
  const person mallory(home, "mallory", false);
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto guess =
        mallory.types({"login", "--user", "alice", "--password-stdin"}, "a guess at it\n");
    BOOST_TEST(guess.exit_code != 0);
  }
  const auto code = code_in(post.takes(address, "attempting to get in"));

  // From another network, as strangers are; a connection bears only some wrong ones.
  std::size_t wrong = 0;
  std::size_t slowed = 0;
  while (wrong + slowed < guesses) {
    raw_client guesser(home.port(), {.from = "127.9.0.1"});
    guesser.ask_for<welcome>(hello{"a guesser"});
    for (int guess = 0; guess < 5; ++guess) {
      const auto why = guesser.refusal_of(unlock_account{"alice", make_mail_code()});
      const bool is_slowed = why.code == errc::rate_limited && why.retry_after_ms > 0;
      BOOST_REQUIRE_MESSAGE(is_slowed || why.code == errc::code_wrong, to_text(why));
      (is_slowed ? slowed : wrong) += 1;
    }
  }
  BOOST_TEST(wrong <= 100U);  // thirty at once, and a few more while it takes

  const person laptop(home, "alice", false);
  const auto unlocked = laptop.types({"unlock", "--user", "alice", "--code-stdin"}, code + "\n");
  BOOST_TEST(unlocked.exit_code == 0, unlocked.err);
  BOOST_TEST(
      laptop.types({"login", "--user", "alice", "--password-stdin"}, password_line).exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
