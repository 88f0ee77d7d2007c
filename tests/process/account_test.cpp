#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/mailbox.hpp"

/// Accounts that can be trusted, with the real programs: addresses, passwords, locks, devices.
namespace uod::process {
namespace {

const std::string password_line = std::string(usual_password) + "\n";
const std::string new_password = "another good password";

std::string code_name_of(const ended& done) {
  const auto errors = rows_of_type(done.out, "error");
  return errors.size() == 1 ? errors[0].at("code").get<std::string>() : done.out + done.err;
}

/// Somebody who types a password for an account from a device of their own.
ended log_in_elsewhere(const server& home, const std::string& name, const std::string& password) {
  const person elsewhere(home, name, false);
  return elsewhere.types({"login", "--user", name, "--password-stdin"}, password + "\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(accounts)

BOOST_AUTO_TEST_CASE(an_address_is_confirmed_and_moved_by_codes) {
  server home;
  const person alice(home, "alice");
  const auto welcome = take_mail(home, "welcome");
  const auto address = alice.sees({"whoami"}).at(0).at("email").get<std::string>();
  BOOST_TEST(welcome.find("To: <" + address + ">") != std::string::npos, welcome);
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("email_confirmed") == false);

  const auto confirms = [&](const std::string& code) {
    return alice.types({"email", "confirm", "--code-stdin"}, code + "\n");
  };
  const auto wrong = confirms("00000-00000");
  BOOST_TEST(wrong.exit_code == 3);
  BOOST_TEST(code_name_of(wrong) == "code_wrong");
  BOOST_TEST(confirms(code_of(welcome)).exit_code == 0);
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("email_confirmed") == true);

  BOOST_TEST(alice.types({"email", "change", "new@example.org", "--password-stdin"}, password_line)
                 .exit_code == 0);
  const auto code = take_code(home, "confirm_email");
  const auto warning = take_mail(home, "email_changed");
  BOOST_TEST(warning.find("To: <" + address + ">") != std::string::npos);
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("email") == address);
  BOOST_TEST(confirms(code).exit_code == 0);
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("email") == "new@example.org");
}

BOOST_AUTO_TEST_CASE(a_password_is_changed_and_one_that_is_forgotten_replaced) {
  server home;
  const person alice(home, "alice");
  alice.sees({"email", "confirm", "--code-stdin"}, take_code(home, "welcome") + "\n");
  const person tablet(home, "alice", false);
  BOOST_TEST(
      tablet.types({"login", "--user", "alice", "--password-stdin"}, password_line).exit_code == 0);
  auto tablet_hears = tablet.listens();

  BOOST_TEST(alice
                 .types({"password", "change", "--password-stdin"},
                        "not my password\n" + new_password + "\n")
                 .exit_code == 3);
  BOOST_TEST(
      alice.types({"password", "change", "--password-stdin"}, password_line + new_password + "\n")
          .exit_code == 0);
  take_mail(home, "password_changed");
  BOOST_TEST(tablet_hears.end().exit_code == 3);  // logged out on the spot
  BOOST_TEST(alice.types({"whoami"}).exit_code == 0);
  BOOST_TEST(log_in_elsewhere(home, "alice", usual_password).exit_code == 3);

  BOOST_TEST(tablet.types({"password", "forgot", "--user", "alice"}).exit_code == 0);
  BOOST_TEST(tablet.types({"password", "forgot", "--user", "nobody"}).exit_code == 0);
  const auto code = take_code(home, "password_forgotten");
  const auto resets = [&](const std::string& with) {
    return tablet.types(
        {"password", "reset", "--user", "alice", "--code-stdin", "--password-stdin"},
        with + "\n" + password_line);
  };
  BOOST_TEST(code_name_of(resets("00000-00000")) == "code_wrong");
  const auto reset = resets(code);
  BOOST_TEST(reset.exit_code == 0, reset.err);
  BOOST_TEST(reset.err.find("stay readable") != std::string::npos, reset.err);
  BOOST_TEST(tablet.types({"whoami"}).exit_code == 0);
  BOOST_TEST(alice.types({"whoami"}).exit_code == 3);
  BOOST_TEST(code_name_of(tablet.types(
                 {"password", "reset", "--user", "alice", "--code-stdin", "--password-stdin"},
                 code + "\n" + new_password + "\n")) == "code_wrong");
}

