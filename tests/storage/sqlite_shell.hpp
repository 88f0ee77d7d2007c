#pragma once

#include <sqlite3.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

namespace uod::storage::contract {

/// The database as an administrator has it with the sqlite3 shell: SQLite itself, none of our
/// code.
class sqlite_shell {
 public:
  explicit sqlite_shell(const std::filesystem::path& file) {
    BOOST_REQUIRE_EQUAL(sqlite3_open(file.c_str(), &handle_), SQLITE_OK);
  }
  ~sqlite_shell() { sqlite3_close(handle_); }
  sqlite_shell(const sqlite_shell&) = delete;
  sqlite_shell& operator=(const sqlite_shell&) = delete;

  /// Runs statements; the rows' values, a line each.
  std::string run(const std::string& sql) {
    std::string output;
    char* message = nullptr;
    const auto add = [](void* out, int count, char** values, char**) {
      for (int i = 0; i < count; ++i) {
        if (i > 0) *static_cast<std::string*>(out) += "|";
        *static_cast<std::string*>(out) += values[i] != nullptr ? values[i] : "";
      }
      *static_cast<std::string*>(out) += "\n";
      return 0;
    };
    const int code = sqlite3_exec(handle_, sql.c_str(), add, &output, &message);
    BOOST_REQUIRE_MESSAGE(code == SQLITE_OK, (message != nullptr ? message : "") << ": " << sql);
    return output;
  }

  /// Leaves what was committed in the log, as a process that was killed does.
  void leave_log_on_close() {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace uod::storage::contract
