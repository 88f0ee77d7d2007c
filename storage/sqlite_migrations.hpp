#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/sqlite_connection.hpp"

namespace uod::storage::sqlite {

/// "UOD1", as `0001_first.sql` writes it into the file's header.
inline constexpr std::uint32_t application_id = 0x554F4431;

/// One step from a version to the next: a transaction that ends by setting the new version.
struct migration {
  std::uint32_t version;
  std::string_view file;
  const char* sql;
};

/// All there are, from 1 up without a gap.
const std::vector<migration>& migrations();

/// The version that this program works with.
inline std::uint32_t newest_version() { return migrations().back().version; }

/// The version that a database is at; 0 for an empty one. May throw `SQLite::Exception`.
std::uint32_t version_of(connection& database);

/// Runs what is missing up to the newest version. May throw `SQLite::Exception`; whatever was
/// not finished is rolled back then.
void migrate(connection& database);

}  // namespace uod::storage::sqlite
