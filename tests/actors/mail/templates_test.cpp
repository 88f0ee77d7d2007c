#include "actors/mail/templates.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/process/house.hpp"

namespace {

using namespace uod;
using namespace uod::mail;
using process::fresh_directory;
using process::put_file;

/// A value for every field there is, which tells its name.
fields all_fields() {
  fields values;
  for (const auto& kind : mail_kinds()) {
    for (const auto field : kind.fields) {
      values[std::string(field)] = "<" + std::string(field) + ">";
    }
  }
  return values;
}

templates built_in() {
  auto loaded = templates::load(std::nullopt);
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? "" : to_text(loaded.error())));
  return std::move(*loaded);
}

rendered render(const templates& from, std::string_view name, const fields& values) {
  auto made = from.render(name, values);
  BOOST_REQUIRE_MESSAGE(made, (made ? "" : to_text(made.error())));
  return std::move(*made);
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What is wrong with a directory's templates.
std::string complaint(const fresh_directory& directory) {
  const auto loaded = templates::load(directory.path());
  BOOST_REQUIRE(!loaded);
  BOOST_TEST((loaded.error().code == errc::config_invalid));
  return loaded.error().detail;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(built_in_templates)

BOOST_AUTO_TEST_CASE(have_all_their_fields_in_text_and_html) {
  const auto mails = built_in();
  const auto values = all_fields();
  for (const auto& kind : mail_kinds()) {
    const auto made = render(mails, kind.name, values);
    BOOST_TEST_CONTEXT("mail " << kind.name) {
      for (const auto field : kind.fields) {
        BOOST_TEST(holds(made.text, values.at(std::string(field))), "no " << field);
        BOOST_TEST(holds(made.html, "&lt;" + std::string(field) + "&gt;"), "no " << field);
      }
      BOOST_TEST(!holds(made.text + made.html + made.subject, "{{"));
      BOOST_TEST(!holds(made.subject, "\n"));
      BOOST_TEST(!made.subject.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(load_nothing_from_elsewhere) {
  const auto mails = built_in();
  for (const auto& kind : mail_kinds()) {
    const auto html = render(mails, kind.name, all_fields()).html;
    for (const char* word : {"http:", "https:", "src=", "url(", "<script", "<img", "<link"}) {
      BOOST_TEST(!holds(html, word), kind.name << " holds " << word);
    }
    BOOST_TEST(holds(html, "prefers-color-scheme: dark"));
  }
}

BOOST_AUTO_TEST_CASE(say_what_to_do_next) {
  const auto mails = built_in();
  const auto text = [&](const char* name) {
    return render(mails, name,
                  {{"name", "alice"},
                   {"server", "chat.example.org"},
                   {"code", "123456"},
                   {"minutes", "15"},
                   {"time", "today"},
                   {"until", "later"},
                   {"address", "192.0.2.7"},
                   {"attempts", "10"},
                   {"device", "laptop"},
                   {"device_id", "0189"},
                   {"place", "Rome"},
                   {"new_email", "a@example.org"}})
        .text;
  };
  BOOST_TEST(holds(text("welcome"), "uod email confirm"));
  BOOST_TEST(holds(text("confirm_email"), "uod email confirm"));
  BOOST_TEST(holds(text("email_changed"), "uod password change"));
  BOOST_TEST(holds(text("password_changed"), "uod password forgot --user alice"));
  BOOST_TEST(holds(text("password_changed"), "All other\ndevices are logged out"));
  BOOST_TEST(holds(text("password_changed_devices_kept"), "uod password forgot --user alice"));
  BOOST_TEST(holds(text("password_changed_devices_kept"), "were logged in still are"));
  BOOST_TEST(!holds(text("password_changed_devices_kept"), "All other"));
  BOOST_TEST(holds(text("identity_replaced"), "uod password change"));
  BOOST_TEST(holds(text("identity_replaced"), "safety number"));
  BOOST_TEST(holds(text("password_forgotten"), "uod password reset --user alice"));
  BOOST_TEST(holds(text("password_forgotten"), "all other devices are logged out"));
  BOOST_TEST(holds(text("locked"), "someone is attempting to get in"));
  BOOST_TEST(holds(text("locked"), "uod unlock --user alice"));
  BOOST_TEST(holds(text("locked"), "which are logged in stay in"));
  BOOST_TEST(holds(text("new_location"), "uod devices revoke 0189"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(values_of_strangers)

BOOST_AUTO_TEST_CASE(cannot_become_html_or_lines) {
  auto values = all_fields();
  values["device"] = "<img src=x>\"'&\r\n\r\nYour code is 1\u202e";
  const auto made = render(built_in(), "new_location", values);
  BOOST_TEST(holds(made.html, "&lt;img src=x&gt;&quot;&#39;&amp;    Your code is 1 "));
  BOOST_TEST(holds(made.text, "Device: <img src=x>\"'&    Your code is 1 \n"));
}

BOOST_AUTO_TEST_CASE(cannot_bring_a_line_into_the_subject) {
  auto values = all_fields();
  values["name"] = "a\r\nBcc: eve@example.org\r\n\r\n";
  BOOST_TEST(render(built_in(), "welcome", values).subject ==
             "Welcome to <server>, a  Bcc: eve@example.org    ");
  values["name"] = std::string(100'000, 'x');
  values["server"] = std::string(100'000, 'y');
  BOOST_TEST(render(built_in(), "welcome", values).subject.size() <= subject_octets_max);
}

BOOST_AUTO_TEST_CASE(cannot_keep_a_warning_from_being_written) {
  auto values = all_fields();
  values["device"] = "\xff\xfe" + std::string(100'000, '\0');
  const auto made = render(built_in(), "new_location", values);
  BOOST_TEST(holds(made.text, "\ufffd\ufffd"));
  BOOST_TEST(made.text.size() < 4096U);
}

BOOST_AUTO_TEST_CASE(are_not_templates_themselves) {
  auto values = all_fields();
  values["device"] = "{{device_id}}";
  BOOST_TEST(holds(render(built_in(), "new_location", values).text, "Device: {{device_id}}"));
}

BOOST_AUTO_TEST_CASE(must_all_be_there) {
  auto values = all_fields();
  values.erase("until");
  const auto made = built_in().render("locked", values);
  BOOST_REQUIRE(!made);
  BOOST_TEST(made.error().detail == "the mail locked lacks a value for until");
  BOOST_TEST(!built_in().render("lokced", values));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_administrators_directory)

BOOST_AUTO_TEST_CASE(replaces_file_by_file) {
  const fresh_directory directory;
  put_file(directory.path() / "locked.txt",
           "Subject: Obacht, {{ name }}\r\n\r\nGesperrt bis {{until}}.\r\n");
  put_file(directory.path() / "README", "{{not a template");
  const auto mails = templates::load(directory.path());
  BOOST_REQUIRE(mails);
  const auto made = render(*mails, "locked", all_fields());
  BOOST_TEST(made.subject == "Obacht, <name>");
  BOOST_TEST(made.text == "Gesperrt bis <until>.\n");
  BOOST_TEST(made.html == render(built_in(), "locked", all_fields()).html);
  BOOST_TEST(
      (render(*mails, "welcome", all_fields()) == render(built_in(), "welcome", all_fields())));
}

BOOST_AUTO_TEST_CASE(is_told_everything_that_is_wrong_at_once) {
  const fresh_directory directory;
  const auto in = [&](const std::string& name) { return (directory.path() / name).string(); };
  put_file(in("locked.txt"), "Subject: x\n\nUntil {{untill}}\nand {{code\n");
  put_file(in("locked.html"), "<p>\n\xff</p>\n");
  put_file(in("welcome.txt"), "Hello {{name}}\n");
  put_file(in("welcome.html"), "");
  put_file(in("confirm_email.txt"), "Subject: x\nno empty line\n");
  put_file(in("confirm_email.html"), std::string(64 * 1024 + 1, 'x'));
  put_file(in("password_changed.txt"), "Subject: \x1b[2J\n\nx\n");
  put_file(in("wellcome.txt"), "Subject: x\n\nx\n");
  std::filesystem::create_directory(in("new_location.txt"));
  const auto said = complaint(directory);
  for (const auto& line : {
           in("locked.txt") + ":3: {{untill}} is no field of this mail; there are: name, server, "
                              "time, until, address, code, attempts",
           in("locked.txt") + ":4: {{ without }} on the same line",
           in("locked.html") + ":2: is not UTF-8",
           in("welcome.txt") + ":1: the first line must be \"Subject: …\"",
           in("welcome.html") + ":1: there is no text in it",
           in("confirm_email.txt") + ":2: an empty line must part the subject from the text",
           in("confirm_email.html") + ": is larger than 65536 octets",
           in("password_changed.txt") + ":1: holds a control character",
           in("wellcome.txt") + ": no mail is called so; there are: confirm_email.html",
           in("new_location.txt") + ": is no file",
       }) {
    BOOST_TEST(holds(said, line), "missing: " << line << "\nin:\n" << said);
  }
  BOOST_TEST(process::lines_of(said).size() == 10U, said);
}

BOOST_AUTO_TEST_CASE(must_be_there) {
  const auto loaded = templates::load("/nowhere/at/all");
  BOOST_REQUIRE(!loaded);
  BOOST_TEST(holds(loaded.error().detail, "/nowhere/at/all: No such file"));
}

BOOST_AUTO_TEST_SUITE_END()
