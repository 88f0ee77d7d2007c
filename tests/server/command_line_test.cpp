#include "server/administration/command_line.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "server/administration/offline_host.hpp"
#include "server/directory_lock.hpp"
#include "storage/sqlite_store.hpp"
#include "tests/server/house.hpp"

// The commands as they are typed, on a data directory without a node.
namespace uod::test {

using namespace administration;

namespace {

/// What a command did.
struct result {
  int exit_code = 0;
  std::string out;
  std::string messages;

  [[nodiscard]] std::vector<row> rows() const { return rows_of(out); }
};

/// A pipe whose reader has gone after some lines.
class torn_pipe final : public std::streambuf {
 public:
  explicit torn_pipe(std::size_t lines) : lines_left_(lines) {}
  [[nodiscard]] const std::string& read() const { return read_; }

 private:
  int_type overflow(int_type c) override {
    if (lines_left_ == 0) return traits_type::eof();
    read_.push_back(traits_type::to_char_type(c));
    if (read_.back() == '\n') --lines_left_;
    return c;
  }
  std::string read_;
  std::size_t lines_left_;
};

/// An administrator at a terminal, or without one.
class administrator {
 public:
  administrator() {
    store_host host(database());
    host.now = 1'700'000'000'000;
    const account_id alice = host.registers("alice");
    host.says(alice, host.registers("bob"), "hello");
  }

  result types(std::vector<std::string> words, const std::string& answers = {},
               bool on_terminal = false) {
    CLI::App app("test");
    app.require_subcommand(1);
    common_flags flags;
    action chosen;
    add_commands(app, flags, chosen);
    result told;
    words.insert(words.end(), {"--data-dir", data().string()});
    std::reverse(words.begin(), words.end());  // as CLI11 takes them
    try {
      app.parse(words);
    } catch (const CLI::ParseError& wrong) {
      told.exit_code = wrong.get_exit_code() == 0 ? 0 : 2;
      told.out = wrong.get_exit_code() == 0 ? app.help() : "";
      return told;
    }
    const auto config = must(load_server_config(std::nullopt, flags.overrides));
    torn_pipe pipe(lines_read);
    std::ostream out(&pipe);
    std::ostringstream messages;
    std::istringstream in(answers);
    outcome<void> done;
    {
      console on({out, messages, in, on_terminal, on_terminal}, flags.json);
      done = chosen(config.config, on);
    }
    told.out = pipe.read();
    told.messages = messages.str();
    if (!done) {
      told.exit_code = exit_code_of(done.error());
      told.messages += to_text(done.error());
    }
    return told;
  }
  std::vector<row> sees(std::vector<std::string> words) {
    words.emplace_back("--json");
    const result told = types(std::move(words));
    BOOST_TEST(told.exit_code == 0, told.messages);
    return told.rows();
  }

  [[nodiscard]] std::filesystem::path data() const { return home_.path(); }
  [[nodiscard]] std::filesystem::path database() const { return data() / "uod.db"; }
  [[nodiscard]] std::filesystem::path away(const std::string& name) const {
    return away_.path() / name;
  }
  [[nodiscard]] std::size_t files_away() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(away_.path()), {}));
  }
  [[nodiscard]] std::vector<row> audited() const {
    return rows_of(content_of(data() / "audit.log"));
  }

  std::size_t lines_read = SIZE_MAX;  ///< of what a command prints

 private:
  fresh_directory home_;
  fresh_directory away_;
};

unsigned mode_of(const std::filesystem::path& file) {
  struct stat about {};
  BOOST_TEST_REQUIRE(::stat(file.c_str(), &about) == 0);
  return about.st_mode & 0777U;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_lines)

