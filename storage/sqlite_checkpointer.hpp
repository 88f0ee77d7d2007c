#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "storage/fair_turn.hpp"
#include "storage/sqlite_connection.hpp"

namespace uod::storage::sqlite {

/// Writes the log back into the database on a thread of its own. SQLite does it inside the commit
/// that finds the log long, which then takes ten times as long as the others; here the bulk
/// of it happens beside the commits, and only the rest, a few pages, while no writer is at work
/// (without such a pause a busy log would never come to its end, where it begins anew).
/// When it fails (a full disk), the log grows on and the next growth tries again.
class checkpointer {
 public:
  /// Both outlive this object. May throw.
  checkpointer(const sqlite_options& options, fair_turn& turn);
  ~checkpointer();
  checkpointer(const checkpointer&) = delete;
  checkpointer& operator=(const checkpointer&) = delete;

  /// Has the commits of a writer's connection watched. The connection must not outlive this.
  void watch(connection& writer);

 private:
  void log_has(int pages);
  void work();
  void checkpoint();

  connection connection_;
  fair_turn& turn_;
  std::mutex mutex_;
  std::condition_variable called_;
  int pages_tried_ = 0;  ///< length of the log at the last attempt
  bool wanted_ = false;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace uod::storage::sqlite
