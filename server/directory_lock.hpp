#pragma once

#include <filesystem>

#include "config/descriptor.hpp"
#include "protocol/errors.hpp"

namespace uod {

/// Who holds it works on a data directory, and nobody else: a node, or administration while none
/// runs. Let go of at the end of the object or of the process, however it ends.
class directory_lock {
 public:
  /// Does not wait. The directory must exist. Errors: `data_dir_in_use`, `permission_denied`,
  /// `storage_full`, `io_failed`; each names the path.
  static outcome<directory_lock> take(const std::filesystem::path& directory);

 private:
  explicit directory_lock(descriptor file) : file_(std::move(file)) {}

  descriptor file_;
};

}  // namespace uod
