#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"
#include "tests/process/mailbox.hpp"
#include "tests/process/raw_client.hpp"
#include "tests/process/refusal.hpp"

/// How commands end, and what they say when they cannot do what was asked: each exit code and
/// error row of the contract that a server is needed for.
namespace uod::process {

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(log_in_log_out_and_what_is_refused_on_the_way) {
  server home;
  const person alice(home, "alice");
  const auto me = alice.sees({"whoami"}).at(0);
  BOOST_TEST(me.at("user") == "alice");
  BOOST_TEST(me.at("server") == home.address());
  BOOST_TEST(me.at("server_fingerprint") == home.fingerprint());
  BOOST_TEST(me.contains("device"));

  BOOST_TEST(alice.types({"logout"}).exit_code == 0);
  check_refused(alice.types({"whoami"}), 3, "not_logged_in");
  check_refused(alice.types({"send", "bob", "hi"}), 3, "not_logged_in");
  check_refused(alice.types({"login", "--user", "alice"}), 2, "input_needed");
  const auto logs_in = [&](const std::string& name, const std::string& password) {
    return alice.types({"login", "--user", name, "--password-stdin"}, password + "\n");
  };
  check_refused(logs_in("alice", "not my password"), 3, "wrong_credentials");
  check_refused(logs_in("nobody", "not my password"), 3, "wrong_credentials");  // tells nothing
  BOOST_TEST(logs_in("alice", usual_password).exit_code == 0);
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("user") == "alice");
}

