#include <netdb.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/actors/mail/post.hpp"

namespace {

using namespace uod;
using namespace uod::mail;

/// For servers that keep silent where any step of theirs may be the one.
constexpr std::uint32_t short_ms = 300;
/// Where the steps before must pass in time, also on a busy machine.
constexpr std::uint32_t longer_ms = 1'000;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The answers that a server gives at a step, and nothing else unusual.
json plan_with(const std::string& step, std::vector<std::string> actions) {
  return {{"steps", {{step, std::move(actions)}}}};
}

/// What one attempt ends with at a server that does this.
delivery attempt_at(const std::string& step, const std::string& action) {
  scripted_server server(plan_with(step, {action}));
  return send(settings_for(server.port()));
}

bool is(const delivery& result, verdict how, bool misconfigured = false) {
  return result.how == how && result.misconfigured == misconfigured;
}

/// How often something happened.
std::size_t count(const std::vector<json>& events, const std::string& event,
                  const std::string& verb = {}) {
  return static_cast<std::size_t>(std::ranges::count_if(events, [&](const json& one) {
    return one.value("event", "") == event && (verb.empty() || one.value("verb", "") == verb);
  }));
}

/// A chroot may be without /etc/hosts; then no name is any machine's.
boost::test_tools::assertion_result localhost_is_known(boost::unit_test::test_unit_id) {
  addrinfo* found = nullptr;
  boost::test_tools::assertion_result result(::getaddrinfo("localhost", nullptr, nullptr, &found) ==
                                             0);
  if (found != nullptr) ::freeaddrinfo(found);
  if (!result) result.message() << "localhost is no known name here";
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_good_server)

BOOST_AUTO_TEST_CASE(gets_the_letter_inside_tls_after_a_log_in) {
  scripted_server server(json::object());
  const auto result = send(settings_for(server.port()));
  BOOST_TEST(is(result, verdict::delivered), result.why);
  BOOST_TEST(result.why == "250 2.0.0 taken");
  const auto login = server.awaits("login");
  BOOST_TEST(login["mechanism"] == "PLAIN");
  const auto got = server.awaits("mail");
  BOOST_TEST(got["tls"] == true);
  BOOST_TEST(got["user"] == good_user);
  BOOST_TEST(got["sender"] == "noreply@chat.example.org");
  BOOST_TEST(got["recipients"] == json::array({"bob@example.org"}));
  BOOST_TEST(got["mail"]["text"] == letter_to_bob().text);
  BOOST_TEST(got["mail"]["html"] == letter_to_bob().html);
  BOOST_TEST(got["mail"]["defects"].empty());
}

BOOST_AUTO_TEST_CASE(gets_every_dot) {
  auto what = letter_to_bob();
  what.text.clear();
  // Poco breaks lines where it likes: with so many dots, some line begins with one.
  for (int i = 0; i < 20; ++i) what.text += std::string(70 + i, '.') + "\n.\n..\n. x\n";
  scripted_server server(json::object());
  BOOST_TEST(is(send(settings_for(server.port()), what), verdict::delivered));
  BOOST_TEST(server.awaits("mail")["mail"]["text"] == what.text);
}

BOOST_AUTO_TEST_CASE(may_speak_tls_from_the_first_octet) {
  scripted_server server(json{{"implicit_tls", true}});
  auto settings = settings_for(server.port());
  settings.security = smtp_security::tls;
  BOOST_TEST(is(send(settings), verdict::delivered));
  BOOST_TEST(server.awaits("mail")["user"] == good_user);
}

BOOST_AUTO_TEST_CASE(may_know_only_auth_login) {
  scripted_server server(json{{"no_plain", true}});
  BOOST_TEST(is(send(settings_for(server.port())), verdict::delivered));
  BOOST_TEST(server.awaits("login")["mechanism"] == "LOGIN");
}

BOOST_AUTO_TEST_CASE(may_be_a_relay_on_this_machine) {
  scripted_server server(json{{"anybody", true}}, nullptr);
  auto settings = settings_for(server.port());
  settings.security = smtp_security::none;
  settings.user.clear();
  settings.password.clear();
  BOOST_TEST(is(send(settings), verdict::delivered));
  BOOST_TEST(server.awaits("mail")["tls"] == false);
}

BOOST_AUTO_TEST_CASE(is_found_by_its_name, *boost::unit_test::precondition(localhost_is_known)) {
  scripted_server server(json::object());
  auto settings = settings_for(server.port());
  settings.host = "localhost";
  const auto result = send(settings);
  BOOST_TEST(is(result, verdict::delivered), result.why);
}

BOOST_AUTO_TEST_CASE(has_taken_a_letter_even_if_it_goes_then) {
  for (const char* action : {"die", "554 what?", "flood"}) {
    BOOST_TEST(is(attempt_at("QUIT", action), verdict::delivered), action);
  }
  BOOST_TEST(is(attempt_at("QUIT", "slow"), verdict::delivered));
}

BOOST_AUTO_TEST_CASE(gets_many_letters_through_one_transport) {
  scripted_server server(json::object());
  const auto made = make_smtp_transport(settings_for(server.port()));
  BOOST_REQUIRE(made);
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(is((*made)->deliver(letter_to_bob()), verdict::delivered));
  }
  BOOST_TEST(count(server.end(), "mail") == 5U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_answer)

BOOST_AUTO_TEST_CASE(with_a_4_means_later) {
  for (const char* step :
       {"GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "TEXT"}) {
    for (const char* answer : {"451 4.7.1 greylisted", "421 4.3.2 closing"}) {
      const auto result = attempt_at(step, answer);
      BOOST_TEST(is(result, verdict::try_again), step << ": " << result.why);
      BOOST_TEST(holds(result.why, answer), result.why);
    }
  }
}

BOOST_AUTO_TEST_CASE(with_a_5_to_the_letter_is_for_good) {
  for (const char* step : {"RCPT", "DATA", "TEXT"}) {
    const auto result = attempt_at(step, "550 5.1.1 no such person");
    BOOST_TEST(is(result, verdict::refused), step << ": " << result.why);
    BOOST_TEST(holds(result.why, "550 5.1.1 no such person"), result.why);
  }
}

BOOST_AUTO_TEST_CASE(with_a_5_to_us_is_not_the_recipients_fault) {
  for (const char* step : {"GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL"}) {
    const auto result = attempt_at(step, "554 5.7.1 go away");
    BOOST_TEST(is(result, verdict::try_again, true), step << ": " << result.why);
  }
  // RFC 4954, 6, wherever it comes.
  BOOST_TEST(is(attempt_at("RCPT", "530 5.7.0 log in first"), verdict::try_again, true));
}

BOOST_AUTO_TEST_CASE(of_greylisting_lets_the_next_attempt_pass) {
  scripted_server server(plan_with("RCPT", {"451 4.7.1 greylisted", "ok"}));
  const auto made = make_smtp_transport(settings_for(server.port()));
  BOOST_REQUIRE(made);
  BOOST_TEST(is((*made)->deliver(letter_to_bob()), verdict::try_again));
  BOOST_TEST(is((*made)->deliver(letter_to_bob()), verdict::delivered));
  BOOST_TEST(count(server.end(), "mail") == 1U);
}

BOOST_AUTO_TEST_CASE(that_is_no_smtp_means_later) {
  for (const char* answer : {"SSH-2.0-OpenSSH_9.2", "22 x", "220x", "999 x", "199 x", "",
                             "250-a\r\n451 b", "220\x1b[2J"}) {
    const auto result = attempt_at("GREETING", answer);
    BOOST_TEST(is(result, verdict::try_again), answer << ": " << result.why);
    BOOST_TEST(holds(result.why, "no SMTP"), result.why);
  }
}

BOOST_AUTO_TEST_CASE(is_shown_safely_whatever_is_in_it) {
  std::string answer = "550 \x1b[2J\ta\x7f";
  answer += std::string(2000, 'x');
  const auto result = attempt_at("RCPT", answer);  // `send` looks at the text
  BOOST_TEST(is(result, verdict::refused));
  BOOST_TEST(holds(result.why, "550  [2J a "), result.why);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_server_that_goes_wrong)

BOOST_AUTO_TEST_CASE(is_tried_again_when_it_dies_in_mid_dialogue) {
  for (const char* step :
       {"GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "TEXT"}) {
    const auto result = attempt_at(step, "die");
    BOOST_TEST(is(result, verdict::try_again), step << ": " << result.why);
  }
  const auto result = attempt_at("STARTTLS", "220 go on + die");
  BOOST_TEST(is(result, verdict::try_again), result.why);
}

BOOST_AUTO_TEST_CASE(is_not_waited_for_longer_than_the_timeout) {
  for (const char* step :
       {"GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "TEXT"}) {
    scripted_server server(plan_with(step, {"slow"}));
    auto settings = settings_for(server.port());
    settings.timeout_ms = short_ms;
    const auto result = send(settings);
    BOOST_TEST(is(result, verdict::try_again), step << ": " << result.why);
    BOOST_TEST(holds(result.why, "no answer within 300 ms"), step << ": " << result.why);
  }
}

BOOST_AUTO_TEST_CASE(cannot_hold_up_the_handshake) {
  scripted_server server(plan_with("STARTTLS", {"220 go on + slow"}));
  auto settings = settings_for(server.port());
  settings.timeout_ms = longer_ms;
  const auto result = send(settings);
  BOOST_TEST(is(result, verdict::try_again), result.why);
  BOOST_TEST(holds(result.why, "TLS handshake"), result.why);
}

BOOST_AUTO_TEST_CASE(cannot_go_on_for_ever_with_an_octet_now_and_then) {
  for (const char* step : {"GREETING", "RCPT"}) {
    scripted_server server(plan_with(step, {"drip"}));
    auto settings = settings_for(server.port());
    settings.timeout_ms = longer_ms;
    const auto result = send(settings);
    BOOST_TEST(is(result, verdict::try_again), result.why);
    BOOST_TEST(holds(result.why, "took longer than 4000 ms"), result.why);
  }
}

BOOST_AUTO_TEST_CASE(cannot_fill_the_memory) {
  for (const char* step : {"GREETING", "RCPT"}) {
    const auto result = attempt_at(step, "flood");
    BOOST_TEST(is(result, verdict::try_again), result.why);
    BOOST_TEST(holds(result.why, "an answer without an end"), result.why);
  }
}

BOOST_AUTO_TEST_CASE(may_not_be_there) {
  std::uint16_t port = 0;
  {
    scripted_server gone(json::object());
    port = gone.port();
  }
  const auto refused = send(settings_for(port));
  BOOST_TEST(is(refused, verdict::try_again), refused.why);
  BOOST_TEST(holds(refused.why, "connecting: Connection refused"), refused.why);
  auto settings = settings_for(25);
  settings.host = "no-such-host.invalid";
  const auto unknown = send(settings);
  BOOST_TEST(is(unknown, verdict::try_again, true), unknown.why);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_server_that_cannot_be_trusted)

BOOST_AUTO_TEST_CASE(does_not_get_the_password) {
  const auto& all = all_certificates();
  for (const auto* shows : {&all.other_host, &all.self_signed}) {
    for (const bool implicit : {false, true}) {
      scripted_server server(json{{"implicit_tls", implicit}}, shows);
      auto settings = settings_for(server.port());
      if (implicit) settings.security = smtp_security::tls;
      const auto result = send(settings);
      BOOST_TEST(is(result, verdict::try_again, true), result.why);
      BOOST_TEST(holds(result.why, "TLS handshake"), result.why);
      const auto events = server.end();
      BOOST_TEST(count(events, "login") == 0U);
      BOOST_TEST(count(events, "mail") == 0U);
      BOOST_TEST(count(events, "command", "MAIL") == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(may_not_hide_behind_a_name_of_this_machine,
                     *boost::unit_test::precondition(localhost_is_known)) {
  scripted_server server(json::object(), &all_certificates().other_host);
  auto settings = settings_for(server.port());
  settings.host = "localhost";
  BOOST_TEST(is(send(settings), verdict::try_again, true));
  BOOST_TEST(count(server.end(), "login") == 0U);
}

BOOST_AUTO_TEST_CASE(gains_nothing_by_waiting_with_the_handshake) {
  // Poco goes on after a handshake that took too long, and has not looked at the name then.
  scripted_server server(json{{"late_tls_s", 2}}, &all_certificates().other_host);
  auto settings = settings_for(server.port());
  settings.timeout_ms = longer_ms;
  const auto result = send(settings);
  BOOST_TEST((result.how == verdict::try_again), result.why);
  BOOST_TEST(count(server.end(), "login") == 0U);
}

BOOST_AUTO_TEST_CASE(is_one_that_the_systems_authorities_do_not_know) {
  scripted_server server(json::object());
  auto settings = settings_for(server.port());
  settings.ca_file.clear();
  BOOST_TEST(is(send(settings), verdict::try_again, true));
  BOOST_TEST(count(server.end(), "login") == 0U);
}

BOOST_AUTO_TEST_CASE(gets_nothing_without_starttls) {
  for (const bool with_login : {true, false}) {
    scripted_server server(json{{"anybody", true}}, nullptr);
    auto settings = settings_for(server.port());
    if (!with_login) settings.user = settings.password = "";
    const auto result = send(settings);
    BOOST_TEST(is(result, verdict::try_again, true), result.why);
    BOOST_TEST(holds(result.why, "STARTTLS: the server does not offer it"), result.why);
    const auto events = server.end();
    BOOST_TEST(count(events, "command", "AUTH") == 0U);
    BOOST_TEST(count(events, "command", "MAIL") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(may_not_speak_an_old_tls) {
  scripted_server server(json{{"old_tls", true}});
  const auto result = send(settings_for(server.port()));
  BOOST_TEST((result.how == verdict::try_again), result.why);
  BOOST_TEST(holds(result.why, "TLS handshake"), result.why);
  BOOST_TEST(count(server.end(), "login") == 0U);
}

BOOST_AUTO_TEST_CASE(is_not_believed_what_came_before_tls) {
  // Somebody on the way adds answers to the one that still is in plain text (CVE-2011-0411): they
  // must not be taken for the ones from inside.
  scripted_server server(json{{"inject", "250-evil\r\n250 AUTH NONE\r\n550 5.7.1 no"}});
  const auto result = send(settings_for(server.port()));
  BOOST_TEST(is(result, verdict::delivered), result.why);
  BOOST_TEST(server.awaits("login")["good"] == true);
}

BOOST_AUTO_TEST_CASE(may_be_right_about_the_password) {
  for (const bool no_plain : {false, true}) {
    scripted_server server(json{{"no_plain", no_plain}});
    auto settings = settings_for(server.port());
    settings.password = "wrong";
    const auto result = send(settings);
    BOOST_TEST(is(result, verdict::try_again, true), result.why);
    BOOST_TEST(holds(result.why, "AUTH: 535"), result.why);
    BOOST_TEST(count(server.end(), "mail") == 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_address_in_another_script)

BOOST_AUTO_TEST_CASE(needs_a_server_that_takes_such) {
  auto what = letter_to_bob();
  what.to = "андрей@example.org";
  scripted_server old(json::object());
  const auto refused = send(settings_for(old.port()), what);
  BOOST_TEST(is(refused, verdict::refused), refused.why);
  BOOST_TEST(holds(refused.why, "no SMTPUTF8"), refused.why);
  scripted_server able(json{{"utf8", true}});
  BOOST_TEST(is(send(settings_for(able.port()), what), verdict::delivered));
  const auto got = able.awaits("mail");
  BOOST_TEST(got["recipients"] == json::array({what.to}));
  BOOST_TEST(got["options"] == json::array({"SMTPUTF8"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(that_do_not_fit_are_told) {
  const auto complaint = [](const auto& change) {
    auto given = settings_for(0);
    change(given);
    const auto made = make_smtp_transport(given);
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().detail.find(good_password) == std::string::npos));
    return made.error();
  };
  using given = smtp_settings;
  for (const auto& failure : {
           complaint([](given& s) { s.host = ""; }),
           complaint([](given& s) { s.host = "a\r\nb"; }),
           complaint([](given& s) { s.password.clear(); }),
           complaint([](given& s) { s.user.clear(); }),
           complaint([](given& s) { s.user = "a\nb"; }),
           complaint([](given& s) { s.password = std::string("a\0b", 3); }),
           complaint([](given& s) { s.timeout_ms = 0; }),
           complaint([](given& s) { s.ca_file = "/nowhere.pem"; }),
           complaint([](given& s) { s.security = smtp_security::none; }),
           complaint([](given& s) {
             s.security = smtp_security::none;
             s.user = s.password = "";
             s.host = "post.example.org";
           }),
       }) {
    BOOST_TEST((failure.code == errc::config_invalid), to_text(failure));
  }
  BOOST_TEST((complaint([](given& s) { s.from_address = "x"; }).code == errc::email_invalid));
}

BOOST_AUTO_TEST_CASE(of_a_letter_that_cannot_be_composed_reach_no_server) {
  scripted_server server(json::object());
  auto bad = letter_to_bob();
  bad.to = "bob@example.org>\r\nRCPT TO:<eve@example.org";
  BOOST_TEST(is(send(settings_for(server.port()), bad), verdict::refused));
  BOOST_TEST(count(server.end(), "connected") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
