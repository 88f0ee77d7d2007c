#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"
#include "tests/process/mailbox.hpp"
#include "tests/process/raw_client.hpp"
#include "tests/process/refusal.hpp"

/// An account's life with the real programs and the mails as they lie in the Maildir: addresses,
/// passwords, locks, devices.
namespace uod::process {
namespace {

const std::string alices_address = "alice@example.org";
const std::string other_password = "another horse entirely";

/// A house with its post, and Alice, whose address is not confirmed yet.
struct alices_house {
  server home;
  mailbox post{home};
  person alice{home, "alice", false};
  std::string welcome_code;

  explicit alices_house(const std::string& more_config = {}) : home(more_config) {
    alice.sees({"register", "--user", "alice", "--email", alices_address, "--password-stdin"},
               password_line);
    welcome_code = code_in(post.takes(alices_address, "Welcome"));
  }
  void confirms() const { alice.sees({"email", "confirm", "--code-stdin"}, welcome_code + "\n"); }

  /// Somebody at another machine.
  [[nodiscard]] person stranger() const { return {home, "alice", false}; }
};

ended logs_in(const person& who, const std::string& password) {
  return who.types({"login", "--user", "alice", "--password-stdin"}, password + "\n");
}

/// The states that a listener went through.
words states_of(const ended& heard) {
  words states;
  for (const auto& row : rows_of_type(heard.out, "connection")) states.push_back(row.at("state"));
  return states;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(account)

BOOST_AUTO_TEST_CASE(alice_is_welcomed_and_confirms_her_address) {
  alices_house all;
  const auto& alice = all.alice;
  const person bob(all.home, "bob");
  const auto before = alice.sees({"whoami"}).at(0);
  BOOST_TEST(before.at("email") == alices_address);
  BOOST_TEST(before.at("email_confirmed") == false);
  // Who has not confirmed may chat.
  BOOST_TEST(alice.sees({"send", "bob", "hi"}).at(0).at("seq") == 1);

  const auto confirms = [&](const std::string& code) {
    return alice.types({"email", "confirm", "--code-stdin"}, code + "\n");
  };
  check_refused(confirms("00000-00000"), 3, "code_wrong");
  check_refused(confirms("no code at all"), 3, "code_wrong");
  check_refused(confirms(""), 3, "code_wrong");
  check_refused(alice.types({"email", "confirm"}), 2, "input_needed");
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("email_confirmed") == false);
  // As people copy it: in small letters, without the hyphen.
  std::string typed = all.welcome_code;
  std::erase(typed, '-');
  for (auto& each : typed) each = static_cast<char>(std::tolower(each));
  const auto confirmed = confirms("  " + typed + " ");
  BOOST_TEST(confirmed.exit_code == 0, confirmed.err);
  BOOST_TEST(rows_of(confirmed.out).at(0).at("email_confirmed") == true);
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("email_confirmed") == true);
  // Bob's code is not Alice's, and hers is not his.
  check_refused(bob.types({"email", "confirm", "--code-stdin"}, all.welcome_code + "\n"), 3,
                "code_wrong");
  check_refused(alice.types({"email", "send-code"}), 7, "not_allowed");
  // A second code is good beside the first, until one of them is used.
  mailbox& post = all.post;
  const auto address = bob.sees({"whoami"}).at(0).at("email").get<std::string>();
  const auto first = code_in(post.takes(address, "Welcome"));
  bob.sees({"email", "send-code"});
  const auto second = code_in(post.takes(address, "Confirm your e-mail"));
  bob.sees({"email", "confirm", "--code-stdin"}, first + "\n");
  check_refused(bob.types({"email", "confirm", "--code-stdin"}, second + "\n"), 3, "code_wrong");
}

BOOST_AUTO_TEST_CASE(alice_moves_to_another_address_and_the_old_one_is_warned) {
  alices_house all;
  all.confirms();
  const auto& alice = all.alice;
  const std::string new_address = "alice@example.net";
  const auto changes = [&](const std::string& address, const std::string& password) {
    return alice.types({"email", "change", address, "--password-stdin"}, password + "\n");
  };
  check_refused(changes(new_address, "not my password"), 3, "wrong_credentials");
  check_refused(changes("nowhere", usual_password), 7, "email_invalid");
  BOOST_TEST(changes(new_address, usual_password).exit_code == 0);

  const auto warning = all.post.takes(alices_address, "about to change");
  BOOST_TEST(warning.find("127.0.0.1") != std::string::npos, warning);
  BOOST_TEST(warning.find(new_address) != std::string::npos, warning);
  const auto code = code_in(all.post.takes(new_address, "Confirm your e-mail"));
  BOOST_TEST(warning.find(code) == std::string::npos);
  // Until the code comes back, all is as it was.
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("email") == alices_address);
  alice.sees({"email", "confirm", "--code-stdin"}, code + "\n");
  const auto now = alice.sees({"whoami"}).at(0);
  BOOST_TEST(now.at("email") == new_address);
  BOOST_TEST(now.at("email_confirmed") == true);

