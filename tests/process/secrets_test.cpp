#include <signal.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <utility>

#include "tests/process/administrator.hpp"
#include "tests/process/house.hpp"
#include "tests/process/mailbox.hpp"

/// What stays behind on disk and in logs, and who may read it.
namespace uod::process {
namespace {

namespace fs = std::filesystem;

const std::string canary = "canary-password-7f3a91";

/// Directories 0700, files 0600, all of them.
void check_private(const fs::path& root) {
  const auto mode_of = [](const fs::path& file) {
    struct stat found {};
    BOOST_REQUIRE_EQUAL(::lstat(file.c_str(), &found), 0);
    return found.st_mode & 07777;
  };
  BOOST_TEST(mode_of(root) == 0700U, root);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    BOOST_TEST(mode_of(entry.path()) == (entry.is_directory() ? 0700U : 0600U), entry.path());
    files += entry.is_regular_file() ? 1 : 0;
  }
  BOOST_TEST(files > 0U);
}

/// The files below a directory that hold one of these.
std::vector<std::string> files_with(const fs::path& root, const words& secrets) {
  std::vector<std::string> holders;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    const auto content = content_of(entry.path());
    for (const auto& secret : secrets) {
      if (content.find(secret) != std::string::npos) holders.push_back(entry.path().filename());
    }
  }
  return holders;
}

std::string octets_of(const std::string& hex) {
  std::string octets;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    octets += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  }
  return octets;
}

/// A code as it is shown and as it is kept in memory, without the hyphens.
words spellings_of(const std::string& code) {
  std::string bare = code;
  std::erase(bare, '-');
  return {code, bare};
}

/// What a state directory keeps for a device, as it is written and as octets.
words tokens_below(const fs::path& state) {
  words tokens;
  for (const auto& entry : fs::recursive_directory_iterator(state)) {
    if (entry.path().filename() != "credentials.json") continue;
    const auto token = json::parse(content_of(entry.path())).at("token").get<std::string>();
    tokens.insert(tokens.end(), {token, octets_of(token)});
  }
  return tokens;
}

/// Somebody whose every word is kept, as a careless person's terminal would.
class overheard {
 public:
  overheard(const server& at, const std::string& name) : who_(at, name, false) {}

  /// What was said is kept, and secrets that this device has had.
  ended types(words command, const std::string& input = {}) {
    command.insert(command.begin(), "-v");
    auto done = who_.types(command, input);
    said_ += done.out + done.err;
    for (auto& each : tokens_below(who_.home())) tokens_.push_back(std::move(each));
    return done;
  }
  void does(const words& command, const std::string& input = {}) {
    const auto done = types(command, input);
    BOOST_REQUIRE_MESSAGE(done.exit_code == 0, command.front() << ": " << done.out << done.err);
  }
  [[nodiscard]] const std::string& said() const { return said_; }
  [[nodiscard]] const words& tokens() const { return tokens_; }
  [[nodiscard]] const fs::path& home() const { return who_.home(); }

 private:
  person who_;
  std::string said_;
  words tokens_;
};

