#include "tests/support/desktop.hpp"

#include <signal.h>

#include <boost/test/unit_test.hpp>

namespace uod::test {
namespace {

namespace fs = std::filesystem;
using process::words;

constexpr const char* service = "org.freedesktop.secrets";
constexpr const char* login_keyring = "['/org/freedesktop/secrets/collection/login']";

/// A bus for everybody who may open its socket, which lies in a directory of its own.
std::string bus_config(const fs::path& home) {
  return "<busconfig><type>session</type><listen>unix:dir=" + home.string() +
         "</listen><auth>EXTERNAL</auth><servicedir>" + (home / "services").string() +
         "</servicedir><policy context=\"default\"><allow send_destination=\"*\" "
         "eavesdrop=\"true\"/>"
         "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n";
}

}  // namespace

desktop::desktop() : desktop(std::string()) {}

desktop::desktop(const std::string& started_on_demand) {
  fs::create_directory(home() / "services");
  fs::create_directory(home() / "run");
  fs::permissions(home() / "run", fs::perms::owner_all);
  if (!started_on_demand.empty()) {
    process::put_file(
        home() / "services" / "secrets.service",
        std::string("[D-BUS Service]\nName=") + service + "\nExec=" + started_on_demand + "\n");
  }
  process::put_file(home() / "bus.conf", bus_config(home()));
  process::launch what;
  what.command = {"/usr/bin/dbus-daemon", "--config-file=" + (home() / "bus.conf").string(),
                  "--nofork", "--print-address=1"};
  what.environment = process::quiet_environment(home());
  bus_.emplace(std::move(what));
  address_ = bus_->line();
}

void desktop::start_keyring(bool with_password) {
  process::launch what;
  what.command = {"/usr/bin/gnome-keyring-daemon", "--foreground", "--components=secrets"};
  what.environment = process::quiet_environment(home());
  what.environment.push_back("XDG_RUNTIME_DIR=" + (home() / "run").string());
  what.environment.push_back("DBUS_SESSION_BUS_ADDRESS=" + address_);
  if (with_password) {
    what.command.emplace_back("--unlock");
    what.input = "the password of the session";
  }
  keyring_.emplace(std::move(what));
  const auto there = does({"/usr/bin/gdbus", "wait", "--session", service});
  BOOST_REQUIRE_MESSAGE(there.exit_code == 0, there.err);
}

void desktop::kill_keyring() {
  keyring_->signal(SIGKILL);
  BOOST_REQUIRE_EQUAL(keyring_->end().signal, SIGKILL);
  keyring_.reset();
}

void desktop::freeze_keyring() { keyring_->signal(SIGSTOP); }

void desktop::lock_keyring() { asks("Lock", login_keyring); }

bool desktop::keyring_runs() const {
  const auto said = does({"/usr/bin/gdbus", "call", "--session", "--dest", "org.freedesktop.DBus",
                          "--object-path", "/org/freedesktop/DBus", "--method",
                          "org.freedesktop.DBus.NameHasOwner", service});
  BOOST_REQUIRE_MESSAGE(said.exit_code == 0, said.err);
  return said.out.find("true") != std::string::npos;
}

std::optional<std::string> desktop::secret_of(const fs::path& profile) const {
  const auto said =
      does({"/usr/bin/secret-tool", "lookup", "application", "uod", "profile", profile.string()});
  if (said.exit_code != 0) return std::nullopt;
  return said.out;
}

std::string desktop::labels() const {
  const auto said = does({"/usr/bin/secret-tool", "search", "--all", "application", "uod"});
  std::string labels;
  for (const auto& line : process::lines_of(said.out)) {
    if (line.starts_with("label = ")) labels += line.substr(8) + "\n";
  }
  return labels;
}

process::ended desktop::does(words command) const {
  process::launch what;
  what.command = std::move(command);
  what.environment = process::quiet_environment(home());
  what.environment.push_back("DBUS_SESSION_BUS_ADDRESS=" + address_);
  return process::run(std::move(what));
}

void desktop::asks(const std::string& method, const std::string& argument) const {
  const auto said = does({"/usr/bin/gdbus", "call", "--session", "--dest", service, "--object-path",
                          "/org/freedesktop/secrets", "--method",
                          "org.freedesktop.Secret.Service." + method, argument});
  BOOST_REQUIRE_MESSAGE(said.exit_code == 0, said.err);
}

}  // namespace uod::test
