#include <boost/test/unit_test.hpp>

#include "tests/actors/mail/post.hpp"

namespace {

using namespace uod;
using namespace uod::mail;

/// Tests against Exim are left out, and say so, where it is not installed: some machines have
/// another mail server, and must keep it.
boost::test_tools::assertion_result exim_is_here(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(real_server::is_here());
  if (!result) result.message() << "Exim is not installed";
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exim, *boost::unit_test::precondition(exim_is_here))

BOOST_AUTO_TEST_CASE(takes_a_letter_with_starttls_and_with_tls) {
  real_server server(all_certificates().good);
  auto settings = settings_for(server.starttls_port());
  const auto first = send(settings);
  BOOST_TEST((first.how == verdict::delivered), first.why);
  settings.port = server.tls_port();
  settings.security = smtp_security::tls;
  const auto octets = server.take_mail();
  const auto mail = read_mail(octets);
  BOOST_TEST(header_of(mail, "Subject") == letter_to_bob().subject);
  BOOST_TEST(header_of(mail, "To") == "bob@example.org");
  BOOST_TEST(mail["text"] == letter_to_bob().text);
  BOOST_TEST(mail["html"] == letter_to_bob().html);
  BOOST_TEST(octets.find("with esmtpsa") != std::string::npos, octets);
  const auto second = send(settings);
  BOOST_TEST((second.how == verdict::delivered), second.why);
  BOOST_TEST(read_mail(server.take_mail())["text"] == letter_to_bob().text);
}

BOOST_AUTO_TEST_CASE(takes_an_address_in_another_script) {
  real_server server(all_certificates().good);
  auto what = letter_to_bob();
  what.to = "андрей@example.org";
  const auto result = send(settings_for(server.starttls_port()), what);
  BOOST_TEST((result.how == verdict::delivered), result.why);
  BOOST_TEST(server.take_mail().find("To: <андрей@example.org>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuses_a_wrong_password) {
  real_server server(all_certificates().good);
  auto settings = settings_for(server.starttls_port());
  settings.password = "wrong";
  const auto result = send(settings);
  BOOST_TEST((result.how == verdict::try_again && result.misconfigured), result.why);
  BOOST_TEST(result.why.find("AUTH: 535") != std::string::npos, result.why);
}

BOOST_AUTO_TEST_CASE(wants_a_log_in) {
  real_server server(all_certificates().good);
  auto settings = settings_for(server.starttls_port());
  settings.user.clear();
  settings.password.clear();
  const auto result = send(settings);
  BOOST_TEST((result.how == verdict::refused), result.why);
  BOOST_TEST(result.why.find("log in first") != std::string::npos, result.why);
}

BOOST_AUTO_TEST_CASE(knows_who_does_not_live_there) {
  real_server server(all_certificates().good);
  auto what = letter_to_bob();
  what.to = "nobody@example.org";
  const auto result = send(settings_for(server.starttls_port()), what);
  BOOST_TEST((result.how == verdict::refused), result.why);
  BOOST_TEST(result.why == "RCPT TO: 550 nobody lives here");
}

BOOST_AUTO_TEST_CASE(is_not_trusted_with_a_wrong_certificate) {
  for (const auto* shows : {&all_certificates().other_host, &all_certificates().self_signed}) {
    real_server server(*shows);
    const auto result = send(settings_for(server.starttls_port()));
    BOOST_TEST((result.how == verdict::try_again && result.misconfigured), result.why);
  }
}

BOOST_AUTO_TEST_SUITE_END()
