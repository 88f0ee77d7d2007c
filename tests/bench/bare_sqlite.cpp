#include "tests/bench/bare_sqlite.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace uod::bench {

bare_sqlite::bare_sqlite(const std::filesystem::path& file) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(file.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
    throw std::runtime_error(file.string() + ": " + sqlite3_errmsg(database_));
  }
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = FULL");
  execute(
      "CREATE TABLE messages (position INTEGER PRIMARY KEY, id BLOB NOT NULL, chat_key INTEGER NOT "
      "NULL, seq INTEGER NOT NULL, sender_key INTEGER NOT NULL, sent_at_ms INTEGER NOT NULL, "
      "content INTEGER NOT NULL, body BLOB NOT NULL) STRICT");
  execute("CREATE UNIQUE INDEX messages_by_id ON messages (id)");
  execute("CREATE UNIQUE INDEX messages_by_chat ON messages (chat_key, seq)");
  begin_ = prepare("BEGIN IMMEDIATE");
  insert_ = prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, 1, ?)");
  commit_ = prepare("COMMIT");
}

bare_sqlite::~bare_sqlite() {
  for (auto* statement : {begin_, insert_, commit_}) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void bare_sqlite::commit(const std::vector<bare_row>& rows) {
  step(begin_);
  for (const auto& row : rows) {
    sqlite3_bind_int64(insert_, 1, ++last_position_);
    sqlite3_bind_blob(insert_, 2, row.id.octets.data(), 16, SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 3, row.chat);
    sqlite3_bind_int64(insert_, 4, row.seq);
    sqlite3_bind_int64(insert_, 5, row.sender);
    sqlite3_bind_int64(insert_, 6, row.sent_at_ms);
    sqlite3_bind_blob(insert_, 7, row.body.data(), static_cast<int>(row.body.size()),
                      SQLITE_STATIC);
    step(insert_);
  }
  step(commit_);
}

void bare_sqlite::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(std::string("bare SQLite: ") + sqlite3_errmsg(database_));
  }
}

sqlite3_stmt* bare_sqlite::prepare(const char* sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) !=
      SQLITE_OK) {
    throw std::runtime_error(std::string("bare SQLite: ") + sqlite3_errmsg(database_));
  }
  return made;
}

void bare_sqlite::step(sqlite3_stmt* statement) {
  const int done = sqlite3_step(statement);
  sqlite3_reset(statement);
  if (done != SQLITE_DONE) {
    throw std::runtime_error(std::string("bare SQLite: ") + sqlite3_errmsg(database_));
  }
}

}  // namespace uod::bench
