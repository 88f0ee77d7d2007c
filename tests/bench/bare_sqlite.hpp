#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "protocol/ids.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace uod::bench {

struct bare_row {
  uuid id;
  std::int64_t chat = 0;
  std::int64_t seq = 0;
  std::int64_t sender = 0;
  std::int64_t sent_at_ms = 0;
  bytes body;
};

/// SQLite's C interface on one append-only table, and nothing else.
class bare_sqlite {
 public:
  explicit bare_sqlite(const std::filesystem::path& file);
  ~bare_sqlite();
  bare_sqlite(const bare_sqlite&) = delete;
  bare_sqlite& operator=(const bare_sqlite&) = delete;

  /// Durable when it returns.
  void commit(const std::vector<bare_row>& rows);

 private:
  void execute(const char* sql);
  sqlite3_stmt* prepare(const char* sql);
  void step(sqlite3_stmt* statement);

  sqlite3* database_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  std::int64_t last_position_ = 0;
};

}  // namespace uod::bench
