#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors.hpp"

/// What administrators do with a database's file, also while a node works on it: everything here
/// reads one snapshot over a connection of its own and writes nothing to the database.
namespace uod::storage {

/// How far long work has come.
struct work_progress {
  std::string_view step;    ///< what is being done, for people
  std::uint64_t done = 0;   ///< of `total`
  std::uint64_t total = 0;  ///< grows while somebody writes
};
/// Is called often; false: stop (the work then gives `interrupted`).
using progress_sink = std::function<bool(const work_progress&)>;

/// Findings of one step that are told; the rest is only counted.
inline constexpr std::size_t findings_told_max = 20;

struct check_step {
  std::string name;
  std::vector<std::string> findings;  ///< the first of them, a sentence each
  std::uint64_t findings_count = 0;
};

struct check_report {
  std::uint32_t version = 0;
  std::vector<check_step> steps;
  /// Made by an older program: only what holds for every version was looked at.
  bool older = false;

  [[nodiscard]] std::uint64_t findings_count() const;
};

/// Reads the whole database: SQLite's own structure, references between tables, and what this
/// program promises (seqs without gaps, counters that agree with their rows). Damage is a finding;
/// an error is what keeps it from being looked at: `database_corrupt` (no database of ours, or not
/// even its schema can be read), `database_newer`, `permission_denied`, `storage_failed`,
/// `interrupted`.
outcome<check_report> check_sqlite(const std::filesystem::path& file,
                                   const progress_sink& progress = {});

struct backup_order {
  std::filesystem::path file;
  std::filesystem::path target;
  bool replace = false;  ///< a file that is there already
};

struct backup_report {
  std::uint64_t octets = 0;
  std::uint32_t version = 0;
};

/// Copies the database as it stands at one moment into a file of mode 0600. The copy is made
/// beside the target, put on disk, opened and checked, and only then gets its name, so that a
/// target is whole or not there. Errors: `not_allowed` (something is there already),
/// `database_corrupt` (the copy does not pass its check), `storage_full`, `permission_denied`,
/// `storage_failed`, `interrupted`; nothing is left behind then.
outcome<backup_report> back_up_sqlite(const backup_order& order,
                                      const progress_sink& progress = {});

/// The version that a database is at, and the one that this program works with. Errors as for
/// `check_sqlite`.
outcome<std::uint32_t> sqlite_version(const std::filesystem::path& file);
std::uint32_t newest_sqlite_version();

}  // namespace uod::storage
