#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/ids.hpp"
#include "storage/sqlite_store.hpp"

/// One connection to the database, and what is done with it. Everything here may throw
/// `SQLite::Exception`; `guarded` turns that into a value at the library's door.
namespace uod::storage::sqlite {

enum class access {
  read_only,
  read_only_uri,  ///< the file is named as `file:…?…` (https://www.sqlite.org/uri.html)
  read_write,
};

/// How long a writer waits for another process (an administrator's command, a backup).
inline constexpr int busy_timeout_ms = 5'000;
/// Page cache of a connection. The tops of the indexes stay in it; the rest is the kernel's.
inline constexpr int cache_kib = 16 * 1024;
/// The log is written back into the database when it has grown by this many pages (16 MiB): rarely
/// enough that pages changed often are written once, and still read in a moment after a crash.
inline constexpr int wal_pages = 4'096;
/// A WAL that outgrew itself (a reader that stayed long) gives its room back down to this.
inline constexpr std::int64_t wal_kept_bytes_max = 64 * 1024 * 1024;

/// SQLite's integers have a sign; ours do not. Nothing real is that large, so cursors and marks
/// made up by a client end at the top instead of wrapping round.
inline std::int64_t to_column(std::uint64_t value) {
  constexpr auto top = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(value < top ? value : top);
}

class connection {
 public:
  /// Opens the file, which must exist, and sets what a connection needs. Does not write to it.
  connection(const sqlite_options& options, access how);

  /// Runs one or several statements that give no rows.
  void execute(const char* sql) { database_.exec(sql); }

  /// What an exception of this connection means, with the file's name.
  [[nodiscard]] error explain(const SQLite::Exception& exception) const;
  [[nodiscard]] error explain(const std::exception& exception) const;

  /// Whether a transaction is open.
  [[nodiscard]] bool in_transaction() const;

  /// Keeps closing from writing the WAL back into the database (for one that is not ours to
  /// touch).
  void checkpoint_on_close(bool wanted);

  SQLite::Database& database() { return database_; }

 private:
  std::string file_;
  SQLite::Database database_;
};

/// Text for a column, in contrast to octets.
struct text {
  std::string_view value;
};

/// One run of a statement. It ends, and lets go of what it read, when this goes out of scope.
class rows {
 public:
  explicit rows(SQLite::Statement& statement) : statement_(statement) {}
  ~rows() { statement_.tryReset(); }
  rows(const rows&) = delete;
  rows& operator=(const rows&) = delete;

  /// Goes to the next row; false when there is none.
  bool next() { return statement_.executeStep(); }

  [[nodiscard]] std::int64_t integer(int column) const {
    return statement_.getColumn(column).getInt64();
  }
  [[nodiscard]] std::uint64_t number(int column) const {
    const std::int64_t value = integer(column);
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
  }
  /// Text or octets.
  [[nodiscard]] std::string octets(int column) const {
    return statement_.getColumn(column).getString();
  }
  /// An id; nil where the database holds none that is one.
  template <class Id>
  [[nodiscard]] Id id(int column) const {
    const SQLite::Column value = statement_.getColumn(column);
    const void* data = value.getBlob();
    const auto size = static_cast<std::size_t>(value.getBytes());
    if (data == nullptr) return Id{};
    return Id::from_octets({static_cast<const char*>(data), size}).value_or(Id{});
  }

 private:
  SQLite::Statement& statement_;
};

/// A prepared statement, kept for the life of its connection.
class statement {
 public:
  statement(connection& owner, const char* sql) : statement_(owner.database(), sql) {}

  /// Binds the values (copied) and begins a run.
  template <class... Values>
  [[nodiscard]] rows run(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return rows(statement_);
  }

  /// Runs a statement that changes something; how many rows it changed.
  template <class... Values>
  int change(const Values&... values) {
    const rows guard = run(values...);
    return statement_.exec();
  }

  /// The statement itself, for the one place that cannot afford copies.
  SQLite::Statement& raw() { return statement_; }

 private:
  void bind(int index, std::int64_t value) { statement_.bind(index, value); }
  void bind(int index, std::uint64_t value) { statement_.bind(index, to_column(value)); }
  void bind(int index, std::uint32_t value) {
    statement_.bind(index, static_cast<std::int64_t>(value));
  }
  void bind(int index, const uuid& value) {
    statement_.bind(index, value.octets.data(), static_cast<int>(value.octets.size()));
  }
  void bind(int index, const bytes& value) {
    statement_.bind(index, value.data(), static_cast<int>(value.size()));
  }
  void bind(int index, text value) { statement_.bind(index, std::string(value.value)); }

  SQLite::Statement statement_;
};

/// A write that is whole or not at all: rolled back unless `commit` was reached.
class write_transaction {
 public:
  explicit write_transaction(connection& owner) : owner_(owner) {
    owner_.execute("BEGIN IMMEDIATE");
  }
  ~write_transaction();
  write_transaction(const write_transaction&) = delete;
  write_transaction& operator=(const write_transaction&) = delete;

  void commit() { owner_.execute("COMMIT"); }

 private:
  connection& owner_;
};

/// Reads that belong together see one state of the database.
class read_transaction {
 public:
  explicit read_transaction(connection& owner) : owner_(owner) { owner_.execute("BEGIN"); }
  ~read_transaction();
  read_transaction(const read_transaction&) = delete;
  read_transaction& operator=(const read_transaction&) = delete;

 private:
  connection& owner_;
};

/// Calls `body`, which gives an `outcome`; exceptions become the failing side of it.
template <class Body>
auto guarded(const connection& owner, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected<error>(owner.explain(exception));
  } catch (const std::exception& exception) {
    return tl::unexpected<error>(owner.explain(exception));
  }
}

/// What an exception means, told to people with the file's name. `system_errno` is the operating
/// system's reason, 0 where there is none.
error explain(const std::string& file, const SQLite::Exception& exception, int system_errno);

}  // namespace uod::storage::sqlite
