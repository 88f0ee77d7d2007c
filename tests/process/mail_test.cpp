#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/actors/mail/post.hpp"
#include "tests/process/administrator.hpp"
#include "tests/process/house.hpp"
#include "tests/process/mailbox.hpp"
#include "tests/process/refusal.hpp"

/// A node that sends its mail by SMTP: to a server as they are, and to servers as one fears them.
/// Whatever those do, Alice and Bob talk and log in as if nothing were, the outbox says what is
/// wrong, and each mail arrives.
namespace uod::process {
namespace {

using mail::all_certificates;
using mail::scripted_server;

boost::test_tools::assertion_result exim_is_here(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(mail::real_server::is_here());
  if (!result) result.message() << "Exim is not installed";
  return result;
}

/// The way to an SMTP server, for a node's configuration.
class smtp_way {
 public:
  smtp_way() {
    put_file(password_file(), std::string(mail::good_password) + "\n");
    BOOST_REQUIRE(::chmod(password_file().c_str(), 0600) == 0);
  }
  [[nodiscard]] std::string to(std::uint16_t port, const std::string& host = "127.0.0.1",
                               const std::string& security = "starttls") const {
    return "[mail]\ntransport = \"smtp\"\nsmtp_host = \"" + host +
           "\"\nsmtp_port = " + std::to_string(port) + "\nsmtp_security = \"" + security +
           "\"\nsmtp_user = \"" + mail::good_user + "\"\nsmtp_password_file = \"" +
           password_file().string() + "\"\nsmtp_ca_file = \"" +
           all_certificates().authority.string() +
           "\"\nfrom_address = \"noreply@chat.example.org\"\nretry_first_ms = 100\n"
           "retry_longest_ms = 100\n";
  }

