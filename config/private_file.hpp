#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/descriptor.hpp"
#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

/// Files and directories that only their owner may look into: keys, tokens, what a program keeps
/// beside its configuration. Errors carry the path, and are `permission_denied`, `storage_full`
/// (where something is written) and `io_failed` where nothing else is said. Any thread; waits for
/// the disk.
namespace uod {

/// Far more than a key, a certificate chain or a profile needs.
inline constexpr std::size_t private_file_bytes_max = 1024 * 1024;

/// The error for an errno value and the path it happened to.
error system_error_at(int number, const std::filesystem::path& path);

/// A file that must be there. `io_failed` also for one that is too large.
outcome<bytes> read_private_file(const std::filesystem::path& path);
/// The same of a secret that an administrator has put there: its mode must let nobody but its owner
/// read it, else `config_invalid`.
outcome<bytes> read_secret_file(const std::filesystem::path& path);
/// A file's content; nothing when there is none. A mode that lets others in is tightened, with a
/// warning. `too_large`; `io_failed` also for what is no file.
outcome<std::optional<bytes>> read_private_file(const std::filesystem::path& path,
                                                std::vector<std::string>& warnings);

/// Replaces a file, mode 0600: whoever reads it sees the old or the new content whole, also after
/// a crash. What stood there stays when this fails.
outcome<void> write_private_file(const std::filesystem::path& path, bytes_view content);

/// A file of mode 0600 that is written piece by piece beside its place, and gets its name when it
/// is whole and on disk. Without `finish` nothing is left of it.
class private_file_writer {
 public:
  static outcome<private_file_writer> make(std::filesystem::path path);
  private_file_writer(private_file_writer&& other) noexcept
      : path_(std::move(other.path_)),
        beside_(std::exchange(other.beside_, {})),
        file_(std::move(other.file_)),
        collected_(std::move(other.collected_)) {}
  private_file_writer& operator=(private_file_writer&&) = delete;
  ~private_file_writer();

  /// Collects small pieces before it writes.
  outcome<void> write(bytes_view piece);
  /// Writes at once, and leaves no copy of a secret behind.
  outcome<void> write_through(bytes_view piece);
  outcome<void> finish();

 private:
  private_file_writer(std::filesystem::path path, std::string beside, descriptor file)
      : path_(std::move(path)), beside_(std::move(beside)), file_(std::move(file)) {}
  outcome<void> write_collected();

  std::filesystem::path path_;
  std::string beside_;  ///< empty: nothing lies there
  descriptor file_;
  bytes collected_;
};

/// Removes a file; that there is none is no error.
outcome<void> remove_private_file(const std::filesystem::path& path);

/// Makes a directory of mode 0700, with its parents.
outcome<void> make_private_directory(const std::filesystem::path& path);
/// The same, and what is missing above it is as private. One that others may look into is
/// tightened, with a line in `warnings`.
outcome<void> make_private_directory(const std::filesystem::path& path,
                                     std::vector<std::string>& warnings);

/// Holds a lock file (flock) for as long as it lives; waits for others. For reading, changing
/// and writing in one piece, so always short.
class file_lock {
 public:
  static outcome<file_lock> take(const std::filesystem::path& file);

 private:
  explicit file_lock(descriptor file) : file_(std::move(file)) {}
  descriptor file_;  ///< closing it gives the lock back
};

}  // namespace uod
