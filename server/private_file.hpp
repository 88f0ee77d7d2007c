#pragma once

#include <filesystem>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

/// Small files that hold secrets: mode 0600, whole or not there.
namespace uod {

/// Errors: `io_failed` (not there, too large, not readable), `permission_denied`; with the path.
outcome<bytes> read_private_file(const std::filesystem::path& path);

/// Writes beside the place and renames, synced, so that a crash leaves the old or the new.
/// Errors: `permission_denied`, `storage_full`, `io_failed`; with the path.
outcome<void> write_private_file(const std::filesystem::path& path, bytes_view contents);

/// Makes a directory of mode 0700, with its parents. Errors as above.
outcome<void> make_private_directory(const std::filesystem::path& path);

/// The error for an errno value and the path it happened to.
error system_error_at(int number, const std::filesystem::path& path);

}  // namespace uod