BOOST_FIXTURE_TEST_CASE(accounts_are_administered, administrator) {
  BOOST_TEST(sees({"account", "list"}).size() == 2U);
  BOOST_TEST(sees({"account", "list", "--limit", "1"}).size() == 1U);
  BOOST_TEST(sees({"account", "show", "bob"})[0]["user"] == "bob");
  BOOST_TEST(sees({"account", "lock", "bob"})[0]["closed"] == true);
  BOOST_TEST(sees({"account", "show", "bob"})[0]["closed"] == true);
  BOOST_TEST(sees({"account", "unlock", "bob"})[0]["closed"] == false);
  BOOST_TEST(sees({"account", "premium", "on", "bob"})[0]["premium"] == true);
  BOOST_TEST(sees({"account", "premium", "off", "bob"})[0]["premium"] == false);
  BOOST_TEST(types({"account", "list"}).out.find("alice@example.org") != std::string::npos);
  BOOST_TEST(types({"account", "show", "bob"}).out.find("bob's laptop") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(codes_that_could_not_be_printed_are_revoked, administrator) {
  lines_read = 2;
  const auto made = types({"premium-code", "create", "--count", "5", "--json"});
  lines_read = SIZE_MAX;
  BOOST_TEST(made.exit_code == 1);
  std::vector<std::string> seen;
  for (const row& one : made.rows()) seen.push_back(one["id"]);
  BOOST_TEST(seen.size() == 2U);
  const auto listed = sees({"premium-code", "list"});
  BOOST_TEST(listed.size() == 5U);
  for (const row& one : listed) {
    const auto id = one["id"].get<std::string>();
    const bool was_seen = std::ranges::find(seen, id) != seen.end();
    BOOST_TEST(one["state"].get<std::string>() == (was_seen ? "good" : "revoked"));
    BOOST_TEST((made.messages.find(id) == std::string::npos) == was_seen, made.messages);
  }
  std::size_t noted = 0;
  for (const row& one : audited()) noted += one["event"] == "admin.premium-code.made" ? 1 : 0;
  BOOST_TEST(noted == 5U);
}

BOOST_FIXTURE_TEST_CASE(wrong_usage_is_told_apart, administrator) {
  for (const std::vector<std::string>& words : std::initializer_list<std::vector<std::string>>{
           {"account"},
           {"account", "frob"},
           {"account", "show"},
           {"account", "lock", "a", "b"},
           {"account", "premium", "maybe", "bob"},
           {"account", "list", "--limit", "few"},
           {"account", "list", "--limit", "-1"},
           {"premium-code", "create", "--count", "0"},
           {"premium-code", "create", "--uses", "9999999"},
           {"premium-code", "create", "--expires", "soon"},
           {"premium-code", "create", "--expires", "2020-01-01"},
           {"premium-code", "revoke"},
           {"account", "delete", "bob"},
           {"db", "backup"}}) {
    BOOST_TEST_CONTEXT(words.back()) { BOOST_TEST(types(words).exit_code == 2); }
  }
  BOOST_TEST(sees({"account", "list"}).size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(what_does_not_exist_is_five, administrator) {
  BOOST_TEST(types({"account", "show", "carol"}).exit_code == 5);
  BOOST_TEST(types({"account", "delete", "--yes", "carol"}).exit_code == 5);
  BOOST_TEST(types({"premium-code", "revoke", "x"}).exit_code == 5);
  BOOST_TEST(types({"outbox", "retry", "x"}).exit_code == 5);
}

BOOST_FIXTURE_TEST_CASE(every_command_has_help_with_an_example, administrator) {
  CLI::App app("test");
  common_flags flags;
  action chosen;
  add_commands(app, flags, chosen);
  std::size_t commands = 0;
  for (const CLI::App* group : app.get_subcommands({})) {
    for (const CLI::App* one : group->get_subcommands({})) {
      ++commands;
      const std::string help = one->help();
      BOOST_TEST(help.find("Example: uod-server " + group->get_name() + " " + one->get_name()) !=
                 std::string::npos);
      BOOST_TEST(help.find("--data-dir") != std::string::npos);
      BOOST_TEST(help.find("--json") != std::string::npos);
    }
  }
  BOOST_TEST(commands == 17U);
}

BOOST_FIXTURE_TEST_CASE(deleting_asks_on_a_terminal, administrator) {
  BOOST_TEST(types({"account", "delete", "bob"}, "no\n", true).exit_code == 1);
  BOOST_TEST(types({"account", "delete", "bob"}, "", true).exit_code == 1);
  BOOST_TEST(sees({"account", "list"}).size() == 2U);
  const auto told = types({"account", "delete", "bob"}, "bob\n", true);
  BOOST_TEST(told.exit_code == 0);
  BOOST_TEST(told.out == "bob was deleted\n");
  BOOST_TEST(sees({"account", "list"}).size() == 1U);
  BOOST_TEST(types({"account", "delete", "alice", "--yes"}).exit_code == 0);
  BOOST_TEST(sees({"account", "list"}).empty());
}

BOOST_FIXTURE_TEST_CASE(codes_can_be_made_before_a_node_has_run, administrator) {
  std::filesystem::remove_all(data());
  const auto made = sees({"premium-code", "create", "--count", "3", "--expires", "2099-01-31"});
  BOOST_TEST_REQUIRE(made.size() == 3U);
  BOOST_TEST(made[0]["code"].get<std::string>().size() == 29U);
  BOOST_TEST(made[0]["expires_at"] == "2099-02-01T00:00:00.000Z");
  BOOST_TEST(mode_of(data()) == 0700U);
  BOOST_TEST(mode_of(database()) == 0600U);
  const std::string id = made[0]["id"];
  sees({"premium-code", "revoke", id});
  const auto listed = sees({"premium-code", "list"});
  BOOST_TEST_REQUIRE(listed.size() == 3U);
  for (const row& one : listed) BOOST_TEST(one["state"] == (one["id"] == id ? "revoked" : "good"));
}

BOOST_FIXTURE_TEST_CASE(nothing_else_is_made_where_no_node_has_run, administrator) {
  std::filesystem::remove_all(data());
  for (const std::vector<std::string>& words :
       std::initializer_list<std::vector<std::string>>{{"account", "list"},
                                                       {"outbox", "retry"},
                                                       {"premium-code", "list"},
                                                       {"db", "check"},
                                                       {"db", "backup", away("copy.db")}}) {
    const auto told = types(words);
    BOOST_TEST(told.exit_code == 1);
    BOOST_TEST(told.messages.find("uod.db is not there yet") != std::string::npos);
  }
  BOOST_TEST(!std::filesystem::exists(data()));
  BOOST_TEST(files_away() == 0U);
}

BOOST_FIXTURE_TEST_CASE(mail_is_administered, administrator) {
  const auto listed = sees({"outbox", "list"});
  BOOST_TEST_REQUIRE(listed.size() == 2U);
  BOOST_TEST(sees({"outbox", "retry", listed[0]["mail"].get<std::string>()})[0]["mails"] == 1);
  BOOST_TEST(sees({"outbox", "retry"})[0]["mails"] == 2);
  BOOST_TEST(types({"outbox", "list"}).out.find("confirm_email") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(an_export_is_a_private_file_that_is_whole, administrator) {
  const auto file = away("bob.jsonl");
  const auto told = sees({"account", "export", "bob", "--output", file});
  BOOST_TEST_REQUIRE(told.size() == 1U);
  BOOST_TEST(told[0]["type"] == "exported");
  BOOST_TEST(mode_of(file) == 0600U);
  const auto rows = rows_of(content_of(file));
  BOOST_TEST(rows.size() == told[0]["rows"].get<std::size_t>());
  // Without a file the same goes to stdout, as JSON for whoever asked for text too.
  BOOST_TEST(types({"account", "export", "bob"}).out == content_of(file));
  for (const auto& secret : secrets) {
    BOOST_TEST(content_of(file).find(secret) == std::string::npos);
  }
}

BOOST_FIXTURE_TEST_CASE(an_export_that_fails_leaves_no_file, administrator) {
  BOOST_TEST(types({"account", "export", "carol", "--output", away("carol.jsonl")}).exit_code == 5);
  BOOST_TEST(files_away() == 0U);
  BOOST_TEST(types({"account", "export", "bob", "--output", away("no/such/place")}).exit_code == 1);
}

BOOST_FIXTURE_TEST_CASE(the_database_is_migrated_checked_and_backed_up, administrator) {
  const auto migrated = sees({"db", "migrate"});
  BOOST_TEST(migrated[0]["type"] == "migrated");
  BOOST_TEST(migrated[0]["running"] == false);
  const auto checked = sees({"db", "check"});
  BOOST_TEST(checked.back()["type"] == "checked");
  BOOST_TEST(checked.back()["good"] == true);

  const auto copy = away("copy.db");
  BOOST_TEST(sees({"db", "backup", copy})[0]["verified"] == true);
  BOOST_TEST(mode_of(copy) == 0600U);
  BOOST_TEST(files_away() == 1U);
  BOOST_TEST(types({"db", "backup", copy}).exit_code == 1);
  BOOST_TEST(sees({"db", "backup", copy, "--force"})[0]["verified"] == true);

  // Put in place, it is what it was.
  const auto before = sees({"account", "export", "alice"});
  std::filesystem::remove_all(data());
  std::filesystem::create_directory(data());
  std::filesystem::copy_file(copy, database());
  BOOST_TEST(sees({"account", "export", "alice"}) == before);
}

BOOST_FIXTURE_TEST_CASE(the_database_is_made_where_there_is_none, administrator) {
  std::filesystem::remove_all(data());
  const auto told = sees({"db", "migrate"});
  BOOST_TEST(told[0]["from"] == 0);
  BOOST_TEST(told[0]["version"].get<int>() >= 2);
  BOOST_TEST(sees({"account", "list"}).empty());
}

BOOST_FIXTURE_TEST_CASE(the_database_is_looked_at_while_a_node_has_it, administrator) {
  const auto lock = must(directory_lock::take(data()));
  const auto host = std::make_unique<store_host>(database());
  host->registers("carol");
  BOOST_TEST(sees({"db", "migrate"})[0]["running"] == true);
  BOOST_TEST(sees({"db", "check"}).back()["good"] == true);
  BOOST_TEST(sees({"db", "backup", away("copy.db")})[0]["verified"] == true);
  host->registers("dave");
  BOOST_TEST(host->account("dave").name == "dave");
}

BOOST_FIXTURE_TEST_CASE(a_damaged_database_is_told, administrator) {
  {
    std::fstream file(database(), std::ios::binary | std::ios::in | std::ios::out);
    for (const int page : {9, 12, 15, 20, 25}) {
      file.seekp(page * 4096);
      file << std::string(4'096, '\xa5');
    }
  }
  const auto told = types({"db", "check", "--json"});
  BOOST_TEST(told.exit_code == 1);
  BOOST_TEST(told.rows().back()["good"] == false);
  BOOST_TEST(told.out.find("\"finding\"") != std::string::npos);
  BOOST_TEST(types({"db", "backup", away("copy.db")}).exit_code == 1);
  BOOST_TEST(files_away() == 0U);
}

BOOST_FIXTURE_TEST_CASE(what_was_done_stands_in_the_audit_log, administrator) {
  types({"account", "lock", "bob\n{\"event\":\"forged\"}"});
  sees({"account", "lock", "bob"});
  sees({"db", "backup", away("copy.db")});
  sees({"db", "check"});
  const auto told = audited();
  BOOST_TEST_REQUIRE(told.size() == 4U);
  BOOST_TEST(mode_of(data() / "audit.log") == 0600U);
  BOOST_TEST(told[0]["event"] == "admin.account.lock");
  BOOST_TEST(told[0]["result"] == "no_such_account");
  BOOST_TEST(told[1]["account"] == "bob");
  BOOST_TEST(told[1]["way"] == "offline");
  BOOST_TEST(told[1]["result"] == "done");
  BOOST_TEST(told[2]["event"] == "admin.db.backup");
  BOOST_TEST(told[2]["detail"] == away("copy.db").string());
  BOOST_TEST(told[3]["event"] == "admin.db.check");
}

BOOST_FIXTURE_TEST_CASE(an_audit_log_that_cannot_be_written_is_told, administrator) {
  std::filesystem::create_directory(data() / "audit.log");
  const auto told = types({"account", "lock", "bob"});
  BOOST_TEST(told.exit_code == 0);
  BOOST_TEST(told.messages.find("audit log") != std::string::npos);
  BOOST_TEST(types({"db", "check"}).messages.find("audit log") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(progress_is_drawn_only_on_a_terminal, administrator) {
  BOOST_TEST(types({"db", "check"}, "", true).messages.find("structure") != std::string::npos);
  BOOST_TEST(types({"db", "check"}).messages.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::test
