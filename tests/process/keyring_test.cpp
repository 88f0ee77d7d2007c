#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"
#include "tests/support/desktop.hpp"

/// Where the real client keeps a token: in a real keyring where the session has one.
namespace uod::process {
namespace {

namespace fs = std::filesystem;
using test::desktop;

/// Somebody whose state lies where it lies by default, in a session with a keyring or in none.
class dweller {
 public:
  dweller(const server& at, const desktop* session) : address_(at.address()), session_(session) {}

  [[nodiscard]] ended types(const words& command, const words& global = {}) const {
    launch what;
    what.command = {UOD_BIN_DIR "/uod", "--server", address_, "--json", "--no-input"};
    what.command.insert(what.command.end(), global.begin(), global.end());
    what.command.insert(what.command.end(), command.begin(), command.end());
    what.input = std::string(usual_password) + "\n";
    what.environment = quiet_environment(home_);
    if (session_ != nullptr)
      what.environment.push_back("DBUS_SESSION_BUS_ADDRESS=" + session_->bus_address());
    return run(std::move(what));
  }
  [[nodiscard]] ended registers(const words& global = {}) const {
    return types(
        {"register", "--user", "alice", "--email", "alice@example.org", "--password-stdin"},
        global);
  }
  [[nodiscard]] ended logs_in(const words& global = {}) const {
    return types({"login", "--user", "alice", "--password-stdin"}, global);
  }

  void insists_on(const std::string& store) const {
    fs::create_directories(home_.path() / ".config/uod");
    put_file(home_.path() / ".config/uod/config.toml",
             "[credentials]\nstore = \"" + store + "\"\n");
  }
  [[nodiscard]] fs::path profile() const {
    return home_.path() / ".local/state/uod/profiles/default";
  }
  [[nodiscard]] bool any_file_has(const std::string& secret) const {
    for (const auto& entry : fs::recursive_directory_iterator(home_.path())) {
      if (entry.is_regular_file() && content_of(entry.path()).find(secret) != std::string::npos)
        return true;
    }
    return false;
  }
  [[nodiscard]] const fs::path& home() const { return home_.path(); }

 private:
  std::string address_;
  const desktop* session_;
  fresh_directory home_;
};

std::string octets_of(const std::string& hex) {
  std::string octets;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2)
    octets += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  return octets;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keyring)

BOOST_AUTO_TEST_CASE(alices_token_is_in_the_keyring_and_in_no_file) {
  desktop session;
  session.start_keyring();
  const server home;
  const dweller alice(home, &session);
  const auto registered = alice.registers();
  BOOST_REQUIRE_MESSAGE(registered.exit_code == 0, registered.err);
  const auto token = session.secret_of(alice.profile());
  BOOST_REQUIRE(token.has_value());
  BOOST_REQUIRE_EQUAL(token->size(), 128U);  // the token, and the key of what was read
  BOOST_TEST(!alice.any_file_has(*token));
  BOOST_TEST(!alice.any_file_has(octets_of(*token)));
  BOOST_TEST(session.labels() == "UOD Messenger: alice at " + home.address() + "\n");

  const auto restarted = alice.types({"-v", "whoami"});
  BOOST_TEST(restarted.exit_code == 0, restarted.err);
  for (const auto& said : {registered, restarted}) {
    BOOST_TEST((said.out + said.err).find(*token) == std::string::npos);
    BOOST_TEST(said.err.find("keyring") == std::string::npos, said.err);  // nothing to tell
  }

  session.lock_keyring();
  const auto locked = alice.types({"whoami"});
  BOOST_TEST(locked.exit_code == 3);
  BOOST_TEST(locked.err.find("the keyring is locked") != std::string::npos, locked.err);
  BOOST_TEST(rows_of(locked.out).at(0).at("code") == "not_logged_in");
  session.start_keyring();

  BOOST_TEST(alice.types({"logout"}).exit_code == 0);
  BOOST_TEST(session.labels().empty());
  BOOST_TEST(!fs::exists(alice.profile() / "credentials.json"));
  BOOST_TEST(alice.types({"whoami"}).exit_code == 3);
}

BOOST_AUTO_TEST_CASE(whoever_names_a_place_finds_everything_there) {
  desktop session;
  session.start_keyring();
  const server home;
  const dweller alice(home, &session);
  const auto elsewhere = (alice.home() / "elsewhere").string();
  BOOST_REQUIRE_EQUAL(alice.registers({"--state-dir", elsewhere}).exit_code, 0);
  BOOST_TEST(session.labels().empty());
  BOOST_TEST(content_of(elsewhere + "/profiles/default/credentials.json").find("\"token\"") !=
             std::string::npos);
  // The keyring is what she insists on, wherever the rest lies; and the other way round.
  alice.insists_on("secret-service");
  BOOST_TEST(alice.logs_in({"--state-dir", elsewhere}).exit_code == 0);
  BOOST_TEST(session.secret_of(elsewhere + "/profiles/default").has_value());
  BOOST_TEST(alice.types({"whoami"}, {"--state-dir", elsewhere}).exit_code == 0);
  alice.insists_on("file");
  BOOST_TEST(alice.logs_in().exit_code == 0);
  BOOST_TEST(!session.secret_of(alice.profile()).has_value());
  BOOST_TEST(alice.types({"whoami"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_keyring_that_is_locked_or_absent_stops_nobody) {
  desktop session;
  session.start_keyring(false);
  const server home;
  const dweller alice(home, &session);
  const auto registered = alice.registers();
  BOOST_TEST(registered.exit_code == 0);
  BOOST_TEST(lines_with(registered.err, "and not in the keyring") == 1U, registered.err);
  BOOST_TEST(alice.types({"whoami"}).exit_code == 0);

  const dweller plain(home, nullptr);
  const auto quiet = plain.logs_in();
  BOOST_TEST(quiet.exit_code == 0);
  BOOST_TEST(quiet.err.find("keyring") == std::string::npos, quiet.err);
  plain.insists_on("secret-service");
  const auto refused = plain.logs_in();
  BOOST_TEST(refused.exit_code == 1);
  BOOST_TEST(refused.err.find("credentials.store") != std::string::npos, refused.err);
  BOOST_TEST(rows_of(refused.out).back().at("code") == "io_failed");
  BOOST_TEST(plain.types({"whoami"}).exit_code == 0);  // as before
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