BOOST_AUTO_TEST_CASE(people_who_are_not_there) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  check_refused(alice.types({"send", "carol", "hi"}), 5, "no_such_account");
  check_refused(alice.types({"history", "carol"}), 5, "no_such_account");
  check_refused(alice.types({"contacts", "add", "carol"}), 5, "no_such_account");
  check_refused(alice.types({"contacts", "remove", "bob"}), 5, "no_such_contact");
  check_refused(alice.types({"contacts", "remove", "carol"}), 5, "no_such_contact");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_registered) {
  server home;
  const person alice(home, "alice");
  const person eve(home, "eve", false);
  const auto registers = [&](const std::string& name, const std::string& email,
                             const std::string& password) {
    return eve.types({"register", "--user", name, "--email", email, "--password-stdin"},
                     password + "\n");
  };
  check_refused(registers("ALICE", "eve@example.org", usual_password), 7, "name_taken");
  check_refused(registers("aIice", "eve@example.org", usual_password), 7, "name_confusable");
  check_refused(registers(std::string(10'000, 'x'), "eve@example.org", usual_password), 7,
                "name_invalid");
  check_refused(registers("аlice", "eve@example.org", usual_password), 7,
                "name_invalid");  // Cyrillic
  check_refused(registers("eve\u202e", "eve@example.org", usual_password), 7, "name_invalid");
  check_refused(registers("\xff\xfe", "eve@example.org", usual_password), 1, "text_invalid");
  check_refused(registers("eve", "eve@example.org\r\nBcc: all@example.org", usual_password), 7,
                "email_invalid");
  check_refused(registers("eve", "nowhere", usual_password), 7, "email_invalid");
  check_refused(registers("eve", "eve@example.org", "short"), 7, "password_weak");
  BOOST_TEST(registers("eve", "eve@example.org", usual_password).exit_code == 0);
  // An address that nobody has confirmed is not taken: registering with it keeps nobody from it.
  const person mallory(home, "mallory", false);
  mallory.sees({"register", "--user", "mallory", "--email", "EVE@example.org", "--password-stdin"},
               password_line);
}

BOOST_AUTO_TEST_CASE(addresses_that_are_tricks_make_nothing) {
  server home;
  const person eve(home, "eve", false);
  const auto registers = [&](const std::string& address) {
    return eve.types({"register", "--user", "eve", "--email", address, "--password-stdin"},
                     password_line);
  };
  const std::string large(64 * 1024, 'a');
  for (const std::string& address :
       {std::string("eve@example.org\r\nBcc: all@example.org"), std::string("eve@example.org\n"),
        std::string("eve@example.org\r"), std::string("eve@exa mple.org"),
        std::string("eve@example.org,bob@example.org"), std::string("Eve <eve@example.org>"),
        std::string("\"eve\"@example.org"), std::string("\"eve@example.org"),
        std::string("eve\x01@example.org"), std::string("eve\x7f@example.org"),
        std::string("eve@example.org\u202e"), std::string("eve\u200b@example.org"),
        std::string("eve"), std::string("@"), std::string(""), large + "@example.org",
        "eve@" + large + ".org"}) {
    const auto refused = registers(address);
    check_refused(refused, 7, "email_invalid");
    // It is said what is wrong, safely and in few words.
    BOOST_TEST(refused.err.size() < 600U, refused.err.substr(0, 600));
    BOOST_TEST(lines_of(refused.err).size() == 1U, refused.err);
    BOOST_TEST(refused.err.find("alice@example.org") != std::string::npos, refused.err);
  }

  check_refused(registers("eve\xff@example.org"), 1, "text_invalid");

  // A client that does not look sends what no argument can hold.
  raw_client raw(home.port());
  raw.ask_for<welcome>(hello{"a raw client"});
  for (const std::string& address :
       {std::string("eve@example.org\0", 16), std::string("eve\0@example.org", 16),
        std::string(10'000, 'a') + "@example.org",
        std::string("eve@example.org\r\nBcc: all@example.org")}) {
    auto wanted = registration_of("eve", "wire");
    wanted.email = address;
    BOOST_TEST((raw.refusal_of(wanted).code == errc::email_invalid), address.substr(0, 60));
  }
  check_refused(eve.types({"whoami"}), 3, "not_logged_in");

  // Nothing half done: name and address are still to be had. Unicode is no trick.
  BOOST_TEST(registers("ève@exämple.org").exit_code == 0);
  mailbox(home).takes("ève@exämple.org", "Welcome");
}

BOOST_AUTO_TEST_CASE(texts_that_are_too_large_or_no_text) {
  server home("[limits]\nmessage_bytes_max = 2000\n");
  const person alice(home, "alice");
  const person bob(home, "bob");
  check_refused(alice.types({"send", "bob", std::string(2001, 'x')}), 7, "too_large");
  check_refused(alice.types({"send", "bob", "\xc3\x28"}), 1, "text_invalid");

  // What stands before a wrong line is sent, what comes behind it is not.
  const auto sends = [&](const std::string& lines) {
    return alice.types({"send", "bob", "-"}, lines);
  };
  const auto invalid = sends("one\ntwo\n\xff\xfe\nfour\n");
  check_refused(invalid, 1, "text_invalid");
  BOOST_TEST(invalid.err.find("line 3") != std::string::npos, invalid.err);
  BOOST_TEST(rows_of_type(invalid.out, "sent").size() == 2);
  const auto large = sends("three\n" + std::string(2001, 'x') + "\nfive\n");
  check_refused(large, 7, "too_large");
  BOOST_TEST(large.err.find("line 2") != std::string::npos, large.err);

  BOOST_TEST(sends("").exit_code == 0);
  words texts;
  for (const auto& row : bob.sees({"history", "alice"})) texts.push_back(row.at("text"));
  BOOST_TEST((texts == words{"one", "two", "three"}));
}

BOOST_AUTO_TEST_CASE(nobody_there_or_somebody_else) {
  server home;
  const person alice(home, "alice");
  home.kill();
  check_refused(alice.types({"--timeout", "1", "chats"}), 6, "server_unreachable");
  check_refused(alice.types({"--timeout", "1", "listen"}), 6, "server_unreachable");

  // Another server takes its place: the same address, another key.
  std::filesystem::remove_all(home.data_dir());
  const std::string before = home.fingerprint();
  home.start();
  BOOST_TEST(home.fingerprint() != before);
  const auto changed = alice.types({"chats"});
  check_refused(changed, 8, "key_changed");
  BOOST_TEST(changed.err.find(before) != std::string::npos, changed.err);
  BOOST_TEST(changed.err.find(home.address()) != std::string::npos, changed.err);

  // Only by saying so does it become the trusted one.
  const person bob(home, "bob", false);
  check_refused(
      bob.types({"--server-fingerprint", before, "login", "--user", "bob", "--password-stdin"},
                password_line),
      8, "key_changed");
  BOOST_TEST(alice
                 .types({"--server-fingerprint", home.fingerprint(), "register", "--user", "alice",
                         "--email", "alice@example.org", "--password-stdin"},
                        password_line)
                 .exit_code == 0);
  BOOST_TEST(alice.types({"chats"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_seen_enough_is_no_error) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  std::string lines;
  for (int number = 0; number < 2000; ++number) lines += std::string(200, 'x') + "\n";
  alice.sees({"send", "bob", "-"}, lines);

  auto history = bob.starts({"history", "alice", "--limit", "2000"});
  history.line();
  history.stop_listening();
  const auto done = history.end();
  BOOST_TEST(done.signal == 0);
  BOOST_TEST(done.err == "");

  auto hears = bob.listens();
  hears.stop_listening();
  alice.sees({"send", "bob", "still there?"});
  BOOST_TEST(hears.end().err == "");
}

BOOST_AUTO_TEST_CASE(interrupted_while_it_sends) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto what = alice.typing({"send", "bob", "-"}, "one\ntwo\n");
  what.input_stays_open = true;
  child sends(std::move(what));
  await_row(sends, "sent", {{"seq", 2}});
  sends.write("three\n");
  await_row(sends, "sent", {{"seq", 3}});
  sends.signal(SIGINT);
  const auto done = sends.end();
  check_refused(done, 1, "interrupted");
  BOOST_TEST(done.err.find("3 lines acknowledged") != std::string::npos, done.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
