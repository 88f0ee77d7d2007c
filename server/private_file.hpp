#pragma once

#include <filesystem>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

/// Small files that hold secrets: mode 0600, whole or not there.
namespace uod {

/// Errors: `io_failed` (not there, too large, not readable), `permission_denied`; with the path.
outcome<bytes> read_private_file(const std::filesystem::path& path);

/// The same of a secret that an administrator has put there: its mode must let nobody but its owner
/// read it, else `config_invalid`.
outcome<bytes> read_secret_file(const std::filesystem::path& path);

/// Writes beside the place and renames, synced, so that a crash leaves the old or the new.
/// Errors: `permission_denied`, `storage_full`, `io_failed`; with the path.
outcome<void> write_private_file(const std::filesystem::path& path, bytes_view contents);

/// A file of mode 0600 that is written piece by piece beside its place, and gets its name when it
/// is whole and on disk. Without `finish` nothing is left of it. Errors as for
/// `write_private_file`.
class private_file_writer {
 public:
  static outcome<private_file_writer> make(std::filesystem::path path);
  private_file_writer(private_file_writer&& other) noexcept;
  private_file_writer& operator=(private_file_writer&&) = delete;
  ~private_file_writer();

  /// Collects small pieces before it writes.
  outcome<void> write(bytes_view piece);
  outcome<void> finish();

 private:
  private_file_writer(std::filesystem::path path, std::string beside, int file)
      : path_(std::move(path)), beside_(std::move(beside)), file_(file) {}
  outcome<void> write_collected();

  std::filesystem::path path_;
  std::string beside_;  ///< empty: nothing lies there
  int file_;
  bytes collected_;
};

/// Makes a directory of mode 0700, with its parents. Errors as above.
outcome<void> make_private_directory(const std::filesystem::path& path);

/// The error for an errno value and the path it happened to.
error system_error_at(int number, const std::filesystem::path& path);

}  // namespace uod
