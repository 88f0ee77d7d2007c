#include "storage/sqlite_migrations.hpp"

namespace uod::storage::sqlite {

std::uint32_t version_of(connection& database) {
  statement version(database, "PRAGMA user_version");
  rows row = version.run();
  return row.next() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
}

void migrate(connection& database) {
  const std::uint32_t present = version_of(database);
  for (const migration& step : migrations()) {
    if (step.version <= present) continue;
    try {
      database.execute(step.sql);
    } catch (...) {
      if (database.in_transaction()) database.database().tryExec("ROLLBACK");
      throw;
    }
  }
}

}  // namespace uod::storage::sqlite
