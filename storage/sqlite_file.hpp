#pragma once

#include <filesystem>

#include "protocol/errors.hpp"
#include "storage/sqlite_store.hpp"

/// The database as a file: what can be said of it before SQLite is let near it, and how it comes
/// into being.
namespace uod::storage::sqlite {

/// Looks at a file without writing to it. Errors: `database_corrupt` (no SQLite database, not
/// ours, cut short), `database_newer`, `permission_denied` (file or directory not writable),
/// `storage_failed`. False when there is no such file.
outcome<bool> inspect_file(const std::filesystem::path& file);

/// For whoever must not make one: `storage_failed` where there is no such file,
/// `permission_denied`.
outcome<void> must_be_there(const std::filesystem::path& file);

/// What an errno value means for a file of the store, with its path.
tl::unexpected<error> fail_errno(const std::filesystem::path& file, int system_errno);

std::filesystem::path directory_of(const std::filesystem::path& file);

/// Puts a file's content, or a directory's entries, on disk. `flags` are those of open(2).
outcome<void> sync_path(const std::filesystem::path& path, int flags);

/// Whether commits wait in the write-ahead log beside the database.
bool has_wal(const std::filesystem::path& file);

/// Makes a database of the newest version with mode 0600. It gets its name only when it is
/// complete and on disk, so that no half-made one is ever found; one that somebody else made
/// meanwhile is left alone. Errors: `storage_full`, `permission_denied`, `storage_failed`.
outcome<void> create_file(const sqlite_options& options);

}  // namespace uod::storage::sqlite
