#pragma once

#include <optional>
#include <string>

#include "tests/process/child.hpp"
#include "tests/process/house.hpp"

/// The part of a desktop session that keeps secrets, real and of a test's own: a session bus and
/// gnome-keyring on it, with a home that is gone afterwards. Nothing of the machine's is touched.
namespace uod::test {

class desktop {
 public:
  desktop();

  /// The same, where the bus would start this command for whoever asks for secrets.
  explicit desktop(const std::string& started_on_demand);

  /// Starts the keyring and waits until it is there. With the password of the login keyring, which
  /// it makes when there is none, that one is open; without, it is locked or not there yet.
  void start_keyring(bool with_password = true);
  void kill_keyring();
  /// Stops it in its tracks: it is there, and answers nobody.
  void freeze_keyring();
  void lock_keyring();

  [[nodiscard]] const std::string& bus_address() const { return address_; }
  [[nodiscard]] const std::filesystem::path& home() const { return home_.path(); }
  /// Whether somebody has the name of the service, asked from the bus.
  [[nodiscard]] bool keyring_runs() const;

  /// What another program finds in the keyring: the secret of a profile, or nothing.
  [[nodiscard]] std::optional<std::string> secret_of(const std::filesystem::path& profile) const;
  /// The labels of all secrets of this program, as people see them, a line each.
  [[nodiscard]] std::string labels() const;

 private:
  [[nodiscard]] process::ended does(process::words command) const;
  void asks(const std::string& method, const std::string& argument) const;

  process::fresh_directory home_;
  std::optional<process::child> bus_;
  std::optional<process::child> keyring_;
  std::string address_;
};

}  // namespace uod::test
