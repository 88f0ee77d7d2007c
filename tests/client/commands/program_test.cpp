#include <termios.h>

#include "tests/client/commands/program_process.hpp"

using namespace uod::client;

/// The program as a person or a script meets it, as far as no server is needed.
namespace {

/// Nobody listens there: the port is the one of "discard", and the address is this machine.
const words nobody = {"--server", "127.0.0.1:9"};

/// A terminal that the program may be given, seen from the other side.
struct terminal_pair {
  int ours = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  int theirs = -1;

  terminal_pair() {
    BOOST_REQUIRE(::grantpt(ours) == 0);
    BOOST_REQUIRE(::unlockpt(ours) == 0);
    theirs = ::open(::ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
    BOOST_REQUIRE(theirs >= 0);
  }
  ~terminal_pair() {
    ::close(ours);
    ::close(theirs);
  }
  /// Reads what the program shows until this is among it.
  std::string shows(const std::string& text) {
    std::string seen;
    while (seen.find(text) == std::string::npos) {
      pollfd watched{ours, POLLIN, 0};
      BOOST_REQUIRE_MESSAGE(::poll(&watched, 1, 20'000) == 1, "only saw: " << seen);
      char piece[256];
      const auto n = ::read(ours, piece, sizeof piece);
      BOOST_REQUIRE(n > 0);
      seen.append(piece, static_cast<std::size_t>(n));
    }
    return seen;
  }
  void types(const std::string& text) const {
    BOOST_REQUIRE(::write(ours, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] bool echoes() const {
    termios now{};
    BOOST_REQUIRE(::tcgetattr(theirs, &now) == 0);
    return (now.c_lflag & ECHO) != 0;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(programs)

BOOST_AUTO_TEST_CASE(help_goes_to_stdout_and_wrong_usage_to_stderr) {
  const auto help = run({"--help"});
  BOOST_TEST(help.exit_code == 0);
  BOOST_TEST(help.out.find("Usage: uod") != std::string::npos);
  BOOST_TEST(help.err.empty());
  const auto nothing = run({});
  BOOST_TEST(nothing.exit_code == 2);
  BOOST_TEST(nothing.out.empty());
  BOOST_TEST(nothing.err.find("Usage: uod") != std::string::npos);
  const auto wrong = run({"chats", "--frobnicate"});
  BOOST_TEST(wrong.exit_code == 2);
  BOOST_TEST(wrong.out.empty());
  BOOST_TEST(wrong.err.starts_with("uod: "));
}

BOOST_AUTO_TEST_CASE(with_json_an_error_is_a_row_and_a_line) {
  const auto wrong = run({"chats", "--frobnicate", "--json"});
  BOOST_TEST(wrong.exit_code == 2);
  BOOST_TEST(only_row(wrong.out)["code"] == "usage");
  BOOST_TEST(wrong.err.starts_with("uod: "));
  const auto stranger = run({"chats", "--json"});
  BOOST_TEST(stranger.exit_code == 3);
  BOOST_TEST(only_row(stranger.out)["type"] == "error");
  BOOST_TEST(only_row(stranger.out)["code"] == "not_logged_in");
  BOOST_TEST(stranger.err.find("uod login") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_command_that_needs_a_log_in_says_so) {
  for (const auto& given :
       {words{"whoami"}, words{"logout"}, words{"contacts"}, words{"contacts", "add", "bob"},
        words{"contacts", "search", "b"}, words{"contacts", "remove", "bob"}, words{"chats"},
        words{"history", "bob"}, words{"send", "bob", "hi"}, words{"listen"}, words{"devices"},
        words{"devices", "revoke", "0198c0de"}, words{"broadcast", "hi"}, words{"home"},
        words{"premium", "redeem", "-"}, words{"email", "confirm", "--code-stdin"},
        words{"email", "change", "a@example.org"}, words{"email", "send-code"},
        words{"password", "change"}})
    BOOST_TEST(run(given).exit_code == 3, given.front());
}

BOOST_AUTO_TEST_CASE(a_password_is_never_asked_for_where_nobody_can_answer) {
  const words login = {"login", "--user", "alice"};
  const auto no_terminal = run(login);
  BOOST_TEST(no_terminal.exit_code == 2);
  BOOST_TEST(no_terminal.err.find("--password-stdin") != std::string::npos);
  BOOST_TEST(run(with(login, {"--no-input"})).exit_code == 2);
  BOOST_TEST(run(with(login, {"--password-stdin"})).exit_code == 2);  // stdin is empty
  terminal_pair terminal;
  program forbidden(with(login, {"--no-input"}), terminal.theirs, -1, -1);
  BOOST_TEST(forbidden.end().exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_code_is_never_asked_for_where_nobody_can_answer) {
  const std::vector<words> commands = {{"unlock", "--user", "alice"},
                                       {"password", "reset", "--user", "alice"}};
  for (const auto& given : commands) {
    const auto no_terminal = run(with(given, {"--json"}));
    BOOST_TEST(no_terminal.exit_code == 2);
    BOOST_TEST(only_row(no_terminal.out)["code"] == "input_needed");
    BOOST_TEST(no_terminal.err.find("--code-stdin") != std::string::npos);
    terminal_pair terminal;
    program forbidden(with(given, {"--no-input"}), terminal.theirs, -1, terminal.theirs);
    const auto seen = terminal.shows("forbidden");
    BOOST_TEST(seen.find("Code from the mail: ") == std::string::npos, seen);
    BOOST_TEST(forbidden.end().exit_code == 2);
    BOOST_TEST(run(with(given, {"--code-stdin"})).exit_code == 2);  // stdin is empty
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_code_costs_no_try) {
  // Nobody is connected to: the answer comes from here, and not after the wait for a server.
  const auto types = [](const words& given, const std::string& lines) {
    const piped_lines input(lines);
    return program(with(nobody, with(given, {"--json"})), input.in).end();
  };
  const auto unlocks = types({"unlock", "--user", "alice", "--code-stdin"}, "K7QF2\n");
  BOOST_TEST(unlocks.exit_code == 3);
  BOOST_TEST(only_row(unlocks.out)["code"] == "code_wrong");
  const words alice = {"register", "--user", "alice", "--email", "a@example.org"};
  const auto registers =
      types(with(alice, {"--premium-code", "-", "--password-stdin"}), "4J8Q\na good password\n");
  BOOST_TEST(registers.exit_code == 7);
  BOOST_TEST(only_row(registers.out)["code"] == "premium_code_invalid");
  // With a good one the next line is the password, and it is judged.
  const auto weak = types(with(alice, {"--premium-code", "-", "--password-stdin"}),
                          "4j8q-k7qf-29xm-rt9z-kd01-2345\nshort\n");
  BOOST_TEST(only_row(weak.out)["code"] == "password_weak");
  const auto resets =
      types({"password", "reset", "--user", "alice", "--code-stdin", "--password-stdin"},
            "k7qf2 9xmrt\nshort\n");
  BOOST_TEST(only_row(resets.out)["code"] == "password_weak");
}

BOOST_AUTO_TEST_CASE(a_code_may_be_seen_while_it_is_typed_and_the_password_not) {
  terminal_pair terminal;
  program alice({"password", "reset", "--user", "alice"}, terminal.theirs, -1, terminal.theirs);
  terminal.shows("Code from the mail: ");
  BOOST_TEST(terminal.echoes());
  terminal.types("K7QF2-9XMRT\n");
  terminal.shows("New password for alice: ");
  BOOST_TEST(!terminal.echoes());
  alice.signal(SIGTERM);
  BOOST_TEST(alice.end().exit_code == 1);
  BOOST_TEST(terminal.echoes());
}

BOOST_AUTO_TEST_CASE(a_devices_id_is_judged_before_any_server_is_asked) {
  BOOST_TEST(run({"devices", "revoke", "0198c0d"}).exit_code == 2);
  BOOST_TEST(run({"devices", "revoke", "my-laptop"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(what_cannot_become_an_account_is_refused_before_any_server_is_asked) {
  BOOST_TEST(run({"register", "--user", "al\x1bice", "--email", "a@example.org"}).exit_code == 7);
  BOOST_TEST(run({"register", "--user", "alice", "--email", "nowhere"}).exit_code == 7);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_waited_for_and_then_named) {
  int secret[2];
  BOOST_REQUIRE(::pipe2(secret, O_CLOEXEC) == 0);
  BOOST_REQUIRE(::write(secret[1], "a good password\n", 16) == 16);
  program alice(
      with(nobody, {"login", "--user", "alice", "--password-stdin", "--timeout", "1", "--json"}),
      secret[0]);
  const auto end = alice.end();
  BOOST_TEST(end.exit_code == 6);
  BOOST_TEST(only_row(end.out)["code"] == "server_unreachable");
  BOOST_TEST(end.err.find("connecting to 127.0.0.1:9") != std::string::npos);
  BOOST_TEST(end.err.find("--server") != std::string::npos);
  BOOST_TEST(end.err.find("a good password") == std::string::npos);
  ::close(secret[0]);
  ::close(secret[1]);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_a_server) {
  for (const int number : {SIGINT, SIGTERM}) {
    int secret[2];
    BOOST_REQUIRE(::pipe2(secret, O_CLOEXEC) == 0);
    BOOST_REQUIRE(::write(secret[1], "a good password\n", 16) == 16);
    program alice(with(nobody, {"login", "--user", "alice", "--password-stdin", "--timeout", "60"}),
                  secret[0]);
    alice.hears("connecting to");
    alice.signal(number);
    const auto end = alice.end();
    BOOST_TEST(end.exit_code == 1);
    BOOST_TEST(end.err.find("nterrupted") != std::string::npos);
    ::close(secret[0]);
    ::close(secret[1]);
  }
}

BOOST_AUTO_TEST_CASE(a_password_is_typed_without_echo_and_asked_for_twice) {
  terminal_pair terminal;
  program alice(
      with(nobody, {"register", "--user", "alice", "--email", "a@example.org", "--timeout", "1"}),
      terminal.theirs, -1, terminal.theirs);
  terminal.shows("Password for alice: ");
  BOOST_TEST(!terminal.echoes());
  terminal.types("correct horse battery\n");
  auto seen = terminal.shows("The same again: ");
  terminal.types("correct horse batterx\n");
  seen += terminal.shows("differ");
  BOOST_TEST(seen.find("correct") == std::string::npos);
  BOOST_TEST(alice.end().exit_code == 2);
  BOOST_TEST(terminal.echoes());
}

BOOST_AUTO_TEST_CASE(a_signal_in_the_middle_of_a_password_gives_the_echo_back) {
  terminal_pair terminal;
  program alice({"login", "--user", "alice"}, terminal.theirs, -1, terminal.theirs);
  terminal.shows("Password for alice: ");
  terminal.types("half a pass");
  alice.signal(SIGTERM);
  terminal.shows("nterrupted");
  BOOST_TEST(alice.end().exit_code == 1);
  BOOST_TEST(terminal.echoes());
}

BOOST_AUTO_TEST_CASE(a_closed_pipe_ends_it_quietly) {
  int out[2];
  BOOST_REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  ::close(out[0]);
  program alice({"chats", "--json"}, -1, out[1]);
  ::close(out[1]);
  const auto end = alice.end();
  BOOST_TEST(end.signal == 0);
  const auto told = run({"--help"});
  BOOST_TEST(told.exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_is_told_with_its_place) {
  const fresh_directory place;
  const auto refused = run({"chats", "--server", "nowhere"});
  BOOST_TEST(refused.exit_code == 2);
  BOOST_TEST(refused.err.find("--server") != std::string::npos);
  BOOST_TEST(run({"chats", "--profile", "../x"}).exit_code == 2);
  BOOST_TEST(run({"chats", "--timeout", "0"}).exit_code == 2);
  BOOST_TEST(run({"chats", "--server-fingerprint", "SHA256:short"}).exit_code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
