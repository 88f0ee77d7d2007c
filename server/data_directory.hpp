#pragma once

#include <filesystem>
#include <string>

#include "config/server_config.hpp"
#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/tls_identity.hpp"
#include "server/directory_lock.hpp"

namespace uod {

/// What a node keeps on disk beside its database: its key, the key of its session tickets, and
/// the secret behind made-up salts. All of it lies below the data directory in `keys/`, mode
/// 0700 and 0600, made on first start.
///
/// Holds the directory's lock for as long as it lives, so that two servers never work on one.
class data_directory {
 public:
  /// Makes the directory where it is missing, and locks it. Errors: `data_dir_in_use`,
  /// `permission_denied`, `storage_full`, `io_failed`; each names the path.
  static outcome<data_directory> open(const std::filesystem::path& path);

  /// The node's key and certificate: those that the configuration names, else those in `keys/`,
  /// else new ones. Errors as above, and `certificate_invalid`.
  [[nodiscard]] outcome<tls_identity> identity(const server_config& config) const;

  /// The secret kept in `keys/NAME`: made with `octets` random octets when it is not there.
  [[nodiscard]] outcome<bytes> secret(const std::string& name, std::size_t octets) const;

 private:
  data_directory(std::filesystem::path path, directory_lock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  directory_lock lock_;
};

/// The identity without the lock, for `uod-server fingerprint` while the node runs; nothing is
/// made. Error `io_failed` where there is none yet.
outcome<tls_identity> read_identity(const server_config& config);

}  // namespace uod