/// What programs inherit must not matter.
struct careless {
  const mode_t before = ::umask(0);
  careless() = default;
  careless(const careless&) = delete;
  careless& operator=(const careless&) = delete;
  ~careless() { ::umask(before); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_AUTO_TEST_CASE(passwords_and_tokens_stay_where_they_belong) {
  const careless mask;
  server home("[log]\nlevel = \"debug\"\n");
  const person alice(home, "alice", false);
  std::string said;
  const auto types = [&](const words& command, const std::string& input = {}) {
    const auto done = alice.types(command, input);
    said += done.out + done.err;
    return done.exit_code;
  };
  BOOST_TEST(types({"-v", "register", "--user", "alice", "--email", "alice@example.org",
                    "--password-stdin"},
                   canary + "\n") == 0);
  BOOST_TEST(types({"-v", "login", "--user", "alice", "--password-stdin"}, canary + "\n") == 0);
  BOOST_TEST(types({"-v", "login", "--user", "alice", "--password-stdin"}, canary + "!\n") == 3);
  BOOST_TEST(types({"-v", "send", "alice", "a note to myself"}) == 0);
  BOOST_TEST(types({"-v", "whoami"}) == 0);
  auto hears = alice.listens({"-v"});
  hears.signal(SIGINT);
  const auto heard = hears.end();
  said += heard.out + heard.err;

  fs::path credentials;
  for (const auto& entry : fs::recursive_directory_iterator(alice.state_dir())) {
    if (entry.path().filename() == "credentials.json") credentials = entry.path();
  }
  const auto token = json::parse(content_of(credentials)).at("token").get<std::string>();
  BOOST_REQUIRE_EQUAL(token.size(), 64U);
  const words secrets = {canary, token, octets_of(token)};

  check_private(home.data_dir());
  check_private(alice.state_dir());
  // While it runs, with what lies in the database's log, and when it has ended.
  BOOST_TEST(files_with(home.home(), secrets).empty());
  BOOST_TEST(home.stop().exit_code == 0);
  check_private(home.data_dir());
  BOOST_TEST(files_with(home.home(), secrets).empty());
  BOOST_TEST(files_with(alice.home(), secrets) == words{"credentials.json"});
  BOOST_TEST(files_with(alice.home(), {canary}).empty());
  for (const auto& secret : secrets) {
    BOOST_TEST(said.find(secret) == std::string::npos);
    BOOST_TEST(home.log().find(secret) == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(after_a_days_work_no_secret_is_anywhere_else) {
  server home("[log]\nlevel = \"debug\"\n");
  mailbox post(home);
  const administrator boss(home);
  const std::string address = "alice@example.org";
  const words passwords = {canary, canary + "-the-second", canary + "-the-third"};
  words secrets = passwords;
  words mail_codes;
  const auto adds = [](words& to, const words& more) {
    to.insert(to.end(), more.begin(), more.end());
  };
  const auto takes_code = [&](const std::string& subject) {
    auto code = code_in(post.takes(address, subject));
    adds(mail_codes, spellings_of(code));
    return code + "\n";
  };
  std::string told;  // to the administrator, but for the one time that codes are shown
  const auto administers = [&](const words& command) {
    const auto done = boss.types(command);
    BOOST_TEST(done.exit_code == 0, done.err);
    told += done.out + done.err;
  };

  const auto premium = boss.sees({"premium-code", "create", "--count", "2"});
  for (const auto& row : premium) adds(secrets, spellings_of(row.at("code")));
  overheard alice(home, "alice");
  alice.does({"register", "--user", "alice", "--email", address, "--premium-code", "-",
              "--password-stdin"},
             premium[0].at("code").get<std::string>() + "\n" + passwords[0] + "\n");
  alice.does({"email", "confirm", "--code-stdin"}, takes_code("Welcome"));
  alice.does({"send", "alice", "a note to myself"});
  alice.does({"broadcast", "good morning"});
  alice.does({"home"});
  alice.does({"history", "alice"});
  alice.does({"devices"});
  // She is premium already: the code stays good for somebody else.
  const auto spare = premium[1].at("code").get<std::string>() + "\n";
  BOOST_TEST(alice.types({"premium", "redeem", "-"}, spare).exit_code == 7);
  alice.does({"email", "change", "alice@example.net", "--password-stdin"}, passwords[0] + "\n");
  adds(mail_codes, spellings_of(code_in(post.takes("alice@example.net", "Confirm"))));
  alice.does({"password", "change", "--password-stdin"}, passwords[0] + "\n" + passwords[1] + "\n");
  BOOST_TEST(alice.types({"email", "confirm", "--code-stdin"}, "00000-00000\n").exit_code == 3);

  overheard mallory(home, "mallory");
  for (int guess = 0; guess < 5; ++guess) {
    BOOST_TEST(mallory.types({"login", "--user", "alice", "--password-stdin"}, passwords[2] + "\n")
                   .exit_code != 0);
  }
  overheard laptop(home, "alice");
  laptop.does({"unlock", "--user", "alice", "--code-stdin"}, takes_code("attempting to get in"));
  laptop.does({"login", "--user", "alice", "--password-stdin"}, passwords[1] + "\n");
  laptop.does({"password", "forgot", "--user", "alice"});
  laptop.does({"password", "reset", "--user", "alice", "--code-stdin", "--password-stdin"},
              takes_code("new password") + passwords[2] + "\n");
  adds(secrets, alice.tokens());
  adds(secrets, laptop.tokens());
  BOOST_REQUIRE(!laptop.tokens().empty());

  const fresh_directory copies;
  administers({"account", "list"});
  administers({"account", "show", "alice"});
  administers({"account", "export", "alice"});
  administers({"premium-code", "list"});
  administers({"outbox", "list"});
  administers({"db", "check"});
  BOOST_TEST(files_with(home.data_dir(), secrets).empty());  // nor in the database's log
  home.kill();  // what a crash leaves behind is read at the next start
  home.start();
  administers({"db", "backup", copies.path() / "backup.db"});
  BOOST_TEST(home.stop().exit_code == 0);  // which takes all that waits into the database

  words all = secrets;
  adds(all, mail_codes);
  BOOST_TEST(files_with(home.data_dir(), secrets).empty());
  BOOST_TEST(files_with(copies.path(), all).empty());
  for (const auto& entry : fs::directory_iterator(home.data_dir())) {
    // A mail is a mail; nothing else holds its code.
    if (entry.path().filename() == "mail" || !entry.is_regular_file()) continue;
    const auto content = content_of(entry.path());
    for (const auto& code : mail_codes) {
      BOOST_TEST(content.find(code) == std::string::npos, code << " is in " << entry.path());
    }
  }
  for (const auto& who : {std::cref(alice), std::cref(mallory), std::cref(laptop)}) {
    for (const auto& holder : files_with(who.get().home(), all)) {
      BOOST_TEST(holder == "credentials.json");
    }
    words untold = passwords;
    adds(untold, mail_codes);
    BOOST_TEST(files_with(who.get().home(), untold).empty());
  }
  const auto said = alice.said() + mallory.said() + laptop.said() + told + home.log();
  for (const auto& secret : all) BOOST_TEST(said.find(secret) == std::string::npos, secret);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
