#include "client/commands/arguments.hpp"

#include <boost/test/unit_test.hpp>

using namespace uod;
using namespace uod::client;

namespace {

using words = std::vector<std::string>;

/// What is asked for; the test fails where it cannot be read.
invocation read(const words& given) {
  auto parsed = parse_arguments(given);
  BOOST_TEST_REQUIRE(parsed.has_value(), (parsed ? "" : parsed.error().detail));
  BOOST_REQUIRE(std::holds_alternative<invocation>(*parsed));
  return std::get<invocation>(*parsed);
}

template <class Arguments>
Arguments read_as(const words& given) {
  const auto asked = read(given);
  BOOST_REQUIRE(std::holds_alternative<Arguments>(asked.what));
  return std::get<Arguments>(asked.what);
}

/// Why it cannot be read.
std::string refusal(const words& given) {
  const auto parsed = parse_arguments(given);
  if (parsed) return {};
  BOOST_TEST((parsed.error().code == errc::usage));
  return parsed.error().detail;
}

std::string told_text(const words& given) {
  const auto parsed = parse_arguments(given);
  BOOST_REQUIRE(parsed.has_value());
  BOOST_REQUIRE(std::holds_alternative<told>(*parsed));
  return std::get<told>(*parsed).text;
}

const std::vector<words> all_commands = {{"register"},
                                         {"login"},
                                         {"logout"},
                                         {"whoami"},
                                         {"devices"},
                                         {"devices", "list"},
                                         {"devices", "revoke"},
                                         {"premium"},
                                         {"premium", "redeem"},
                                         {"email"},
                                         {"email", "confirm"},
                                         {"email", "change"},
                                         {"email", "send-code"},
                                         {"password"},
                                         {"password", "change"},
                                         {"password", "forgot"},
                                         {"password", "reset"},
                                         {"unlock"},
                                         {"contacts"},
                                         {"contacts", "list"},
                                         {"contacts", "search"},
                                         {"contacts", "add"},
                                         {"contacts", "remove"},
                                         {"chats"},
                                         {"send"},
                                         {"history"},
                                         {"listen"},
                                         {"broadcast"},
                                         {"home"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(arguments)

BOOST_AUTO_TEST_CASE(each_command_reads_what_belongs_to_it) {
  const auto made = read_as<register_arguments>(
      {"register", "--user", "alice", "--email", "a@example.org", "--password-stdin"});
  BOOST_TEST(made.user == "alice");
  BOOST_TEST(made.email == "a@example.org");
  BOOST_TEST(made.password_stdin);
  BOOST_TEST(!read_as<login_arguments>({"login", "--user=alice"}).password_stdin);
  BOOST_TEST(read_as<logout_arguments>({"logout", "--all-devices"}).all_devices);
  read_as<whoami_arguments>({"whoami"});
  read_as<contacts_list_arguments>({"contacts"});
  read_as<contacts_list_arguments>({"contacts", "list"});
  const auto search = read_as<contacts_search_arguments>({"contacts", "search", "bo"});
  BOOST_TEST(search.text == "bo");
  BOOST_TEST(search.limit == rows_default);
  BOOST_TEST(read_as<contacts_search_arguments>({"contacts", "search", "bo", "--all"}).all);
  BOOST_TEST(read_as<contacts_add_arguments>({"contacts", "add", "bob"}).name == "bob");
  BOOST_TEST(read_as<contacts_remove_arguments>({"contacts", "remove", "bob"}).name == "bob");
  read_as<chats_arguments>({"chats"});
  const auto history = read_as<history_arguments>(
      {"history", "bob", "--limit", "3", "--before", "9", "--after", "1", "--keep-unread"});
  BOOST_TEST(history.name == "bob");
  BOOST_TEST(history.limit == 3u);
  BOOST_TEST(history.before_seq.value() == 9u);
  BOOST_TEST(history.after_seq.value() == 1u);
  BOOST_TEST(history.keep_unread);
  const auto listen = read_as<listen_arguments>({"listen", "--after", "p12", "--count", "2"});
  BOOST_TEST((listen.after.value() == stream_place{12, {}}));
  BOOST_TEST(listen.count.value() == 2u);
  BOOST_TEST((read_as<listen_arguments>({"listen", "--after", "p12h3"}).after.value() ==
              stream_place{12, 3}));
  BOOST_TEST(!read_as<listen_arguments>({"listen"}).after.has_value());
}

BOOST_AUTO_TEST_CASE(what_belongs_to_an_account_is_read) {
  const words carol = {"register", "--user", "carol", "--email", "c@example.org"};
  BOOST_TEST(read_as<register_arguments>(carol).premium_code.empty());
  auto more = carol;
  more.insert(more.end(), {"--premium-code", "4J8Q"});
  BOOST_TEST(read_as<register_arguments>(more).premium_code == "4J8Q");
  more.back() = "-";
  BOOST_TEST(read_as<register_arguments>(more).premium_code == "-");

  read_as<devices_list_arguments>({"devices"});
  read_as<devices_list_arguments>({"devices", "list"});
  BOOST_TEST(read_as<devices_revoke_arguments>({"devices", "revoke", "0198c0de"}).device ==
             "0198c0de");
  BOOST_TEST(read_as<premium_redeem_arguments>({"premium", "redeem", "4J8Q"}).code == "4J8Q");
  BOOST_TEST(read_as<premium_redeem_arguments>({"premium", "redeem", "-"}).code == "-");

  BOOST_TEST(!read_as<email_confirm_arguments>({"email", "confirm"}).code_stdin);
  BOOST_TEST(read_as<email_confirm_arguments>({"email", "confirm", "--code-stdin"}).code_stdin);
  const auto address = read_as<email_change_arguments>(
      {"email", "change", "a@example.net", "--password-stdin", "--json"});
  BOOST_TEST(address.email == "a@example.net");
  BOOST_TEST(address.password_stdin);
  read_as<email_send_code_arguments>({"email", "send-code"});

  const auto change = read_as<password_change_arguments>({"password", "change"});
  BOOST_TEST(!change.keep_devices);
  BOOST_TEST(!change.password_stdin);
  BOOST_TEST(
      read_as<password_change_arguments>({"password", "change", "--keep-devices"}).keep_devices);
  BOOST_TEST(read_as<password_forgot_arguments>({"password", "forgot", "--user", "alice"}).user ==
             "alice");
  const auto reset = read_as<password_reset_arguments>(
      {"password", "reset", "--user", "alice", "--code-stdin", "--password-stdin"});
  BOOST_TEST(reset.user == "alice");
  BOOST_TEST(reset.code_stdin);
  BOOST_TEST(reset.password_stdin);
  BOOST_TEST(read_as<unlock_arguments>({"unlock", "--user", "alice", "--code-stdin"}).code_stdin);
}

BOOST_AUTO_TEST_CASE(what_everybody_reads_is_read) {
  BOOST_TEST(read_as<broadcast_arguments>({"broadcast", "see", "you", "[a,b]"}).text ==
             "see you [a,b]");
  BOOST_TEST(!read_as<broadcast_arguments>({"broadcast", "x"}).from_stdin);
  BOOST_TEST(read_as<broadcast_arguments>({"broadcast", "-", "--json"}).from_stdin);
  BOOST_TEST(read_as<home_arguments>({"home"}).limit == rows_default);
  const auto home_page =
      read_as<home_arguments>({"home", "--limit", "3", "--before", "9", "--after", "1"});
  BOOST_TEST(home_page.limit == 3u);
  BOOST_TEST(home_page.before_seq.value() == 9u);
  BOOST_TEST(home_page.after_seq.value() == 1u);
}

BOOST_AUTO_TEST_CASE(global_options_stand_before_and_behind_the_command) {
  for (const auto& given :
       {words{"--json", "-q", "--server", "a:1", "--server", "[::1]:2", "--profile", "p",
              "--timeout", "3", "--no-input", "--no-color", "--state-dir", "/s", "contacts", "add",
              "bob"},
        words{"contacts", "add", "bob", "--json", "-q", "--server", "a:1", "--server", "[::1]:2",
              "--profile", "p", "--timeout", "3", "--no-input", "--no-color", "--state-dir", "/s"},
        words{"--server", "a:1", "contacts", "--json", "--server=[::1]:2", "add", "--profile", "p",
              "bob", "-q", "--timeout=3", "--no-input", "--no-color", "--state-dir", "/s"}}) {
    const auto asked = read(given);
    BOOST_TEST(std::get<contacts_add_arguments>(asked.what).name == "bob");
    BOOST_TEST(asked.global.json);
    BOOST_TEST(asked.global.quiet);
    BOOST_TEST(asked.global.no_input);
    BOOST_TEST(!asked.global.verbose);
    BOOST_TEST(asked.global.overrides.servers == (words{"a:1", "[::1]:2"}),
               boost::test_tools::per_element());
    BOOST_TEST(asked.global.overrides.profile.value() == "p");
    BOOST_TEST(asked.global.overrides.timeout_s.value() == 3);
    BOOST_TEST(asked.global.overrides.no_color);
    BOOST_TEST(asked.global.overrides.state_dir.value() == "/s");
    BOOST_TEST(!asked.global.overrides.ca_file);
  }
}

BOOST_AUTO_TEST_CASE(words_to_send_arrive_as_they_were_written) {
  const auto text = [](words more) {
    more.insert(more.begin(), {"send", "bob"});
    return read_as<send_arguments>(more).text;
  };
  BOOST_TEST(text({"see", "you", "soon"}) == "see you soon");
  BOOST_TEST(text({"see  you"}) == "see  you");
  // Names of commands, and what the parser has meanings of its own for.
  for (const std::string word : {"login", "contacts", "[a,b]", "[]", "{}", "%%", "'x'", "\"x\"",
                                 "a=b", "a,b", "#", "\\n", "`", "ünï", "++"}) {
    BOOST_TEST(text({word}) == word);
    BOOST_TEST(text({"x", word, "y"}) == "x " + word + " y");
  }
  BOOST_TEST(text({"--", "--json", "-q"}) == "--json -q");
  BOOST_TEST(text({"-", "x"}) == "- x");
  BOOST_TEST(read_as<send_arguments>({"send", "--", "bob", "hi"}).name == "bob");
  BOOST_TEST(read_as<send_arguments>({"send", "[bob]", "hi"}).name == "[bob]");
  BOOST_TEST(read_as<contacts_search_arguments>({"contacts", "search", "[b]"}).text == "[b]");
  BOOST_TEST(read_as<contacts_add_arguments>({"contacts", "add", "remove"}).name == "remove");
}

BOOST_AUTO_TEST_CASE(a_dash_alone_reads_lines_from_stdin) {
  BOOST_TEST(read_as<send_arguments>({"send", "bob", "-"}).from_stdin);
  BOOST_TEST(read_as<send_arguments>({"send", "bob", "-", "--json"}).from_stdin);
  BOOST_TEST(!read_as<send_arguments>({"send", "bob", "-", "x"}).from_stdin);
  BOOST_TEST(!read_as<send_arguments>({"send", "bob", "x"}).from_stdin);
}

BOOST_AUTO_TEST_CASE(wrong_usage_says_what_is_wrong_and_where_help_is) {
  const auto says = [](const words& given, const std::string& what, const std::string& where) {
    const auto text = refusal(given);
    BOOST_TEST(text.find(what) != std::string::npos, text);
    BOOST_TEST(text.find("see `" + where + " --help`") != std::string::npos, text);
  };
  says({"frobnicate"}, "frobnicate", "uod");
  says({"--frobnicate"}, "--frobnicate", "uod");
  says({"register", "--user", "alice"}, "--email", "uod register");
  says({"login"}, "--user", "uod login");
  says({"login", "--user", "a", "--password", "secret"}, "--password", "uod login");
  says({"register", "--user", "a", "--email", "b", "--premium-code"}, "--premium-code",
       "uod register");
  says({"devices", "revoke"}, "ID", "uod devices revoke");
  says({"premium"}, "subcommand", "uod premium");
  says({"premium", "redeem"}, "CODE", "uod premium redeem");
  says({"email"}, "subcommand", "uod email");
  says({"email", "change"}, "ADDR", "uod email change");
  says({"email", "confirm", "K7QF2-9XMRT"}, "K7QF2-9XMRT", "uod email confirm");
  says({"password"}, "subcommand", "uod password");
  says({"password", "change", "--password", "secret"}, "--password", "uod password change");
  says({"password", "forgot"}, "--user", "uod password forgot");
  says({"password", "reset"}, "--user", "uod password reset");
  says({"unlock"}, "--user", "uod unlock");
  says({"broadcast"}, "TEXT", "uod broadcast");
  says({"broadcast", ""}, "no text", "uod broadcast");
  says({"home", "--limit", "0"}, "--limit", "uod home");
  says({"home", "--before", "0"}, "--before", "uod home");
  says({"whoami", "more"}, "more", "uod whoami");
  says({"send", "bob"}, "there is no text to send", "uod send");
  says({"send"}, "NAME", "uod send");
  says({"send", "bob", ""}, "no text", "uod send");
  says({"contacts", "add"}, "NAME", "uod contacts add");
  says({"contacts", "search", "x", "--limit", "0"}, "--limit", "uod contacts search");
  says({"history", "bob", "--limit", "0"}, "--limit", "uod history");
  says({"history", "bob", "--limit", "-1"}, "--limit", "uod history");
  says({"history", "bob", "--limit", "many"}, "--limit", "uod history");
  says({"history", "bob", "--before", "0"}, "--before", "uod history");
  says({"listen", "--after", "yesterday"}, "yesterday", "uod listen");
  says({"listen", "--after", "p1h"}, "p1h", "uod listen");
  says({"listen", "--count", "0"}, "--count", "uod listen");
  says({"chats", "--timeout", "soon"}, "--timeout", "uod chats");
  says({"chats", "--trust-on-first-use", "--ca", "x"}, "--ca", "uod chats");
}

BOOST_AUTO_TEST_CASE(every_command_has_help_with_an_example) {
  for (auto given : all_commands) {
    std::string name = "uod";
    for (const auto& word : given) name += " " + word;
    given.emplace_back("--help");
    const auto text = told_text(given);
    const auto example = text.find("Example:\n  " + name);
    BOOST_TEST(example != std::string::npos, text);
    BOOST_TEST(text.find("Usage: " + name) != std::string::npos, text);
  }
  const auto whole = told_text({"--help"});
  for (const auto& given : all_commands)
    BOOST_TEST(whole.find("  " + given.front()) != std::string::npos, given.front());
  BOOST_TEST(whole.find("Examples:\n  uod register") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(version_is_told_and_no_command_gets_the_help) {
  BOOST_TEST(told_text({"--version"}) == "uod " UOD_VERSION "\n");
  for (const auto& given : {words{}, words{"--json"}}) {
    const auto parsed = parse_arguments(given);
    BOOST_REQUIRE(parsed.has_value());
    BOOST_TEST(!std::get<told>(*parsed).asked_for);
    BOOST_TEST(std::get<told>(*parsed).text.find("Subcommands:") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(json_is_recognised_where_the_rest_is_not) {
  BOOST_TEST(asks_for_json({"--frobnicate", "--json"}));
  BOOST_TEST(!asks_for_json({"send", "bob", "--", "--json"}));
  BOOST_TEST(!asks_for_json({}));
}

BOOST_AUTO_TEST_CASE(a_file_is_sent_without_text_and_saved_by_its_number) {
  const auto sent = read_as<send_arguments>({"send", "bob", "--file", "photo.jpg"});
  BOOST_TEST(sent.file == "photo.jpg");
  BOOST_TEST(sent.text.empty());
  BOOST_TEST(refusal({"send", "bob", "--file", "photo.jpg", "hi"}).find("without text") !=
             std::string::npos);
  BOOST_TEST(!refusal({"send", "bob"}).empty());
  const auto saved = read_as<save_arguments>({"save", "bob", "12", "--output", "x", "--force"});
  BOOST_TEST(saved.name == "bob");
  BOOST_TEST(saved.seq == 12U);
  BOOST_TEST(saved.output == "x");
  BOOST_TEST(saved.force);
  BOOST_TEST(!refusal({"save", "bob"}).empty());
  BOOST_TEST(!refusal({"save", "bob", "0"}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
