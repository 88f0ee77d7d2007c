#include <signal.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
