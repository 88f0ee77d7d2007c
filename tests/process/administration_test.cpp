#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"

/// An administrator at work on a node that runs, and on one that does not.
namespace uod::process {
namespace {

/// Types `uod-server` commands for one node, as its own user.
class administrator {
 public:
  explicit administrator(const server& at) : data_dir_(at.data_dir()), home_(at.home()) {}

  [[nodiscard]] ended types(words command) const {
    command.insert(command.end(), {"--json", "--data-dir", data_dir_});
    return run(server_launch(command, home_));
  }
  /// The rows of a command that succeeds.
  std::vector<json> sees(const words& command) const {
    const auto done = types(command);
    BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
    return rows_of(done.out);
  }
  [[nodiscard]] std::vector<json> audited(const std::string& event) const {
    std::vector<json> found;
    for (auto& row : rows_of(content_of(data_dir_ / "audit.log"))) {
      if (row.at("event") == event) found.push_back(std::move(row));
    }
    return found;
  }

 private:
  std::filesystem::path data_dir_;
  std::filesystem::path home_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(administration)

BOOST_AUTO_TEST_CASE(who_is_locked_is_put_out_at_once_and_stays_out) {
  server home;
  const administrator root(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto bob_hears = bob.listens();
  BOOST_TEST(root.sees({"account", "lock", "bob"})[0].at("closed") == true);
  BOOST_TEST(bob_hears.end().exit_code == 4);
  BOOST_TEST(bob.types({"chats"}).exit_code == 4);
  BOOST_TEST(
      bob.types({"login", "--user", "bob", "--password-stdin"}, std::string(usual_password) + "\n")
          .exit_code == 4);
  alice.sees({"send", "bob", "for later"});

  root.sees({"account", "unlock", "bob"});
  BOOST_TEST(bob.sees({"history", "alice"})[0].at("text") == "for later");
  BOOST_TEST(root.audited("admin.account.lock").at(0).at("way") == "socket");
  BOOST_TEST(root.audited("admin.account.lock").at(0).at("uid") == std::to_string(::getuid()));
  home.stop();
}

BOOST_AUTO_TEST_CASE(who_is_deleted_leaves_what_was_said) {
  server home;
  const administrator root(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  bob.sees({"send", "alice", "remember me"});
  BOOST_TEST(alice.sees({"history", "bob"})[0].at("text") == "remember me");
  auto bob_hears = bob.listens();
  BOOST_TEST(root.types({"account", "delete", "bob"}).exit_code == 2);
  root.sees({"account", "delete", "bob", "--yes"});
  BOOST_TEST(bob_hears.end().exit_code != 0);
  BOOST_TEST(bob.types({"chats"}).exit_code == 3);
  BOOST_TEST(root.types({"account", "show", "bob"}).exit_code == 5);
  BOOST_TEST(alice.types({"send", "bob", "still there?"}).exit_code == 5);

  const auto chats = alice.sees({"chats"});
  BOOST_TEST_REQUIRE(chats.size() == 1U);
  const std::string author = chats[0].at("chat");
  BOOST_TEST(author.starts_with("unknown-"));
  BOOST_TEST(alice.sees({"history", author})[0].at("text") == "remember me");
  home.stop();
}

BOOST_AUTO_TEST_CASE(premium_comes_by_code_and_by_word) {
  server home;
  const administrator root(home);
  const auto codes =
      root.sees({"premium-code", "create", "--count", "2", "--expires", "2099-12-31"});
  BOOST_TEST_REQUIRE(codes.size() == 2U);
  const person alice(home, "alice");
  BOOST_TEST(alice.types({"broadcast", "hello"}).exit_code == 7);
  alice.sees({"premium", "redeem", codes[0].at("code").get<std::string>()});
  alice.sees({"broadcast", "hello"});

  root.sees({"premium-code", "revoke", codes[1].at("id").get<std::string>()});
  const person bob(home, "bob");
  BOOST_TEST(bob.types({"premium", "redeem", codes[1].at("code").get<std::string>()}).exit_code ==
             7);
  root.sees({"account", "premium", "on", "bob"});
  bob.sees({"broadcast", "hello too"});
  root.sees({"account", "premium", "off", "alice"});
  BOOST_TEST(alice.types({"broadcast", "again"}).exit_code == 7);
  BOOST_TEST(bob.sees({"home"}).size() == 2U);
  home.stop();
}

BOOST_AUTO_TEST_CASE(commands_work_on_a_node_that_was_killed_and_on_the_next) {
  server home;
  const administrator root(home);
  { const person alice(home, "alice"); }
  home.kill();
  BOOST_TEST(std::filesystem::exists(home.data_dir() / "admin.sock"));
  BOOST_TEST(root.sees({"account", "list"}).size() == 1U);
  root.sees({"account", "lock", "alice"});
  BOOST_TEST(root.audited("admin.account.lock").at(0).at("way") == "offline");
  home.start();
  BOOST_TEST(root.sees({"account", "show", "alice"})[0].at("closed") == true);
  BOOST_TEST(root.sees({"db", "migrate"})[0].at("running") == true);
  BOOST_TEST(root.audited("admin.account.show").back().at("way") == "socket");
  home.stop();
  BOOST_TEST(!std::filesystem::exists(home.data_dir() / "admin.sock"));
}

BOOST_AUTO_TEST_CASE(a_command_and_a_restart_do_not_get_into_each_other_s_way) {
  server home;
  const administrator root(home);
  const person alice(home, "alice");
  std::vector<child> commands;
  for (int i = 0; i < 6; ++i) {
    commands.emplace_back(
        server_launch({"account", "list", "--json", "--data-dir", home.data_dir()}, home.home()));
  }
  home.stop();
  for (auto& one : commands) {
    const auto done = one.end();
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(rows_of_type(done.out, "account").size() == 1U);
  }
  home.start();
  BOOST_TEST(root.sees({"db", "check"}).back().at("good") == true);
  home.stop();
}

BOOST_AUTO_TEST_CASE(a_backup_of_a_busy_node_is_a_node) {
  server home;
  const administrator root(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  std::string lines;
  for (int i = 1; i <= 4'000; ++i) lines += "line " + std::to_string(i) + "\n";
  auto alice_sends = alice.starts({"--timeout", "50", "send", "bob", "-"}, lines);
  await_row(alice_sends, "sent", {{"seq", 500}});
  const fresh_directory shelf;
  const auto copy = shelf.path() / "copy.db";
  BOOST_TEST(root.sees({"db", "backup", copy})[0].at("verified") == true);
  BOOST_TEST(root.sees({"db", "check"}).back().at("good") == true);
  BOOST_TEST(alice_sends.end().exit_code == 0);
  BOOST_TEST(root.types({"db", "backup", copy}).exit_code == 1);
  home.stop();

  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(home.data_dir() / (std::string("uod.db") + suffix));
  }
  std::filesystem::copy_file(copy, home.data_dir() / "uod.db");
  home.start();
  const auto stored = bob.sees({"history", "alice", "--limit", "4000"});
  BOOST_TEST(stored.size() >= 500U);
  for (std::size_t at = 0; at < stored.size(); ++at) {
    BOOST_TEST_REQUIRE(stored[at].at("text") == "line " + std::to_string(at + 1));
  }
  BOOST_TEST(alice.sees({"send", "bob", "one more"})[0].at("seq") == stored.size() + 1);
  home.stop();
}

BOOST_AUTO_TEST_CASE(an_export_comes_from_a_running_node) {
  server home;
  const administrator root(home);
  const person alice(home, "alice");
  const person bob(home, "bob");
  alice.sees({"send", "bob", "hello"});
  const fresh_directory shelf;
  const auto file = shelf.path() / "bob.jsonl";
  root.sees({"account", "export", "bob", "--output", file});
  struct stat about {};
  BOOST_TEST_REQUIRE(::stat(file.c_str(), &about) == 0);
  BOOST_TEST((about.st_mode & 0777U) == 0600U);
  const auto messages = rows_of_type(content_of(file), "message");
  BOOST_TEST_REQUIRE(messages.size() == 1U);
  // Sealed: what it says is for bob alone.
  BOOST_TEST(!messages[0].at("body_hex").get<std::string>().empty());
  BOOST_TEST(messages[0].at("from") == "alice");
  home.stop();
}

BOOST_AUTO_TEST_CASE(nobody_else_may_command_a_node) {
  if (::geteuid() != 0) return;  // only root can become somebody else
  server home;
  const auto as_nobody = [&](const words& command) {
    auto what = server_launch(command, home.home());
    what.command.insert(what.command.begin(),
                        {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"});
    return run(what);
  };
  if (as_nobody({"--version"}).exit_code != 0) {
    BOOST_TEST_MESSAGE("nobody else can run the program here: not tried");
    return;
  }
  const auto data = home.data_dir().string();
  for (const words& command : std::initializer_list<words>{
           {"account", "list", "--json", "--data-dir", data},
           {"db", "check", "--json", "--data-dir", data},
           {"db", "backup", "/tmp/uod-never.db", "--json", "--data-dir", data}}) {
    const auto done = as_nobody(command);
    BOOST_TEST(done.exit_code == 1, done.err);
    BOOST_TEST_REQUIRE(!rows_of(done.out).empty());
    BOOST_TEST(rows_of(done.out).back().at("code") == "permission_denied");
    BOOST_TEST(done.err.find(data) != std::string::npos);
    BOOST_TEST(done.err.find("as root") != std::string::npos);
  }
  home.stop();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
