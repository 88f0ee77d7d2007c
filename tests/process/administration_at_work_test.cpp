#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/process/administrator.hpp"
#include "tests/process/house.hpp"
#include "tests/process/mailbox.hpp"
#include "tests/process/raw_client.hpp"
#include "tests/process/refusal.hpp"

/// What whoever runs a node does beside it, and what the people who use it notice of that.
namespace uod::process {
namespace {

namespace fs = std::filesystem;
namespace utf = boost::unit_test;

boost::test_tools::assertion_result is_root(utf::test_unit_id) {
  boost::test_tools::assertion_result result(::geteuid() == 0);
  if (!result) result.message() << "only root can be somebody else";
  return result;
}

json account_of(const administrator& boss, const std::string& name) {
  return boss.sees({"account", "show", name}).at(0);
}

ended logs_in(const person& who) {
  return who.types({"login", "--user", who.name(), "--password-stdin"}, password_line);
}

/// Every command, for somebody and something that is not there.
void check_nobody_there(const administrator& boss) {
  const std::string nothing = "00000000-0000-7000-8000-000000000000";
  for (const words& command : std::vector<words>{{"account", "show", "nobody"},
                                                 {"account", "lock", "nobody"},
                                                 {"account", "unlock", "nobody"},
                                                 {"account", "premium", "on", "nobody"},
                                                 {"account", "delete", "nobody", "--yes"},
                                                 {"account", "export", "nobody"},
                                                 {"account", "show", "no\nname"}}) {
    check_refused(boss.types(command), 5, "no_such_account");
  }
  check_refused(boss.types({"premium-code", "revoke", nothing}), 5, "no_such_code");
  check_refused(boss.types({"premium-code", "revoke", "nonsense"}), 5, "no_such_code");
  check_refused(boss.types({"outbox", "retry", nothing}), 5, "no_such_message");
}

/// Everything that only looks, and what can be taken back.
void check_at_work(const administrator& boss, const fs::path& backup) {
  words names;
  for (const auto& row : boss.sees({"account", "list"})) names.push_back(row.at("user"));
  std::ranges::sort(names);
  BOOST_TEST((names == words{"alice", "bob"}));
  BOOST_TEST(boss.sees({"account", "list", "--limit", "1"}).size() == 1U);
  const auto shown = account_of(boss, "ALICE");  // as people know her
  BOOST_TEST(shown.at("user") == "alice");
  BOOST_TEST(shown.at("devices").size() == 1U);
  BOOST_TEST(shown.at("contacts") == 1);
  BOOST_TEST(shown.at("closed") == false);
  BOOST_TEST(boss.sees({"account", "premium", "on", "alice"}).at(0).at("premium") == true);
  BOOST_TEST(boss.sees({"account", "premium", "off", "alice"}).at(0).at("premium") == false);
  BOOST_TEST(boss.sees({"account", "lock", "bob"}).at(0).at("closed") == true);
  BOOST_TEST(boss.sees({"account", "unlock", "bob"}).at(0).at("closed") == false);
  BOOST_TEST(boss.types({"account", "premium", "perhaps", "alice"}).exit_code == 2);
  BOOST_TEST(boss.types({"account", "show"}).exit_code == 2);
  check_refused(boss.types({"account", "delete", "alice"}), 2, "usage");  // it would have to ask
  check_nobody_there(boss);

  const auto codes = boss.sees({"premium-code", "create", "--count", "3", "--uses", "2"});
  BOOST_REQUIRE(codes.size() == 3U);
  BOOST_TEST(boss.sees({"premium-code", "revoke", codes[0].at("id")}).at(0).at("id") ==
             codes[0].at("id"));
  for (const auto& row : boss.sees({"premium-code", "list"})) {
    BOOST_TEST(!row.contains("code"));  // shown once
    BOOST_TEST(row.at("uses_max") == 2);
  }
  check_refused(boss.types({"premium-code", "create", "--expires", "2001-01-01"}), 2, "usage");

  words types;
  for (const auto& row : boss.sees({"account", "export", "alice"})) types.push_back(row.at("type"));
  for (const char* each : {"account", "device", "contact", "chat", "message"}) {
    BOOST_TEST(std::ranges::count(types, each) > 0, each);
  }
  BOOST_TEST(boss.sees({"db", "check"}).back().at("good") == true);
  BOOST_TEST(boss.sees({"db", "migrate"}).at(0).at("type") == "migrated");
  const auto saved = boss.sees({"db", "backup", backup}).back();
  BOOST_TEST(saved.at("verified") == true);
  BOOST_TEST(saved.at("octets") == fs::file_size(backup));
  const auto again = boss.types({"db", "backup", backup});
  BOOST_TEST(again.exit_code == 1);
  BOOST_TEST(again.err.find(backup.string()) != std::string::npos, again.err);
  BOOST_TEST(boss.types({"db", "backup", backup, "--force"}).exit_code == 0);
  const auto nowhere = boss.types({"db", "backup", "/nowhere/at/all.db"});
  BOOST_TEST(nowhere.exit_code == 1);
  BOOST_TEST(nowhere.err.find("/nowhere/at/all.db") != std::string::npos, nowhere.err);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(administration_at_work)

BOOST_AUTO_TEST_CASE(the_same_commands_work_while_the_node_runs_and_while_it_is_down) {
  server home;
  const administrator boss(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  befriend(alice, bob);
  alice.sees({"send", "bob", "hi"});
  const fresh_directory backups;
  check_at_work(boss, backups.path() / "live.db");
  BOOST_TEST(home.stop().exit_code == 0);
  const auto codes_before = boss.sees({"premium-code", "list"}).size();
  BOOST_TEST(codes_before == 3U);
  check_at_work(boss, backups.path() / "down.db");
  home.start();
  BOOST_TEST(alice.types({"whoami"}).exit_code == 0);
  BOOST_TEST(bob.sees({"history", "alice"}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_closed_account_is_out_at_once_and_back_when_it_is_opened) {
  server home;
  const administrator boss(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto alice_hears = alice.listens();
  boss.sees({"account", "lock", "alice"});
  check_refused(alice_hears.end(), 4, "account_closed");
  check_refused(alice.types({"chats"}), 4, "account_closed");
  check_refused(alice.types({"listen"}), 4, "account_closed");
  const person tablet(home, "alice", false);
  const auto refused = logs_in(tablet);
  check_refused(refused, 4, "account_closed");
  BOOST_TEST(refused.err.find("whoever runs the server") != std::string::npos, refused.err);
  // Also after a restart; what is written to her meanwhile waits.
  home.kill();
  home.start();
  check_refused(alice.types({"chats"}), 4, "account_closed");
  bob.sees({"send", "alice", "are you there?"});

  BOOST_TEST(boss.sees({"account", "unlock", "alice"}).at(0).at("closed") == false);
  BOOST_TEST(logs_in(tablet).exit_code == 0);
  auto hears_again = alice.listens();
  BOOST_TEST(await_row(hears_again, "message").at("text") == "are you there?");
}

BOOST_AUTO_TEST_CASE(an_administrator_ends_a_lock_by_wrong_passwords) {
  server home;
  const administrator boss(home);
  const person alice(home, "alice");
  const person laptop(home, "alice", false);
  for (int guess = 0; guess < 5; ++guess) {
    const auto wrong =
        laptop.types({"login", "--user", "alice", "--password-stdin"}, "a guess at it\n");
    BOOST_TEST(wrong.exit_code == (guess < 4 ? 3 : 4));
  }
  check_refused(logs_in(laptop), 4, "account_locked");
  BOOST_TEST(!account_of(boss, "alice").at("locked_until").is_null());
  BOOST_TEST(boss.sees({"account", "unlock", "alice"}).at(0).at("locked_until").is_null());
  BOOST_TEST(logs_in(laptop).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_deleted_account_is_gone_and_what_it_said_to_others_stays) {
  server home;
  const administrator boss(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  befriend(alice, bob);
  alice.sees({"send", "bob", "remember this"});
  bob.sees({"send", "alice", "I shall"});
  auto alice_hears = alice.listens();
  const auto id = account_of(boss, "alice").at("id");
  BOOST_TEST(boss.sees({"account", "delete", "alice", "--yes"}).at(0).at("id") == id);

  check_refused(alice_hears.end(), 3, "account_deleted");
  check_refused(alice.types({"chats"}), 3, "not_logged_in");
  const person tablet(home, "alice", false);
  check_refused(logs_in(tablet), 3, "wrong_credentials");
  check_refused(bob.types({"send", "alice", "hello?"}), 5, "no_such_account");
  check_refused(boss.types({"account", "show", "alice"}), 5, "no_such_account");
  BOOST_TEST(boss.sees({"account", "list"}).size() == 1U);
  BOOST_TEST(bob.sees({"contacts"}).empty());

  const auto chat = bob.sees({"chats"}).at(0).at("chat").get<std::string>();
  BOOST_TEST(chat.starts_with("unknown-"), chat);
  const auto kept = bob.sees({"history", chat});
  BOOST_REQUIRE(kept.size() == 2U);
  BOOST_TEST(kept[0].at("text") == "remember this");
  BOOST_TEST(kept[0].at("from") == chat);
  BOOST_TEST(kept[1].at("from") == "bob");
  // Nobody can take that name, and whoever takes the old one gets nothing of what was.
  check_refused(
      tablet.types({"register", "--user", chat, "--email", "eve@example.org", "--password-stdin"},
                   password_line),
      7, "name_taken");
  tablet.sees({"register", "--user", "alice", "--email", "eve@example.org", "--password-stdin"},
              password_line);
  BOOST_TEST(tablet.sees({"chats"}).empty());
  BOOST_TEST(boss.sees({"db", "check"}).back().at("good") == true);
}

BOOST_AUTO_TEST_CASE(an_export_goes_into_a_file_of_ones_own_without_secrets) {
  server home;
  mailbox post(home);
  const administrator boss(home);
  const person alice(home, "alice");
  const auto address = alice.sees({"whoami"}).at(0).at("email").get<std::string>();
  const auto code = code_in(post.takes(address, "Welcome"));
  alice.sees({"send", "alice", "a note\nto myself"});
  const fresh_directory place;
  const auto file = place.path() / "alice.jsonl";
  const auto told = boss.sees({"account", "export", "alice", "--output", file}).at(0);
  struct stat about {};
  BOOST_REQUIRE(::stat(file.c_str(), &about) == 0);
  BOOST_TEST((about.st_mode & 07777U) == 0600U);
  const auto content = content_of(file);
  BOOST_TEST(told.at("rows") == rows_of(content).size());
  BOOST_TEST(rows_of_type(content, "message").at(0).contains("body_hex"));
  BOOST_TEST(content.find("to myself") == std::string::npos);  // it is sealed
  BOOST_TEST(content.find(code) == std::string::npos);
  for (const char* secret : {"token", "auth_key", "salt", "stored"}) {
    BOOST_TEST(content.find(secret) == std::string::npos, secret);
  }
}

BOOST_AUTO_TEST_CASE(a_backup_taken_under_load_has_all_that_was_acknowledged_before) {
  constexpr std::size_t lines_count = 20'000;
  server home;
  const administrator boss(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  std::string lines;
  for (std::size_t number = 1; number <= lines_count; ++number) {
    lines += "line " + std::to_string(number) + "\n";
  }
  auto alice_sends = alice.starts({"--timeout", "50", "send", "bob", "-"}, lines);
  const auto acknowledged = await_row(alice_sends, "sent", {{"seq", 1000}}).at("seq");
  const fresh_directory elsewhere;
  const auto backup = elsewhere.path() / "backup.db";
  boss.sees({"db", "backup", backup});
  BOOST_TEST(alice_sends.end().exit_code == 0);

  const auto data = elsewhere.path() / "data";
  fs::create_directory(data);
  fs::permissions(data, fs::perms::owner_all);
  fs::copy(home.data_dir() / "keys", data / "keys", fs::copy_options::recursive);
  fs::copy_file(backup, data / "uod.db");
  const server restored("", {}, data);
  BOOST_TEST(restored.fingerprint() == home.fingerprint());
  BOOST_TEST(administrator(restored).sees({"db", "check"}).back().at("good") == true);
  const person bob_there(restored, "bob", false);
  BOOST_TEST(logs_in(bob_there).exit_code == 0);
  const auto rows = bob_there.sees({"history", "alice", "--limit", std::to_string(lines_count)});
  BOOST_TEST(rows.size() >= acknowledged.get<std::size_t>());
  BOOST_TEST(rows.size() < lines_count);  // the load was on
  for (std::size_t number = 1; number <= rows.size(); ++number) {
    BOOST_REQUIRE(rows[number - 1].at("seq") == number);
    BOOST_REQUIRE(rows[number - 1].at("text") == "line " + std::to_string(number));
  }
  // The other one has all of them.
  BOOST_TEST(bob.sees({"history", "alice", "--limit", "1"}).at(0).at("seq") == lines_count);
}

BOOST_AUTO_TEST_CASE(somebody_else_may_not, *utf::precondition(is_root)) {
  server home;
  const administrator boss(home);
  const person alice(home, "alice");
  // A program that anybody may run, and a place for what it makes.
  const fresh_directory open;
  fs::permissions(open.path(), fs::perms::all);
  const auto config = open.path() / "server.toml";
  put_file(config, fast_config);
  const auto program = open.path() / "uod-server";
  fs::copy_file(server_launch({}, open).command.front(), program);
  fs::permissions(program, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  // Whoever may come so far still meets the data directory's own permissions.
  fs::permissions(home.home(), fs::perms::owner_all | fs::perms::others_exec);
  const auto tries = [&](const words& command) {
    words all = command;
    all.insert(all.end(), {"--config", config, "--data-dir", home.data_dir(), "--json"});
    auto what = server_launch(all, open, program);
    const words as_nobody = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                             "--clear-groups"};
    what.command.insert(what.command.begin(), as_nobody.begin(), as_nobody.end());
    return run(std::move(what));
  };
  const std::vector<words> commands = {{"account", "list"},
                                       {"account", "lock", "alice"},
                                       {"account", "delete", "alice", "--yes"},
                                       {"account", "export", "alice"},
                                       {"premium-code", "create"},
                                       {"outbox", "retry"},
                                       {"db", "check"},
                                       {"db", "backup", open.path() / "stolen.db"}};
  for (const bool runs : {true, false}) {
    if (!runs) BOOST_TEST(home.stop().exit_code == 0);
    for (const auto& command : commands) {
      const auto refused = tries(command);
      check_refused(refused, 1, "permission_denied");
      BOOST_TEST(refused.err.find(home.data_dir().string()) != std::string::npos, refused.err);
      BOOST_TEST(refused.err.find("run this as root") != std::string::npos, refused.err);
    }
    BOOST_TEST(!fs::exists(open.path() / "stolen.db"));
    BOOST_TEST(boss.sees({"account", "list"}).size() == 1U);
    BOOST_TEST(account_of(boss, "alice").at("closed") == false);
  }
}

BOOST_AUTO_TEST_CASE(the_audit_log_has_a_line_each_and_none_that_somebody_put_there) {
  const std::string forged =
      "\",\"event\":\"x\"}\n{\"time\":\"2026-01-01T00:00:00.000Z\",\"event\":\"admin.forged\"}\r\n";
  server home;
  const administrator boss(home);
  raw_client eve(home.port());
  eve.registers("eve", "phone" + forged);
  BOOST_TEST(!eve.ask_for<devices_listed>(list_devices{}).devices.at(0).name.empty());
  raw_client other(home.port());
  other.ask_for<welcome>(hello{"agent" + forged});
  BOOST_TEST((other.refusal_of(log_in{"eve" + forged, bytes(32, 'k'), {}}).code ==
              errc::wrong_credentials));
  const person mallory(home, "mallory");
  boss.sees({"account", "lock", "mallory"});
  check_refused(boss.types({"account", "show", "mallory" + forged}), 5, "no_such_account");
  check_refused(boss.types({"premium-code", "revoke", forged}), 5, "no_such_code");
  const fresh_directory place;
  BOOST_TEST(boss.types({"db", "backup", place.path() / ("x" + forged)}).exit_code != 2);
  BOOST_TEST(home.stop().exit_code == 0);
  boss.sees({"account", "unlock", "mallory"});

  const auto trail = boss.audit_trail();  // each line an object of its own
  const auto of_event = [&](const std::string& event) {
    std::vector<json> found;
    for (const auto& row : trail) {
      if (row.at("event") == event) found.push_back(row);
    }
    return found;
  };
  BOOST_TEST(of_event("admin.forged").empty());
  BOOST_TEST(of_event("x").empty());
  BOOST_TEST(of_event("account.registered").size() == 2U);
  BOOST_TEST(of_event("node.started").size() == 1U);
  BOOST_TEST(of_event("node.ended").size() == 1U);
  const auto locked = of_event("admin.account.lock");
  BOOST_REQUIRE(locked.size() == 1U);
  BOOST_TEST(locked[0].at("way") == "socket");
  BOOST_TEST(locked[0].at("result") == "done");
  BOOST_TEST(locked[0].at("uid") == std::to_string(::getuid()));
  const auto unlocked = of_event("admin.account.unlock");
  BOOST_REQUIRE(unlocked.size() == 1U);
  BOOST_TEST(unlocked[0].at("way") == "offline");
  const auto shown = of_event("admin.account.show");
  BOOST_REQUIRE(shown.size() == 1U);
  BOOST_TEST(shown[0].at("result") == "no_such_account");
  BOOST_TEST(of_event("admin.premium-code.revoke").size() == 1U);
  BOOST_TEST(of_event("admin.db.backup").size() == 1U);
  // The log on stderr is no other: one line an event.
  BOOST_TEST(lines_with(home.log(), "{\"time\"") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
