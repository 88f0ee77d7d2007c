#include "storage/sqlite_checkpointer.hpp"

#include <sqlite3.h>

namespace uod::storage::sqlite {

checkpointer::checkpointer(const sqlite_options& options, fair_turn& turn)
    : connection_(options, access::read_write), turn_(turn), thread_([this] { work(); }) {}

checkpointer::~checkpointer() {
  {
    const std::lock_guard guard(mutex_);
    over_ = true;
  }
  called_.notify_one();
  thread_.join();
}

void checkpointer::watch(connection& writer) {
  // Takes the place of the checkpoint that SQLite makes by itself.
  const auto hook = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<checkpointer*>(self)->log_has(pages);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(writer.database().getHandle(), hook, this);
}

void checkpointer::log_has(int pages) {
  {
    const std::lock_guard guard(mutex_);
    if (pages < pages_tried_) pages_tried_ = 0;  // the log has begun anew
    // A reader that stays long keeps the log from its end; do not try at each commit then.
    if (wanted_ || pages < pages_tried_ + wal_pages) return;
    pages_tried_ = pages;
    wanted_ = true;
  }
  called_.notify_one();
}

void checkpointer::work() {
  std::unique_lock guard(mutex_);
  for (;;) {
    called_.wait(guard, [this] { return wanted_ || over_; });
    if (over_) return;
    guard.unlock();
    checkpoint();
    guard.lock();
    wanted_ = false;
  }
}

void checkpointer::checkpoint() {
  sqlite3* handle = connection_.database().getHandle();
  // PASSIVE waits for nobody and nobody waits for it.
  sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  const std::lock_guard turn(turn_);
  sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace uod::storage::sqlite
