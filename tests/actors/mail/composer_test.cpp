#include "actors/mail/composer.hpp"

#include <boost/test/unit_test.hpp>

#include "actors/mail/templates.hpp"
#include "protocol/names.hpp"
#include "tests/actors/mail/post.hpp"

namespace {

using namespace uod;
using namespace uod::mail;

composer usual() {
  auto made = composer::make("noreply@chat.example.org", "UOD Messenger");
  BOOST_REQUIRE(made);
  return std::move(*made);
}

std::string composed(const letter& what, const composer& by = usual()) {
  auto octets = by.compose(what);
  BOOST_REQUIRE_MESSAGE(octets, (octets ? "" : to_text(octets.error())));
  return std::move(*octets);
}

errc refusal(const letter& what) {
  const auto octets = usual().compose(what);
  BOOST_REQUIRE(!octets);
  return octets.error().code;
}

/// What a stranger would like to put into a header.
const std::vector<std::string> harmful = {"a\r\nBcc: eve@example.org",
                                          "a\nb",
                                          "a\rb",
                                          std::string("a\0b", 3),
                                          "a\x1b[2J",
                                          "a\x7f",
                                          "a\u0085b",
                                          "a\u2028b",
                                          "a\u202eb"};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_composed_mail)

BOOST_AUTO_TEST_CASE(is_read_by_others_as_it_was_written) {
  const auto octets = composed(letter_to_bob());
  const auto mail = read_mail(octets);
  BOOST_TEST(header_of(mail, "To") == "bob@example.org");
  BOOST_TEST(header_of(mail, "From") == "UOD Messenger <noreply@chat.example.org>");
  BOOST_TEST(header_of(mail, "Subject") == "Grüße an Bob");
  BOOST_TEST(header_of(mail, "Date") == "Tue, 14 Nov 2023 22:13:20 +0000");
  BOOST_TEST(header_of(mail, "Message-ID") ==
             "<01890a5d-ac96-774b-bcce-b302099a8057@chat.example.org>");
  BOOST_TEST(header_of(mail, "Auto-Submitted") == "auto-generated");
  BOOST_TEST(header_of(mail, "MIME-Version") == "1.0");
  BOOST_TEST(mail["type"] == "multipart/alternative");
  BOOST_TEST(mail["text"] == letter_to_bob().text);
  BOOST_TEST(mail["html"] == letter_to_bob().html);
  BOOST_TEST(mail["defects"].empty(), mail["defects"].dump());
  BOOST_TEST(mail["is_ascii"] == true);
  BOOST_TEST(mail["bare_line_ends"] == 0);
  BOOST_TEST(mail["line_octets_max"] <= 78);
}

BOOST_AUTO_TEST_CASE(may_have_its_text_only) {
  auto what = letter_to_bob();
  what.html.clear();
  const auto mail = read_mail(composed(what));
  BOOST_TEST(mail["type"] == "text/plain");
  BOOST_TEST(mail["text"] == what.text);
  BOOST_TEST(header_of(mail, "MIME-Version") == "1.0");
}

BOOST_AUTO_TEST_CASE(may_be_any_of_the_templates) {
  const auto all = templates::load(std::nullopt);
  BOOST_REQUIRE(all);
  for (const auto& kind : mail_kinds()) {
    fields values;
    for (const auto field : kind.fields) values[std::string(field)] = "Ä " + std::string(field);
    const auto made = all->render(kind.name, values);
    BOOST_REQUIRE(made);
    auto what = letter_to_bob();
    what.subject = made->subject;
    what.text = made->text;
    what.html = made->html;
    const auto mail = read_mail(composed(what));
    BOOST_TEST(header_of(mail, "Subject") == what.subject);
    BOOST_TEST(mail["text"] == what.text);
    BOOST_TEST(mail["html"] == what.html);
    BOOST_TEST(mail["defects"].empty(), mail["defects"].dump());
  }
}

BOOST_AUTO_TEST_CASE(keeps_long_texts_and_odd_line_ends) {
  auto what = letter_to_bob();
  what.text = std::string(64 * 1024, 'x') + "\r\n" + std::string(500, '=') + " \n\t\n From here\n";
  what.html = "no line end";
  const auto mail = read_mail(composed(what));
  auto expected = what.text;
  expected.erase(expected.find('\r'), 1);
  BOOST_TEST((mail["text"] == expected));
  BOOST_TEST(mail["html"] == "no line end\n");
  BOOST_TEST(mail["line_octets_max"] <= 78);
  BOOST_TEST(mail["bare_line_ends"] == 0);
}

BOOST_AUTO_TEST_CASE(has_the_date_that_its_letter_was_written) {
  auto what = letter_to_bob();
  what.written_at_ms = 0;
  BOOST_TEST(header_of(read_mail(composed(what)), "Date") == "Thu, 01 Jan 1970 00:00:00 +0000");
  what.written_at_ms = UINT64_MAX;
  BOOST_TEST(header_of(read_mail(composed(what)), "Date") == "Fri, 31 Dec 9999 23:59:59 +0000");
}

