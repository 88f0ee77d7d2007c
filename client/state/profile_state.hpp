#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/engine/engine.hpp"
#include "client/state/cursor.hpp"
#include "client/state/secret_store.hpp"

namespace uod::client {

/// What is kept of a log-in. The password never is.
struct kept_login {
  std::string user;
  bool premium = false;  ///< as it was at the log-in
  credentials secret;
  std::vector<std::string> servers;  ///< `host:port`; used when nobody says another
  /// What is read and trusted here is sealed under this (client/sealing); a secret like the token,
  /// and kept where that is. Empty in a log-in from before there was sealing.
  bytes archive_key = {};

  bool operator==(const kept_login& other) const {
    return user == other.user && premium == other.premium &&
           secret.account == other.secret.account && secret.device == other.secret.device &&
           secret.token == other.secret.token && servers == other.servers &&
           archive_key == other.archive_key;
  }
};

/// Where the token of the next log-in goes.
enum class token_place {
  file,
  keyring,         ///< or nowhere: then the log-in is not kept
  keyring_if_any,  ///< the file where there is none; also where it does not take it, with a warning
};

/// What a profile knows of the keyring. Tokens that are in there are found whatever `place` says.
struct token_keeping {
  token_place place = token_place::file;
  std::shared_ptr<secret_store> keyring;  ///< may be none
};

/// Everything that one identity keeps on this machine, under `ROOT/profiles/NAME`:
///
///   credentials.json  account, device and token, or that the token is in the keyring
///   servers.json      the fingerprint that is pinned for each `host:port`
///   sessions.json     TLS sessions, for cheap reconnects; worth nothing when damaged
///   cursor.json       up to where `listen` has printed
///   archive.db        what was read, opened keys and whose are trusted, sealed: client/sealing
///   lock              held (flock) around changes, so that several programs may use one profile
///
/// Directories have mode 0700, files 0600 and are replaced as a whole. A damaged file is an error
/// that names it, and is left as it is. All errors: those of private_file.hpp, and
/// `config_invalid` for what is damaged. On the thread of whoever calls; waits for the disk.
class profile_state {
 public:
  /// Makes the directories. `name` must be fit for a directory's name: letters, digits and
  /// `. _ -`, no dot first. Errors: `usage` for another name.
  static outcome<profile_state> open(const std::filesystem::path& root, std::string_view name,
                                     token_keeping tokens = {});

  /// Modes that were too open, and what the keyring did not take, since the last call: for a
  /// person to read.
  std::vector<std::string> take_warnings();

  /// Error: `not_logged_in` when its token is in the keyring and cannot be had from there.
  outcome<std::optional<kept_login>> login();
  /// In place of an earlier one, which stays whole when this fails. Error: `io_failed` also when
  /// the token must go into the keyring and cannot.
  outcome<void> keep_login(const kept_login& kept);
  /// The token leaves the keyring, too; one that cannot be removed there is told as a warning.
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
  /// Keeps a place that may lie before: the server's store ends there.
  outcome<void> set_cursor_back(const account_id& account, const stream_place& place);

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] std::filesystem::path archive() const { return file("archive.db"); }
  /// What was read here is forgotten, with whom to trust.
  outcome<void> forget_archive();

 private:
  outcome<void> write_cursor(const account_id& account, const stream_place& place);
  profile_state(std::filesystem::path directory, token_keeping tokens)
      : directory_(std::move(directory)), tokens_(std::move(tokens)) {}
  [[nodiscard]] std::filesystem::path file(const char* name) const { return directory_ / name; }

  outcome<void> secrets_from_keyring(kept_login& of);
  outcome<bool> put_into_keyring(const kept_login& kept);
  void sweep_keyring(const kept_login* but);

  std::filesystem::path directory_;
  token_keeping tokens_;
  std::vector<std::string> warnings_;
};

}  // namespace uod::client