 private:
  [[nodiscard]] std::filesystem::path password_file() const { return home_.path() / "smtp"; }
  fresh_directory home_;
};

/// The node is told of another server, and started anew.
void moves(server& home, const std::string& way) {
  put_file(home.config_file(), fast_config + way);
  BOOST_TEST(home.stop().exit_code == 0);
  home.start();
}

json plan_with(const std::string& step, const words& actions) {
  return {{"steps", {{step, actions}}}};
}

std::string address_of(const person& who) {
  return who.sees({"whoami"}).at(0).at("email").get<std::string>();
}

/// What a mail's text says, as a reader has it.
std::string text_of(const json& event) { return event.at("mail").at("text").get<std::string>(); }

/// Nobody notices anything: they log in, talk and listen.
void check_untroubled(const server& home, const person& alice, const person& bob) {
  auto bob_hears = bob.listens();
  const person tablet(home, alice.name(), false);
  tablet.sees({"login", "--user", alice.name(), "--password-stdin"}, password_line);
  tablet.sees({"send", bob.name(), "still here"});
  await_row(bob_hears, "message", {{"text", "still here"}});
}

/// Waits until the outbox has a mail in this state with a reason that holds this.
json await_in_outbox(server& home, const std::string& event, const std::string& reason) {
  home.process().await_message([&](const std::string& line) {
    return line.find(event) != std::string::npos && line.find(reason) != std::string::npos;
  });
  // The line stands before the commit: the row has it at the latest when it is tried again.
  for (;;) {
    for (const auto& row : administrator(home).sees({"outbox", "list"})) {
      if (row.at("last_error").get<std::string>().find(reason) != std::string::npos) return row;
    }
  }
}

/// The transport's password is nowhere but in its file.
void check_secret_kept(server& home) {
  BOOST_TEST(home.log().find(mail::good_password) == std::string::npos);
  BOOST_TEST(content_of(home.data_dir() / "audit.log").find(mail::good_password) ==
             std::string::npos);
  BOOST_TEST(content_of(home.data_dir() / "uod.db").find(mail::good_password) == std::string::npos);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mails)

BOOST_AUTO_TEST_CASE(a_real_server_takes_the_code_that_confirms_an_address,
                     *boost::unit_test::precondition(exim_is_here)) {
  const smtp_way way;
  mail::real_server post(all_certificates().good);
  server home(way.to(post.starttls_port()) + "[log]\nlevel = \"debug\"\n");
  const person alice(home, "alice");
  const auto octets = post.take_mail();
  BOOST_TEST(octets.find("with esmtpsa") != std::string::npos, octets);  // TLS and a log-in
  const auto welcome = mail::read_mail(octets);
  BOOST_TEST(mail::header_of(welcome, "To") == address_of(alice));
  BOOST_TEST(welcome.at("html").get<std::string>().find("alice") != std::string::npos);
  alice.sees({"email", "confirm", "--code-stdin"}, code_in(octets) + "\n");
  BOOST_TEST(alice.sees({"whoami"}).at(0).at("email_confirmed") == true);

  moves(home, way.to(post.tls_port(), "127.0.0.1", "tls"));
  alice.sees({"password", "change", "--password-stdin"}, password_line + "another horse\n");
  BOOST_TEST(post.take_mail().find("with esmtpsa") != std::string::npos);
  check_secret_kept(home);
  BOOST_TEST(total_of(home.stop().err, "mails") == 1U);
}

BOOST_AUTO_TEST_CASE(a_server_that_puts_off_gets_it_again) {
  const smtp_way way;
  scripted_server post(plan_with("RCPT", {"451 4.7.1 greylisted", "ok"}));
  server home(way.to(post.port()));
  const person alice(home, "alice");
  home.process().await_message("mail.postponed");
  const auto got = post.awaits("mail");
  BOOST_TEST(got.at("recipients") == json::array({address_of(alice)}));
  BOOST_TEST(got.at("tls") == true);
  alice.sees({"email", "confirm", "--code-stdin"}, code_in("\n" + text_of(got)) + "\n");
  home.process().await_message("mail.delivered");
  BOOST_TEST(administrator(home).sees({"outbox", "list"}).empty());
}

BOOST_AUTO_TEST_CASE(a_server_that_dies_in_mid_dialogue_gets_it_again) {
  const smtp_way way;
  scripted_server post(plan_with("TEXT", {"die", "ok"}));
  server home(way.to(post.port()));
  const person alice(home, "alice");
  const person bob(home, "bob");
  home.process().await_message("mail.postponed");
  check_untroubled(home, alice, bob);
  std::vector<std::string> to;
  while (to.size() < 2) {
    const auto got = post.awaits("mail");
    if (got.at("taken") == true) to.push_back(got.at("recipients").at(0));
  }
  BOOST_TEST(to[0] != to[1]);
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_is_told_in_the_outbox_until_an_administrator_retries) {
  const smtp_way way;
  scripted_server post(plan_with("RCPT", {"550 5.1.1 no such person", "550 5.1.1 nor now", "ok"}));
  server home(way.to(post.port()));
  const administrator boss(home);
  const person alice(home, "alice");
  const auto row = await_in_outbox(home, "mail.refused", "550 5.1.1 no such person");
  BOOST_TEST(row.at("state") == "refused");
  BOOST_TEST(row.at("kind") == "welcome");
  BOOST_TEST(row.at("to") == address_of(alice));
  BOOST_TEST(row.at("attempts") == 1);
  const person bob(home, "bob");
  await_in_outbox(home, "mail.refused", "nor now");
  check_untroubled(home, alice, bob);

  // One of the two, by its id; then the rest.
  check_refused(boss.types({"outbox", "retry", "no-id"}), 5, "no_such_message");
  check_refused(boss.types({"outbox", "retry", "00000000-0000-7000-8000-000000000000"}), 5,
                "no_such_message");
  const auto id = row.at("mail").get<std::string>();
  BOOST_TEST(boss.sees({"outbox", "retry", id}).at(0).at("mails") == 1);
  BOOST_TEST(post.awaits("mail").at("recipients").at(0) == address_of(alice));
  home.process().await_message("mail.delivered");
  const auto left = boss.sees({"outbox", "list"});
  BOOST_REQUIRE(left.size() == 1U);
  BOOST_TEST(left[0].at("to") == address_of(bob));
  boss.sees({"outbox", "retry"});
  BOOST_TEST(post.awaits("mail").at("recipients").at(0) == address_of(bob));
}

BOOST_AUTO_TEST_CASE(a_server_with_a_wrong_certificate_gets_nothing_until_it_is_the_right_one) {
  const smtp_way way;
  scripted_server impostor(json::object(), &all_certificates().self_signed);
  server home(way.to(impostor.port()));
  const person alice(home, "alice");
  const person bob(home, "bob");
  const auto row = await_in_outbox(home, "mail.transport_failed", "certificate");
  BOOST_TEST(row.at("state") == "waiting");
  check_untroubled(home, alice, bob);
  check_secret_kept(home);

  scripted_server post(json::object());
  moves(home, way.to(post.port()));
  post.awaits("mail");
  post.awaits("mail");
  for (const auto& event : impostor.end()) {
    BOOST_TEST((event.value("event", "") != "login" && event.value("event", "") != "mail"));
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_to_be_found_is_told_and_waited_for) {
  const smtp_way way;
  server home(way.to(2525, "smtp.nowhere.invalid"));
  const administrator boss(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  check_untroubled(home, alice, bob);
  const auto row = await_in_outbox(home, "mail.transport_failed", "smtp.nowhere.invalid");
  BOOST_TEST(row.at("state") == "waiting");

  // While the node is down the administrator is told the same.
  BOOST_TEST(home.stop().exit_code == 0);
  const auto waiting = boss.sees({"outbox", "list"});
  BOOST_TEST(waiting.size() == 2U);
  scripted_server post(json::object());
  put_file(home.config_file(), fast_config + way.to(post.port()));
  BOOST_TEST(boss.sees({"outbox", "retry"}).at(0).at("mails") == 2);
  home.start();
  post.awaits("mail");
  post.awaits("mail");
}

BOOST_AUTO_TEST_CASE(a_silent_server_holds_up_nobody_and_not_the_end_of_the_node) {
  const smtp_way way;
  scripted_server post(plan_with("GREETING", {"slow"}));
  server home(way.to(post.port()));
  const person alice(home, "alice");
  const person bob(home, "bob");
  post.awaits("step");
  check_untroubled(home, alice, bob);
  const auto ended = home.stop();
  BOOST_TEST(ended.exit_code == 0, ended.err);
  BOOST_TEST(lines_with(ended.err, "node.drain_cut_short") == 0U);
}

BOOST_AUTO_TEST_CASE(a_node_that_ends_in_mid_dialogue_sends_each_mail_once) {
  const smtp_way way;
  scripted_server post(plan_with("TEXT", {"hold", "ok"}));
  server home(way.to(post.port()));
  const person alice(home, "alice");
  post.awaits("step");  // the server has Alice's mail, and has not said so yet
  home.process().signal(SIGTERM);
  home.process().await_message("node.draining");
  post.goes_on();
  const auto ended = home.process().end();
  BOOST_TEST(ended.exit_code == 0, ended.err);
  BOOST_TEST(lines_with(ended.err, "mail.cut_short") == 0U);
  BOOST_TEST(total_of(ended.err, "mails") == 1U);
  BOOST_TEST(administrator(home).sees({"outbox", "list"}).empty());

  home.start();
  const person bob(home, "bob");
  home.process().await_message("mail.delivered");
  std::vector<std::string> taken;
  for (const auto& event : post.end()) {
    if (event.value("event", "") == "mail") taken.push_back(event.at("recipients").at(0));
  }
  const std::vector<std::string> expected = {address_of(alice), address_of(bob)};
  BOOST_TEST(taken == expected);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_killed_sends_each_mail_once) {
  constexpr std::size_t people = 9;
  const smtp_way way;
  // The fourth is in the middle of being told when the node dies; three have been answered for.
  scripted_server post(plan_with("DATA", {"ok", "ok", "ok", "slow", "ok"}));
  server home(way.to(post.port()) + "per_minute_max = 60000\n");
  std::vector<std::string> expected;
  for (std::size_t number = 1; number <= people; ++number) {
    expected.push_back(address_of(person(home, "person" + std::to_string(number))));
  }
  for (int number = 0; number < 3; ++number) post.awaits("mail");
  post.awaits("step");
  home.kill();
  BOOST_TEST(administrator(home).sees({"outbox", "list"}).size() == people - 3);
  home.start();
  for (std::size_t number = 3; number < people; ++number) post.awaits("mail");
  for (std::size_t number = 3; number < people; ++number) {
    home.process().await_message("mail.delivered");
  }
  BOOST_TEST(home.stop().exit_code == 0);
  BOOST_TEST(administrator(home).sees({"outbox", "list"}).empty());
  std::vector<std::string> taken;
  for (const auto& event : post.end()) {
    if (event.value("event", "") == "mail") taken.push_back(event.at("recipients").at(0));
  }
  std::ranges::sort(taken);
  std::ranges::sort(expected);
  BOOST_TEST(taken == expected);
}

BOOST_AUTO_TEST_CASE(what_does_not_start_is_told_by_the_check_of_the_configuration) {
  const fresh_directory home;
  const auto templates = home.path() / "templates";
  std::filesystem::create_directory(templates);
  put_file(templates / "welcome.txt",
           "Subject: Welcome\n\nHello {{name}},\nyour {{nickname}} is here: {{code}}\n");
  const auto password = home.path() / "smtp-password";
  put_file(password, "secret\n");
  const std::string smtp =
      "transport = \"smtp\"\nsmtp_host = \"127.0.0.1\"\nsmtp_user = \"uod\"\nfrom_address = "
      "\"noreply@example.org\"\nsmtp_password_file = \"" +
      password.string() + "\"\n";
  const auto no_file = (home.path() / "none").string();
  const auto file = home.path() / "server.toml";
  const words common = {"--data-dir", home.path() / "data", "--config", file};
  const auto says = [&](words command, const std::string& config) {
    put_file(file, fast_config + config);
    command.insert(command.end(), common.begin(), common.end());
    return run(server_launch(command, home));
  };
  const auto check_both = [&](const std::string& config, int code, const words& parts) {
    for (const words& command :
         {words{"config", "check"}, words{"run", "--listen", "127.0.0.1:0"}}) {
      const auto done = says(command, config);
      BOOST_TEST(done.exit_code == code, done.err);
      BOOST_TEST(done.out == "");
      for (const auto& part : parts) {
        BOOST_TEST(done.err.find(part) != std::string::npos, done.err);
      }
    }
  };
  check_both("[mail]\ntemplate_dir = \"" + templates.string() + "\"\n", 2,
             {(templates / "welcome.txt").string() + ":4", "nickname"});
  for (const mode_t mode : {0640, 0604, 0620}) {
    BOOST_REQUIRE(::chmod(password.c_str(), mode) == 0);
    check_both("[mail]\n" + smtp, 2, {password.string(), "chmod 600"});
  }
  BOOST_REQUIRE(::chmod(password.c_str(), 0600) == 0);
  check_both("[mail]\n" + smtp + "smtp_ca_file = \"" + no_file + "\"\n", 2, {"authorities"});
  check_both("[geo]\ndatabase_file = \"" + no_file + "\"\n", 1, {no_file});

  // The check makes nothing and asks nobody: there is no server at that port.
  std::filesystem::remove_all(home.path() / "data");
  const auto good = says({"config", "check"}, "[mail]\n" + smtp);
  BOOST_TEST(good.exit_code == 0, good.err);
  BOOST_TEST(says({"config", "check"}, "").exit_code == 0);
  BOOST_TEST(!std::filesystem::exists(home.path() / "data"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