BOOST_AUTO_TEST_CASE(may_go_to_an_address_in_another_script) {
  auto what = letter_to_bob();
  what.to = "Андрей@почта.example";
  BOOST_TEST(needs_smtputf8(what));
  BOOST_TEST(!needs_smtputf8(letter_to_bob()));
  BOOST_TEST(composed(what).find("To: <Андрей@почта.example>\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_header)

BOOST_AUTO_TEST_CASE(encodes_every_subject_so_that_it_comes_back) {
  std::string tall;
  for (int i = 0; i < 60; ++i) tall += "€\U0001f600ä ";
  tall.resize(390);
  while (!uod::is_utf8(tall)) tall.pop_back();
  while (tall.ends_with(' ')) tall.pop_back();
  for (const std::string& subject :
       {std::string("Plain"), std::string("ä"), std::string("=?UTF-8?Q?no?="), tall,
        std::string("quote \" and \\ and , ; : <x>"), std::string("a_b=c? ü"),
        std::string(300, 'x')}) {
    auto what = letter_to_bob();
    what.subject = subject;
    const auto octets = composed(what);
    const auto mail = read_mail(octets);
    BOOST_TEST(header_of(mail, "Subject") == subject);
    BOOST_TEST(mail["is_ascii"] == true);
  }
  // RFC 2047, 2 and 5.
  for (const auto& word : process::lines_of(encoded_words(tall))) {
    BOOST_TEST(word.size() <= 77U, word);
  }
}

BOOST_AUTO_TEST_CASE(takes_no_control_characters) {
  for (const auto& text : harmful) {
    auto what = letter_to_bob();
    what.subject = text;
    BOOST_TEST((refusal(what) == errc::text_invalid), text);
    what = letter_to_bob();
    what.to = text + "@example.org";
    BOOST_TEST((refusal(what) == errc::email_invalid), text);
    what.to = "bob@example.org" + text;
    BOOST_TEST((refusal(what) == errc::email_invalid), text);
    what = letter_to_bob();
    what.id = text;
    BOOST_TEST((refusal(what) == errc::malformed), text);
    const auto named = composer::make("noreply@chat.example.org", text);
    BOOST_TEST((!named && named.error().code == errc::text_invalid), text);
    BOOST_TEST(!composer::make("noreply@chat.example.org" + text, "x"), text);
  }
}

BOOST_AUTO_TEST_CASE(takes_one_address_and_nothing_beside_it) {
  for (const std::string to :
       {"", "bob", "bob@example.org, eve@example.org", "<bob@example.org>", "\"bob\"@example.org",
        "Bob <bob@example.org>", "bob@example.org>", "bob @example.org", "bob@[192.0.2.1]"}) {
    auto what = letter_to_bob();
    what.to = to;
    BOOST_TEST((refusal(what) == errc::email_invalid), to);
  }
}

BOOST_AUTO_TEST_CASE(takes_no_subject_of_64_kb) {
  auto what = letter_to_bob();
  what.subject = std::string(64 * 1024, 'x');
  BOOST_TEST((refusal(what) == errc::too_large));
  what = letter_to_bob();
  what.to = std::string(64 * 1024, 'x') + "@example.org";
  BOOST_TEST((refusal(what) == errc::email_invalid));
  what = letter_to_bob();
  what.subject = "\xff";
  BOOST_TEST((refusal(what) == errc::text_invalid));
}

BOOST_AUTO_TEST_CASE(shows_the_senders_name_whatever_is_in_it) {
  for (const std::string name : {"", "Bob \"the\" \\ Builder, Ltd. <x@y>", "Nachrichten für alle",
                                 "=?UTF-8?Q?no?=", "a (comment)"}) {
    const auto by = composer::make("noreply@chat.example.org", name);
    BOOST_REQUIRE(by);
    const auto octets = composed(letter_to_bob(), *by);
    const auto mail = read_mail(octets);
    BOOST_TEST(mail["defects"].empty(), mail["defects"].dump());
    BOOST_TEST(mail["sender"] == json::array({name, "noreply@chat.example.org"}));
  }
  BOOST_TEST(!composer::make("нет@chat.example.org", ""));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_body)

BOOST_AUTO_TEST_CASE(takes_no_control_characters_but_line_ends_and_tabs) {
  for (const std::string& text : {std::string("a\0b", 3), std::string("a\rb"), std::string("\x1b"),
                                  std::string("\x7f"), std::string("\xff")}) {
    auto what = letter_to_bob();
    what.text = text;
    BOOST_TEST((refusal(what) == errc::text_invalid));
    what = letter_to_bob();
    what.html = text;
    BOOST_TEST((refusal(what) == errc::text_invalid));
  }
  auto what = letter_to_bob();
  what.text = std::string(body_octets_max + 1, 'x');
  BOOST_TEST((refusal(what) == errc::too_large));
}

BOOST_AUTO_TEST_SUITE_END()
