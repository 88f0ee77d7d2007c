#include "storage/sqlite_reader.hpp"

namespace uod::storage::sqlite {
namespace {

// CROSS JOIN is how SQLite is told the order of the loops: from what belongs to one person or
// chat outwards, whatever its statistics say.

constexpr const char* account_columns =
    "SELECT id, name, name_key, name_skeleton, email, email_key, salt, argon2_memory_kib, "
    "argon2_passes, stored_auth_key, premium, created_at_ms, last_seen_ms, email_confirmed, "
    "closed, deleted_at_ms, identity FROM accounts ";

constexpr const char* device_columns =
    "SELECT d.id, a.id, d.name, d.address, d.stored_token, d.created_at_ms, d.last_seen_ms, "
    "d.home_seq "
    "FROM devices d CROSS JOIN accounts a ON a.key = d.account_key ";

constexpr const char* contact_columns =
    "SELECT a.id, a.name, a.last_seen_ms, EXISTS (SELECT 1 FROM contacts r "
    "WHERE r.owner_key = c.contact_key AND r.contact_key = c.owner_key) AS mutual, a.name_key, "
    "a.identity "
    "FROM contacts c CROSS JOIN accounts a ON a.key = c.contact_key "
    "WHERE c.owner_key = (SELECT key FROM accounts WHERE id = ?) ";

/// The last message of a chat `c` that somebody else than the member `m` may have sent.
#define UOD_OTHERS_LAST_SEQ "iif(c.speaker_key = m.account_key, c.speaks_from_seq - 1, c.last_seq)"

constexpr const char* message_columns =
    "SELECT m.position, m.id, a.id, m.seq, m.sent_at_ms, m.content, m.body "
    "FROM messages m CROSS JOIN accounts a ON a.key = m.sender_key ";

constexpr const char* broadcast_columns =
    "SELECT b.seq, b.id, a.id, a.name, b.sent_at_ms, b.body FROM broadcasts b "
    "CROSS JOIN accounts a ON a.key = b.sender_key WHERE b.seq > ? AND b.seq < ? ";

constexpr const char* mail_columns =
    "SELECT key, id, recipient, kind, written_at_ms, expires_at_ms, state, attempts, due_at_ms, "
    "last_error, (SELECT a.id FROM accounts a WHERE a.key = outbox.account_key) FROM outbox ";

statement prepare(connection& owner, const char* columns, const char* rest) {
  return statement(owner, (std::string(columns) + rest).c_str());
}

}  // namespace

sqlite_reader::sqlite_reader(std::shared_ptr<engine> shared)
    : shared_(std::move(shared)),
      connection_(shared_->options, access::read_only),
      account_by_name_(prepare(connection_, account_columns, "WHERE name_key = ?")),
      account_by_id_(prepare(connection_, account_columns, "WHERE id = ?")),
      device_(prepare(connection_, device_columns, "WHERE d.id = ?")),
      devices_(prepare(connection_, device_columns,
                       "WHERE d.account_key = (SELECT key FROM accounts WHERE id = ?) "
                       "ORDER BY d.created_at_ms, d.id")),
      search_(connection_,
              "SELECT name, name_key FROM accounts WHERE name_key > ? AND instr(name_key, ?) > 0 "
              "AND deleted_at_ms = 0 ORDER BY name_key LIMIT ?"),
      contacts_(
          prepare(connection_, contact_columns, "AND a.name_key > ? ORDER BY a.name_key LIMIT ?")),
      mutual_contacts_(prepare(connection_, contact_columns, "AND mutual ORDER BY a.name_key")),
      account_key_(connection_, "SELECT key FROM accounts WHERE id = ?"),
      chat_(connection_,
            "SELECT c.key, m.account_key, c.last_seq, c.last_position, c.tail, "
            "m.read_seq, " UOD_OTHERS_LAST_SEQ
            " FROM chats c CROSS JOIN chat_members m ON m.chat_key = c.key WHERE c.id = ? "
            "AND m.account_key = (SELECT key FROM accounts WHERE id = ?)"),
      chats_behind_(connection_,
                    "SELECT c.key, c.id, c.last_seq, c.last_position, c.tail, "
                    "m.read_seq, " UOD_OTHERS_LAST_SEQ
                    " "
                    "FROM chat_members m CROSS JOIN chats c ON c.key = m.chat_key "
                    "WHERE m.account_key = ? AND c.last_position > ?"),
      members_(connection_,
               "SELECT a.id, a.name, m.delivered_seq, m.read_seq, a.identity FROM chat_members m "
               "CROSS JOIN accounts a ON a.key = m.account_key WHERE m.chat_key = ? "
               "ORDER BY m.account_key"),
      run_(connection_, run_columns),
      message_at_(prepare(connection_, message_columns, "WHERE m.position = ? AND m.chat_key = ?")),
      sender_at_(connection_, "SELECT sender_key FROM messages WHERE position = ?"),
      lagging_chats_(connection_,
                     "SELECT m.delivered_seq, c.key, c.last_seq, c.last_position, c.tail "
                     "FROM chat_members m CROSS JOIN chats c ON c.key = m.chat_key "
                     "WHERE m.account_key = ? AND m.delivered_seq < " UOD_OTHERS_LAST_SEQ),
      last_position_(connection_, "SELECT max(position) FROM messages"),
      newest_broadcasts_(prepare(connection_, broadcast_columns, "ORDER BY b.seq DESC LIMIT ?")),
      oldest_broadcasts_(prepare(connection_, broadcast_columns, "ORDER BY b.seq LIMIT ?")),
      last_broadcast_(connection_, "SELECT max(seq) FROM broadcasts"),
      own_identity_(connection_,
                    "SELECT i.public_key, a.sealed_by_password, a.sealed_by_recovery "
                    "FROM accounts a CROSS JOIN identities i ON i.account_key = a.key "
                    "AND i.fingerprint = a.identity WHERE a.id = ?"),
      identity_(connection_,
                "SELECT a.name, (SELECT i.public_key FROM identities i WHERE i.account_key = a.key "
                "AND i.fingerprint = iif(length(?2) = 0, a.identity, ?2)) FROM accounts a "
                "WHERE a.id = ?1 AND a.deleted_at_ms = 0"),
      chat_key_(connection_, "SELECT record FROM chat_keys WHERE epoch = ? AND chat_key = ?"),
      lock_(connection_,
            "SELECT failures, locks, failed_at_ms, until_ms FROM locks WHERE subject = ?"),
      locations_(
          connection_,
          "SELECT network, device, first_seen_ms, last_seen_ms FROM locations WHERE "
          "account_key = (SELECT key FROM accounts WHERE id = ?) ORDER BY last_seen_ms DESC"),
      due_mails_(prepare(connection_, mail_columns,
                         "WHERE state = 0 AND due_at_ms <= ? ORDER BY due_at_ms, key LIMIT ?")),
      next_mail_due_(connection_,
                     "SELECT due_at_ms FROM outbox WHERE state = 0 ORDER BY due_at_ms LIMIT 1"),
      count_outbox_(connection_, "SELECT count(*) FROM outbox WHERE state = ?"),
      outbox_(prepare(connection_, mail_columns, "WHERE key > ? ORDER BY key LIMIT ?")),
      mail_fields_(connection_, "SELECT name, value FROM outbox_fields WHERE mail_key = ?"),
      accounts_(prepare(connection_, account_columns,
                        "WHERE name_key > ? AND deleted_at_ms = 0 ORDER BY name_key LIMIT ?")),
      premium_codes_(connection_,
                     "SELECT id, stored, uses_max, uses, created_at_ms, expires_at_ms, revoked "
                     "FROM premium_codes WHERE id > ? ORDER BY id LIMIT ?") {}

#undef UOD_OTHERS_LAST_SEQ

std::unique_ptr<reader> new_reader(std::shared_ptr<engine> shared) {
  return std::make_unique<sqlite_reader>(std::move(shared));
}

}  // namespace uod::storage::sqlite