BOOST_AUTO_TEST_CASE(a_lock_keeps_guesses_out_and_lets_the_owner_in) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto alice_hears = alice.listens();
  for (int guess = 1; guess < 5; ++guess) {
    BOOST_TEST(log_in_elsewhere(home, "alice", "not her password").exit_code == 3);
  }
  const auto fifth = log_in_elsewhere(home, "alice", "not her password");
  BOOST_TEST(fifth.exit_code == 4);
  BOOST_TEST(code_name_of(fifth) == "account_locked");
  BOOST_TEST(fifth.err.find(" UTC") != std::string::npos, fifth.err);
  const auto warning = take_mail(home, "locked");
  BOOST_TEST(warning.find("127.0.0.1") != std::string::npos);
  BOOST_TEST(log_in_elsewhere(home, "alice", usual_password).exit_code == 4);

  // Not even a killed node forgets; her device comes back by itself all the same.
  home.kill();
  home.start();
  await_row(alice_hears, "connection", {{"state", "resumed"}});
  BOOST_TEST(log_in_elsewhere(home, "alice", usual_password).exit_code == 4);
  bob.sees({"send", "alice", "are you there?"});
  BOOST_TEST(await_row(alice_hears, "message").at("text") == "are you there?");

  const person at_a_friends(home, "alice", false);
  BOOST_TEST(code_name_of(at_a_friends.types({"unlock", "--user", "alice", "--code-stdin"},
                                             "00000-00000\n")) == "code_wrong");
  BOOST_TEST(
      at_a_friends.types({"unlock", "--user", "alice", "--code-stdin"}, code_of(warning) + "\n")
          .exit_code == 0);
  BOOST_TEST(at_a_friends.types({"login", "--user", "alice", "--password-stdin"}, password_line)
                 .exit_code == 0);
}

BOOST_AUTO_TEST_CASE(devices_are_listed_and_revoked_on_the_spot) {
  server home;
  const person alice(home, "alice");
  const person tablet(home, "alice", false);
  tablet.sees({"login", "--user", "alice", "--password-stdin"}, password_line);
  auto tablet_hears = tablet.listens();
  const auto devices = alice.sees({"devices"});
  BOOST_REQUIRE(devices.size() == 2U);
  BOOST_TEST(devices[0].at("current") == true);
  BOOST_TEST(devices[1].at("current") == false);
  BOOST_TEST(devices[1].at("address") == "127.0.0.1");

  BOOST_TEST(alice.types({"devices", "revoke", devices[1].at("device")}).exit_code == 0);
  BOOST_TEST(tablet_hears.end().exit_code == 3);
  BOOST_TEST(alice.sees({"devices"}).size() == 1U);
  BOOST_TEST(alice.types({"devices", "revoke", devices[1].at("device")}).exit_code == 5);

  tablet.sees({"login", "--user", "alice", "--password-stdin"}, password_line);
  auto again = tablet.listens();
  BOOST_TEST(alice.types({"logout", "--all-devices"}).exit_code == 0);
  BOOST_TEST(again.end().exit_code == 3);
}

BOOST_AUTO_TEST_CASE(addresses_that_are_tricks_make_nothing) {
  server home;
  const person eve(home, "eve", false);
  const std::string huge = std::string(64 * 1024, 'a') + "@example.org";
  for (const std::string& address :
       {std::string("eve@example.org\r\nBcc: all@example.org"), std::string("eve@example.org\n"),
        std::string("\"eve\"@example.org"), std::string("eve@exa mple.org"),
        std::string("eve@example.org,bob@example.org"), std::string("eve\x01@example.org"),
        std::string("eve"), std::string("@"), huge}) {
    const auto refused = eve.types(
        {"register", "--user", "eve", "--email", address, "--password-stdin"}, password_line);
    BOOST_TEST(refused.exit_code == 7, address.substr(0, 60));
    BOOST_TEST(code_name_of(refused) == "email_invalid");
  }
  // Nothing half done: name and address are still to be had. Unicode is no trick.
  BOOST_TEST(
      eve.types({"register", "--user", "eve", "--email", "ève@exämple.org", "--password-stdin"},
                password_line)
          .exit_code == 0);
}

BOOST_AUTO_TEST_CASE(rates_are_told_to_scripts_and_waited_for_by_pipelines) {
  server home("[rates]\nsend_account = \"20, 50/s\"\nsearch_account = \"1, 1/h\"\n");
  const person alice(home, "alice");
  const person bob(home, "bob");
  BOOST_TEST(alice.types({"contacts", "search", "bo"}).exit_code == 0);
  const auto refused = alice.types({"contacts", "search", "bo"});
  BOOST_TEST(refused.exit_code == 7);
  const auto row = rows_of_type(refused.out, "error").at(0);
  BOOST_TEST(row.at("code") == "rate_limited");
  BOOST_TEST(row.at("retry_after_ms").get<int>() > 0);

  std::string lines;
  for (int line = 1; line <= 100; ++line) lines += "line " + std::to_string(line) + "\n";
  const auto sent = alice.types({"send", "bob", "-"}, lines);
  BOOST_TEST(sent.exit_code == 0, sent.err);
  BOOST_TEST(sent.err.find("slowed by the server") != std::string::npos);
  const auto stored = bob.sees({"history", "alice", "--limit", "200"});
  BOOST_REQUIRE(stored.size() == 100U);
  for (int line = 1; line <= 100; ++line) {
    BOOST_TEST(stored[static_cast<std::size_t>(line - 1)].at("text") ==
               "line " + std::to_string(line));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