  // Mails go there from now on; an address that somebody has is nobody else's.
  alice.sees({"password", "change", "--password-stdin"}, password_line + other_password + "\n");
  all.post.takes(new_address, "password");
  BOOST_TEST(all.post.count(alices_address, "password") == 0);
  const person eve(all.home, "eve", false);
  check_refused(eve.types({"register", "--user", "eve", "--email", new_address, "--password-stdin"},
                          password_line),
                7, "email_taken");
  eve.sees({"register", "--user", "eve", "--email", alices_address, "--password-stdin"},
           password_line);
}

BOOST_AUTO_TEST_CASE(alice_changes_her_password_and_the_other_devices_go) {
  alices_house all;
  const auto& alice = all.alice;
  const auto tablet = all.stranger();
  BOOST_TEST(logs_in(tablet, usual_password).exit_code == 0);
  auto phone_hears = alice.listens();
  auto tablet_hears = tablet.listens();
  const auto changes = [&](const std::string& present, const std::string& fresh,
                           const words& more = {}) {
    words command = {"password", "change", "--password-stdin"};
    command.insert(command.end(), more.begin(), more.end());
    return alice.types(command, present + "\n" + fresh + "\n");
  };
  check_refused(changes("not my password", other_password), 3, "wrong_credentials");
  check_refused(changes(usual_password, "short"), 7, "password_weak");
  const auto kept = changes(usual_password, other_password, {"--keep-devices"});
  BOOST_TEST(kept.exit_code == 0, kept.err);
  all.post.takes(alices_address, "password");
  BOOST_TEST(tablet.types({"whoami"}).exit_code == 0);

  BOOST_TEST(changes(other_password, usual_password).exit_code == 0);
  const auto gone = tablet_hears.end();
  check_refused(gone, 3, "not_logged_in");
  check_refused(tablet.types({"chats"}), 3, "not_logged_in");
  check_refused(logs_in(tablet, other_password), 3, "wrong_credentials");
  BOOST_TEST(logs_in(tablet, usual_password).exit_code == 0);
  // The device that did it comes back by its new token.
  tablet.sees({"send", "alice", "a note"});
  await_row(phone_hears, "message", {{"text", "a note"}});
  phone_hears.signal(SIGINT);
  BOOST_TEST(states_of(phone_hears.end()).back() == "resumed");
}

