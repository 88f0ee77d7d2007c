#pragma once

#include "storage/sqlite_connection.hpp"
#include "storage/store.hpp"

namespace uod::storage::sqlite {

/// The home page as the message writer writes it, inside its transactions. Broadcasts are few:
/// nothing is kept in memory. May throw `SQLite::Exception`.
class broadcast_writer {
 public:
  explicit broadcast_writer(connection& owner)
      : find_sender_(owner,
                     "SELECT key, name, premium FROM accounts WHERE id = ? AND deleted_at_ms = 0"),
        find_(owner, "SELECT seq, sender_key, sent_at_ms, body FROM broadcasts WHERE id = ?"),
        last_(owner, "SELECT seq, sent_at_ms FROM broadcasts ORDER BY seq DESC LIMIT 1"),
        insert_(owner,
                "INSERT INTO broadcasts (seq, id, sender_key, sent_at_ms, body) "
                "VALUES (?, ?, ?, ?, ?)") {}

  outcome<broadcast_stored> apply(const new_broadcast& sent, std::uint64_t now_ms);

 private:
  statement find_sender_;
  statement find_;
  statement last_;
  statement insert_;
};

}  // namespace uod::storage::sqlite
