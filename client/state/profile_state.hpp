#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/engine/engine.hpp"
#include "client/state/cursor.hpp"

namespace uod::client {

/// What is kept of a log-in. The password never is.
struct kept_login {
  std::string user;
  bool premium = false;  ///< as it was at the log-in
  credentials secret;
  std::vector<std::string> servers;  ///< `host:port`; used when nobody says another

  bool operator==(const kept_login& other) const {
    return user == other.user && premium == other.premium &&
           secret.account == other.secret.account && secret.device == other.secret.device &&
           secret.token == other.secret.token && servers == other.servers;
  }
};

/// Everything that one identity keeps on this machine, under `ROOT/profiles/NAME`:
///
///   credentials.json  account, device and token
///   servers.json      the fingerprint that is pinned for each `host:port`
///   sessions.json     TLS sessions, for cheap reconnects; worth nothing when damaged
///   cursor.json       up to where `listen` has printed
///   lock              held (flock) around changes, so that several programs may use one profile
///
/// Directories have mode 0700, files 0600 and are replaced as a whole. A damaged file is an error
/// that names it, and is left as it is. All errors: those of private_file.hpp, and
/// `config_invalid` for what is damaged. On the thread of whoever calls; waits for the disk.
class profile_state {
 public:
  /// Makes the directories. `name` must be fit for a directory's name: letters, digits and
  /// `. _ -`, no dot first. Errors: `usage` for another name.
  static outcome<profile_state> open(const std::filesystem::path& root, std::string_view name);

  /// Modes that were too open, since the last call: for a person to read.
  std::vector<std::string> take_warnings();

  outcome<std::optional<kept_login>> login();
  outcome<void> keep_login(const kept_login& kept);
  outcome<void> forget_login();

  outcome<std::optional<std::string>> pinned(const endpoint& server);
  /// Pins a fingerprint in place of any other.
  outcome<void> pin(const endpoint& server, const std::string& fingerprint);
  /// Pins it where nothing is pinned yet. True when it did; error `key_changed` when another is.
  outcome<bool> pin_first(const endpoint& server, const std::string& fingerprint);

  /// Empty when there is none that can be used.
  bytes tls_session(const endpoint& server);
  /// Only speeds up later connections: says nothing when it cannot.
  void keep_tls_session(const endpoint& server, const bytes& session);

  /// Up to where `listen` has printed for this account; a cursor of another account is none.
  outcome<std::optional<stream_place>> cursor(const account_id& account);
  /// Only ever moves forward for an account: of two that listen, the later one wins, for messages
  /// and broadcasts each.
  outcome<void> keep_cursor(const account_id& account, const stream_place& place);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  explicit profile_state(std::filesystem::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::filesystem::path file(const char* name) const { return directory_ / name; }

  std::filesystem::path directory_;
  std::vector<std::string> warnings_;
};

}  // namespace uod::client
