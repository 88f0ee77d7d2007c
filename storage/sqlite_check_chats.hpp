#pragma once

#include "storage/sqlite_check.hpp"

namespace uod::storage::sqlite {

struct chat_findings {
  /// Whether the chats' runs of positions name each message, at its place, numbered without a gap.
  check_step sequences{"sequences", {}, 0};
  /// Whether the chats' counters tell the same.
  check_step counters{"counters", {}, 0};
};

/// Looks at the messages of all chats. May throw `SQLite::Exception`.
chat_findings check_chats(connection& database);

}  // namespace uod::storage::sqlite
