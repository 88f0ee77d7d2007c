#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

/// Files and directories that only their owner may look into. Errors carry the path.
namespace uod::client {

inline constexpr std::size_t private_file_bytes_max = 1024 * 1024;  ///< ours hold some kilobytes

/// Makes a directory and what is missing above it, mode 0700. One that others may look into is
/// tightened, with a line in `warnings`. Errors: `permission_denied`, `io_failed` (also when
/// something else has this name).
outcome<void> make_private_directory(const std::filesystem::path& directory,
                                     std::vector<std::string>& warnings);

/// A file's content; nothing when there is none. A mode that lets others in is tightened, with a
/// warning. Errors: `permission_denied`, `io_failed`, `too_large`.
outcome<std::optional<bytes>> read_private_file(const std::filesystem::path& file,
                                                std::vector<std::string>& warnings);

/// Replaces a file, mode 0600: whoever reads it sees the old or the new content whole, also after
/// a crash. What stood there stays when this fails. Errors: `permission_denied`, `storage_full`,
/// `io_failed`.
outcome<void> write_private_file(const std::filesystem::path& file, bytes_view content);

/// Removes a file; that there is none is no error.
outcome<void> remove_private_file(const std::filesystem::path& file);

/// Holds a lock file (flock) for as long as it lives; waits for others. For reading, changing
/// and writing in one piece, so always short.
class file_lock {
 public:
  static outcome<file_lock> take(const std::filesystem::path& file);
  file_lock(file_lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file_lock& operator=(file_lock&&) = delete;
  ~file_lock();

 private:
  explicit file_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace uod::client