BOOST_AUTO_TEST_CASE(alice_has_forgotten_her_password) {
  alices_house all;
  const auto& alice = all.alice;
  const auto elsewhere = all.stranger();
  const auto forgets = [&](const std::string& name) {
    return elsewhere.types({"password", "forgot", "--user", name}).exit_code;
  };
  const auto resets = [&](const std::string& code, const std::string& password) {
    return elsewhere.types(
        {"password", "reset", "--user", "alice", "--code-stdin", "--password-stdin"},
        code + "\n" + password + "\n");
  };
  // Nobody is told who is here; an address that nobody has confirmed gets nothing.
  BOOST_TEST(forgets("nobody") == 0);
  BOOST_TEST(forgets("alice") == 0);
  all.home.process().await_message("account.reset_not_sent");
  all.confirms();
  BOOST_TEST(forgets("alice") == 0);
  const auto mail = all.post.takes(alices_address, "new password");
  BOOST_TEST(mail.find("127.0.0.1") != std::string::npos, mail);
  const auto code = code_in(mail);
  BOOST_TEST(all.post.count(alices_address, "new password") == 1);

  auto alice_hears = alice.listens();
  check_refused(resets("00000-00000", other_password), 3, "code_wrong");
  check_refused(resets(all.welcome_code, other_password), 3, "code_wrong");  // another purpose
  check_refused(resets(code, "short"), 7, "password_weak");
  const auto done = resets(code, other_password);
  BOOST_TEST(done.exit_code == 0, done.err);
  // What it means for stored messages is said.
  BOOST_TEST(done.err.find("messages stay closed here") != std::string::npos, done.err);
  check_refused(alice_hears.end(), 3, "not_logged_in");
  check_refused(alice.types({"chats"}), 3, "not_logged_in");
  BOOST_TEST(elsewhere.sees({"whoami"}).at(0).at("user") == "alice");
  BOOST_TEST(elsewhere.sees({"devices"}).size() == 1);
  all.post.takes(alices_address, "password");

  // The code is used up; the old password is worth nothing.
  check_refused(resets(code, "yet another horse"), 3, "code_wrong");
  check_refused(logs_in(alice, usual_password), 3, "wrong_credentials");
  BOOST_TEST(logs_in(alice, other_password).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(somebody_guesses_and_alice_is_warned_but_not_kept_out) {
  alices_house all;
  const auto& alice = all.alice;
  const person bob(all.home, "bob");
  auto alice_hears = alice.listens();
  const auto mallory = all.stranger();
  for (int attempt = 1; attempt < 5; ++attempt) {
    check_refused(logs_in(mallory, "a guess at it"), 3, "wrong_credentials");
  }
  const auto locked = check_refused(logs_in(mallory, "the last guess"), 4, "account_locked");
  BOOST_TEST(locked.at("message").get<std::string>().find("until 2") != std::string::npos,
             locked.dump());
  BOOST_TEST(locked.at("retry_after_ms").get<std::uint64_t>() > 0U);

  // The right password is refused too, in this life of the node and in the next.
  const auto laptop = all.stranger();
  check_refused(logs_in(laptop, usual_password), 4, "account_locked");
  all.home.kill();
  await_row(alice_hears, "connection", {{"state", "reconnecting"}});
  all.home.start();
  await_row(alice_hears, "connection", {{"state", "resumed"}});
  const auto said = logs_in(laptop, usual_password);
  check_refused(said, 4, "account_locked");
  BOOST_TEST(said.err.find("until ") != std::string::npos, said.err);
  BOOST_TEST(said.err.find("uod unlock --user") != std::string::npos, said.err);

  // Her own device has never noticed.
  bob.sees({"send", "alice", "are you there?"});
  await_row(alice_hears, "message", {{"text", "are you there?"}});
  alice.sees({"send", "bob", "yes"});

  const auto warning = all.post.takes(alices_address, "attempting to get in");
  BOOST_TEST(warning.find("127.0.0.1") != std::string::npos, warning);
  const auto unlocks = [&](const std::string& code) {
    return laptop.types({"unlock", "--user", "alice", "--code-stdin"}, code + "\n");
  };
  check_refused(unlocks("00000-00000"), 3, "code_wrong");
  check_refused(logs_in(laptop, usual_password), 4, "account_locked");
  const auto unlocked = unlocks(code_in(warning));
  BOOST_TEST(unlocked.exit_code == 0, unlocked.err);
  BOOST_TEST(logs_in(laptop, usual_password).exit_code == 0);
  BOOST_TEST(all.post.count(alices_address, "attempting to get in") == 1);
  alice_hears.signal(SIGINT);
  BOOST_TEST((states_of(alice_hears.end()) == words{"connected", "reconnecting", "resumed"}));
  BOOST_TEST(total_of(all.home.stop().err, "locks") == 0);  // it was in the first life
}

BOOST_AUTO_TEST_CASE(a_device_that_is_revoked_is_out_on_the_spot) {
  alices_house all;
  const auto& alice = all.alice;
  const auto tablet = all.stranger();
  BOOST_TEST(logs_in(tablet, usual_password).exit_code == 0);
  auto tablet_hears = tablet.listens();
  const auto own = alice.sees({"whoami"}).at(0).at("device").get<std::string>();
  const auto other = tablet.sees({"whoami"}).at(0).at("device").get<std::string>();
  const auto listed = alice.sees({"devices"});
  BOOST_REQUIRE(listed.size() == 2);
  for (const auto& row : listed) {
    BOOST_TEST(row.at("type") == "device");
    BOOST_TEST(row.at("address") == "127.0.0.1");
    BOOST_TEST((row.at("device") == own || row.at("device") == other));
    BOOST_TEST(row.at("current") == (row.at("device") == own));
  }
  const auto revokes = [&](const std::string& device) {
    return alice.types({"devices", "revoke", device});
  };
  check_refused(revokes("00000000-0000-7000-8000-000000000000"), 5, "no_such_device");
  check_refused(revokes("short"), 2, "usage");
  check_refused(revokes(own), 7, "not_allowed");
  BOOST_TEST(revokes(other).exit_code == 0);
  check_refused(tablet_hears.end(), 3, "not_logged_in");
  check_refused(tablet.types({"chats"}), 3, "not_logged_in");
  check_refused(revokes(other), 5, "no_such_device");

  // All at once: the one that asks goes as well.
  BOOST_TEST(logs_in(tablet, usual_password).exit_code == 0);
  auto hears_again = tablet.listens();
  auto own_hears = alice.listens();
  BOOST_TEST(tablet.types({"logout", "--all-devices"}).exit_code == 0);
  check_refused(hears_again.end(), 3, "not_logged_in");
  check_refused(own_hears.end(), 3, "not_logged_in");
  check_refused(alice.types({"devices"}), 3, "not_logged_in");
  BOOST_TEST(logs_in(alice, usual_password).exit_code == 0);
  BOOST_TEST(alice.sees({"devices"}).size() == 1);
}

BOOST_AUTO_TEST_CASE(a_stolen_token_shows_up_and_is_revoked_as_the_mail_says) {
  alices_house all;
  const auto laptop = all.stranger();
  BOOST_TEST(logs_in(laptop, usual_password).exit_code == 0);
  const auto kept =
      json::parse(content_of(all.alice.state_dir() / "profiles" / "default" / "credentials.json"));
  const auto device = all.alice.sees({"whoami"}).at(0).at("device").get<std::string>();
  bytes token;
  const auto digits = kept.at("token").get<std::string>();
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    token += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  }

  raw_client thief(all.home.port(), {.from = "127.9.0.1"});
  thief.resumes({{}, device_id(*uuid_from_text(device)), token});
  const auto mail = all.post.takes(alices_address, "New log-in");
  BOOST_TEST(mail.find("127.9.0.1") != std::string::npos, mail);
  BOOST_TEST(mail.find("uod devices revoke " + device) != std::string::npos, mail);
  bool seen = false;
  for (const auto& row : laptop.sees({"devices"})) {
    seen = seen || (row.at("device") == device && row.at("address") == "127.9.0.1");
  }
  BOOST_TEST(seen);

  laptop.sees({"devices", "revoke", device});
  const auto why = thief.farewell();
  BOOST_REQUIRE(why);
  BOOST_TEST((why->code == errc::not_logged_in), to_text(*why));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
