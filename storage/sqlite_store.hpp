#pragma once

#include <filesystem>
#include <memory>

#include "storage/store.hpp"

namespace uod::storage {

/// How hard SQLite works for durability. Only tests that simulate crashes of the process, not of
/// the machine, choose the second.
enum class durability { power_loss, process_crash };

struct sqlite_options {
  std::filesystem::path file;
  durability durable = durability::power_loss;
};

/// Opens the database, makes it (mode 0600) when it is not there, and brings it to the newest
/// version. Errors: `database_newer` (made by a newer program: left untouched),
/// `database_corrupt` (left untouched), `storage_full`, `permission_denied` (read-only),
/// `storage_failed`; each names the file.
outcome<std::unique_ptr<store>> open_sqlite(const sqlite_options& options);

}  // namespace uod::storage
