#include "storage/sqlite_connection.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace uod::storage::sqlite {
namespace {

errc code_of_errno(int system_errno) {
  switch (system_errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return errc::storage_full;
    case EACCES:
    case EPERM:
    case EROFS:
      return errc::permission_denied;
    default:
      return errc::storage_failed;
  }
}

errc code_of(int sqlite_code, int system_errno) {
  switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
      return errc::storage_full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return errc::database_corrupt;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return errc::permission_denied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return errc::database_locked;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return code_of_errno(system_errno);
    default:
      return errc::storage_failed;
  }
}

int flags_of(access how) {
  // Each connection is used by one thread at a time, so SQLite need not lock for itself.
  switch (how) {
    case access::read_only:
      return SQLITE_OPEN_NOMUTEX | SQLite::OPEN_READONLY;
    case access::read_only_uri:
      return SQLITE_OPEN_NOMUTEX | SQLite::OPEN_READONLY | SQLite::OPEN_URI;
    case access::read_write:
      break;
  }
  return SQLITE_OPEN_NOMUTEX | SQLite::OPEN_READWRITE;
}

}  // namespace

error explain(const std::string& file, const SQLite::Exception& exception, int system_errno) {
  const int code = exception.getExtendedErrorCode();
  std::string detail = file + ": " + exception.what();
  const bool from_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  if (from_system && system_errno != 0) {
    detail += std::string(" (") + std::strerror(system_errno) + ")";
  }
  return {code_of(code, from_system ? system_errno : 0), std::move(detail)};
}

connection::connection(const sqlite_options& options, access how)
    : file_(options.file.string()), database_(file_, flags_of(how), busy_timeout_ms) {
  // The errors that tell a full disk from a broken one are among the extended codes.
  sqlite3_extended_result_codes(database_.getHandle(), 1);
  // A schema that someone tampered with must not be able to call functions.
  sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // No mmap: an I/O error, or a file cut short by someone, would then arrive as a signal that
  // ends the process instead of as an error for one request.
  database_.exec("PRAGMA mmap_size = 0");
  database_.exec("PRAGMA temp_store = MEMORY");
  database_.exec("PRAGMA cache_size = -" + std::to_string(cache_kib));
  if (how != access::read_write) {
    database_.exec("PRAGMA query_only = ON");
    return;
  }
  database_.exec("PRAGMA wal_autocheckpoint = " + std::to_string(wal_pages));
  database_.exec("PRAGMA journal_size_limit = " + std::to_string(wal_kept_bytes_max));
  database_.exec("PRAGMA foreign_keys = ON");
  database_.exec(options.durable == durability::power_loss ? "PRAGMA synchronous = FULL"
                                                           : "PRAGMA synchronous = OFF");
}

error connection::explain(const SQLite::Exception& exception) const {
  return sqlite::explain(file_, exception, sqlite3_system_errno(database_.getHandle()));
}

error connection::explain(const std::exception& exception) const {
  return {errc::storage_failed, file_ + ": " + exception.what()};
}

bool connection::in_transaction() const {
  return sqlite3_get_autocommit(database_.getHandle()) == 0;
}

void connection::checkpoint_on_close(bool wanted) {
  sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1,
                    nullptr);
}

write_transaction::~write_transaction() {
  // SQLite has rolled back by itself after some errors (a full disk); asking again is an error.
  if (owner_.in_transaction()) owner_.database().tryExec("ROLLBACK");
}

read_transaction::~read_transaction() {
  if (owner_.in_transaction()) owner_.database().tryExec("COMMIT");
}

}  // namespace uod::storage::sqlite
