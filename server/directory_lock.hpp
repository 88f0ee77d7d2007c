#pragma once

#include <filesystem>

#include "protocol/errors.hpp"

namespace uod {

/// Who holds it works on a data directory, and nobody else: a node, or administration while none
/// runs. Let go of at the end of the object or of the process, however it ends.
class directory_lock {
 public:
  /// Does not wait. The directory must exist. Errors: `data_dir_in_use`, `permission_denied`,
  /// `storage_full`, `io_failed`; each names the path.
  static outcome<directory_lock> take(const std::filesystem::path& directory);

  directory_lock(directory_lock&& other) noexcept;
  directory_lock& operator=(directory_lock&&) = delete;
  ~directory_lock();

 private:
  explicit directory_lock(int file) : file_(file) {}

  int file_;
};

}  // namespace uod
