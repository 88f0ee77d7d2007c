#pragma once

#include <functional>

#include "storage/sqlite_connection.hpp"
#include "storage/sqlite_maintenance.hpp"

namespace uod::storage::sqlite {

/// Whose database this is: `database_corrupt` for one of another program, `database_newer`. Gives
/// its version. May throw `SQLite::Exception`.
outcome<std::uint32_t> check_owner(connection& database, const std::string& file);

/// One more finding; beyond `findings_told_max` it is counted only.
void add(check_step& step, std::string finding);

/// Runs a look at the database; what cannot be read because it is damaged is a finding. May throw
/// `SQLite::Exception` for anything else.
void tell_damage(check_step& step, const std::function<void()>& look);

/// Every row of the one text column of a query is a finding. What cannot be read because it is
/// damaged is one too. May throw `SQLite::Exception`.
check_step find(connection& database, std::string name, const char* sql);

/// SQLite's own check of everything that it can see.
check_step check_structure(connection& database);
/// Rows that point at nothing.
check_step check_references(connection& database);

/// Lets long statements of a connection tell how far things are, and stop.
class progress_watch {
 public:
  progress_watch(connection& database, const progress_sink& sink);
  ~progress_watch();
  progress_watch(const progress_watch&) = delete;
  progress_watch& operator=(const progress_watch&) = delete;

  /// What is being done from now on. False: stop.
  bool tell(const work_progress& now);
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  connection& database_;
  const progress_sink& sink_;
  work_progress now_;
  bool stopped_ = false;
};

}  // namespace uod::storage::sqlite
