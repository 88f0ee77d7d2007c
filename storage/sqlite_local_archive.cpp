#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "storage/local_archive.hpp"
#include "storage/sqlite_connection.hpp"

namespace uod::storage {
namespace {

using sqlite::connection;
using sqlite::rows;
using sqlite::statement;
using sqlite::text;
using sqlite::write_transaction;

constexpr std::int64_t archive_version = 2;

/// As the column `held` of `sending` has them; 0 and 1 stand in the statements.
enum held : std::int64_t { ended = 2, given_up = 3 };

/// Small and made in one go: what it holds can be had from the server again, but for the pins.
constexpr const char* shape = R"sql(
CREATE TABLE IF NOT EXISTS facts (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS peers (
  account BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL DEFAULT '',
  public_key BLOB NOT NULL,
  fingerprint BLOB NOT NULL,
  verified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS peers_by_name ON peers (name_key);
CREATE TABLE IF NOT EXISTS chat_keys (
  epoch BLOB NOT NULL PRIMARY KEY,
  chat BLOB NOT NULL,
  maker BLOB NOT NULL,
  maker_fingerprint BLOB NOT NULL,
  previous_epoch BLOB NOT NULL,
  previous_count INTEGER NOT NULL,
  sealed_key BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- held: 0 by nobody; 1 a process seals with it, or has ended without giving it back; 2 it has
-- ended, and `sealed` is the highest count that is stored; 3 given up, whoever holds it.
CREATE TABLE IF NOT EXISTS sending (
  epoch BLOB NOT NULL PRIMARY KEY,
  chat BLOB NOT NULL,
  made_at_ms INTEGER NOT NULL,
  sealed INTEGER NOT NULL,
  held INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
  key INTEGER PRIMARY KEY,
  chat BLOB NOT NULL,
  seq INTEGER NOT NULL,
  id BLOB NOT NULL,
  sender BLOB NOT NULL,
  epoch BLOB NOT NULL,
  counter INTEGER NOT NULL,
  sent_at_ms INTEGER NOT NULL,
  sealed_content BLOB NOT NULL,
  misplaced INTEGER NOT NULL DEFAULT 0,
  doubtful INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_place ON messages (chat, seq);
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_count ON messages (epoch, counter);
CREATE INDEX IF NOT EXISTS messages_by_time ON messages (sent_at_ms);
PRAGMA user_version = 2;
)sql";

/// A place in a chat may hold two since: what was read there, and what a store that was set back
/// put there.
constexpr const char* from_version_1 = R"sql(
DROP INDEX messages_by_chat;
ALTER TABLE messages ADD COLUMN misplaced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peers ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
DROP TABLE former_keys;
)sql";

class sqlite_local_archive final : public local_archive {
 public:
  explicit sqlite_local_archive(const sqlite_options& options)
      : prepared_(options), connection_(prepared_.connection_) {}

  outcome<std::optional<bytes>> fact(const std::string& name) override {
    return guarded(connection_, [&]() -> outcome<std::optional<bytes>> {
      rows row = find_fact_.run(text{name});
      if (!row.next()) return std::nullopt;
      return row.octets(0);
    });
  }

  outcome<void> put_fact(const std::string& name, const bytes& value) override {
    return guarded(connection_, [&]() -> outcome<void> {
      put_fact_.change(text{name}, value);
      return {};
    });
  }

  outcome<std::optional<pinned_peer>> peer(const account_id& account) override {
    return guarded(connection_, [&]() -> outcome<std::optional<pinned_peer>> {
      rows row = find_peer_.run(account);
      return peer_of(row);
    });
  }

  outcome<std::optional<pinned_peer>> peer_called(const std::string& name_key) override {
    return guarded(connection_, [&]() -> outcome<std::optional<pinned_peer>> {
      if (name_key.empty()) return std::nullopt;
      rows row = find_called_.run(text{name_key});
      return peer_of(row);
    });
  }

  outcome<void> put_peer(const pinned_peer& peer) override {
    return guarded(connection_, [&]() -> outcome<void> {
      write_transaction transaction(connection_);
      bool is_another = false;
      {
        rows row = find_peer_.run(peer.account);
        const auto before = peer_of(row);
        is_another = before && before->fingerprint != peer.fingerprint;
      }
      // What this device seals with was wrapped for the key of before.
      if (is_another) give_up_sending_.change();
      if (!peer.name_key.empty()) take_name_.change(text{peer.name_key}, peer.account);
      put_peer_.change(peer.account, text{peer.name}, text{peer.name_key}, peer.public_key,
                       peer.fingerprint, std::int64_t{peer.verified});
      transaction.commit();
      return {};
    });
  }

  outcome<std::optional<kept_chat_key>> chat_key(const epoch_id& epoch) override {
    return guarded(connection_, [&]() -> outcome<std::optional<kept_chat_key>> {
      rows row = find_chat_key_.run(epoch);
      if (!row.next()) return std::nullopt;
      return kept_chat_key{
          epoch,         row.id<chat_id>(0),  row.id<account_id>(1),
          row.octets(2), row.id<epoch_id>(3), static_cast<std::uint32_t>(row.number(4)),
          row.octets(5)};
    });
  }

  outcome<void> put_chat_key(const kept_chat_key& key) override {
    return guarded(connection_, [&]() -> outcome<void> {
      put_chat_key_.change(key.epoch, key.chat, key.maker, key.maker_fingerprint,
                           key.previous_epoch, key.previous_count, key.sealed_key);
      return {};
    });
  }

  outcome<std::optional<sending_epoch>> claim_sending(const chat_id& chat) override {
    return guarded(connection_, [&]() -> outcome<std::optional<sending_epoch>> {
      write_transaction transaction(connection_);
      std::optional<sending_epoch> found;
      {
        rows row = find_sending_.run(chat);
        if (row.next()) {
          found = sending_epoch{row.id<epoch_id>(0), chat, row.number(1),
                                static_cast<std::uint32_t>(row.number(2)), row.integer(3) == ended};
        }
      }
      if (found) hold_sending_.change(found->epoch);
      transaction.commit();
      return found;
    });
  }

  outcome<void> put_sending(const sending_epoch& made) override {
    return guarded(connection_, [&]() -> outcome<void> {
      put_sending_.change(made.epoch, made.chat, made.made_at_ms, made.sealed);
      return {};
    });
  }

  outcome<void> release_sending(const epoch_id& epoch, std::uint32_t sealed) override {
    return guarded(connection_, [&]() -> outcome<void> {
      release_sending_.change(sealed, epoch);
      return {};
    });
  }

  outcome<void> end_sending(const epoch_id& epoch, std::uint32_t acknowledged) override {
    return guarded(connection_, [&]() -> outcome<void> {
      end_sending_.change(acknowledged, epoch);
      return {};
    });
  }

  outcome<bool> is_given_up(const epoch_id& epoch) override {
    return guarded(connection_, [&]() -> outcome<bool> {
      rows row = find_held_.run(epoch);
      return row.next() && row.integer(0) == given_up;
    });
  }

  outcome<std::vector<place_verdict>> keep(std::span<const read_message> messages) override {
    return guarded(connection_, [&]() -> outcome<std::vector<place_verdict>> {
      write_transaction transaction(connection_);
      std::vector<place_verdict> verdicts;
      verdicts.reserve(messages.size());
      for (const auto& each : messages) verdicts.push_back(keep_one(each));
      transaction.commit();
      return verdicts;
    });
  }

  outcome<void> for_each(const std::function<bool(const read_message&)>& visit) override {
    return guarded(connection_, [&]() -> outcome<void> {
      rows row = all_messages_.run();
      while (row.next()) {
        const read_message found{row.id<chat_id>(0),    row.number(1),
                                 row.id<message_id>(2), row.id<account_id>(3),
                                 row.id<epoch_id>(4),   static_cast<std::uint32_t>(row.number(5)),
                                 row.number(6),         row.octets(7),
                                 row.integer(8) != 0,   row.integer(9) != 0};
        if (!visit(found)) break;
      }
      return {};
    });
  }

 private:
  /// The tables must be there before statements are prepared.
  struct prepared {
    explicit prepared(const sqlite_options& options)
        : connection_(options, sqlite::access::read_write) {
      connection_.execute("PRAGMA journal_mode = WAL");
      connection_.execute("PRAGMA secure_delete = ON");
      write_transaction transaction(connection_);
      if (version() == 1) connection_.execute(from_version_1);
      connection_.execute(shape);
      transaction.commit();
    }
    std::int64_t version() {
      statement query(connection_, "PRAGMA user_version");
      rows row = query.run();
      return row.next() ? row.integer(0) : 0;
    }
    connection connection_;
  };

  static std::optional<pinned_peer> peer_of(rows& row) {
    if (!row.next()) return std::nullopt;
    return pinned_peer{row.id<account_id>(0), row.octets(1), row.octets(2),
                       row.octets(3),         row.octets(4), row.integer(5) != 0};
  }

  place_verdict keep_one(const read_message& read) {
    {
      rows row = find_count_.run(read.epoch, read.counter);
      if (row.next()) {
        const bool same = row.octets(0) == read.chat.view() && row.number(1) == read.seq &&
                          row.octets(2) == read.id.view();
        if (!same) return {message_place::replayed};
        return {row.integer(3) != 0 ? message_place::misplaced : message_place::good,
                row.integer(4) != 0};
      }
    }
    const auto before = neighbour(find_before_, read);
    const auto behind = neighbour(find_behind_, read);
    if (behind && behind->seq <= read.seq) return {message_place::disorder};
    const bool another_is_there = mark_misplaced_.change(read.chat, read.seq) != 0;
    const bool misplaced = another_is_there || (before && before->seq > read.seq);
    put_message_.change(read.chat, read.seq, read.id, read.sender, read.epoch, read.counter,
                        read.sent_at_ms, read.sealed_content, std::int64_t{misplaced},
                        std::int64_t{read.is_doubtful});
    if (misplaced) return {message_place::misplaced, read.is_doubtful};
    return {message_place::good, read.is_doubtful, missing_before(read, before)};
  }

  struct counted {
    std::uint64_t seq = 0;
    std::uint32_t counter = 0;
  };

  static std::optional<counted> neighbour(statement& query, const read_message& read) {
    rows row = query.run(read.epoch, read.counter);
    if (!row.next()) return {};
    return counted{row.number(0), static_cast<std::uint32_t>(row.number(1))};
  }

  /// Of one sender's count, what is not there though everything between was read.
  std::uint32_t missing_before(const read_message& read, const std::optional<counted>& before) {
    if (before) {
      const auto between = read.counter - before->counter - 1;
      return between > 0 && all_read(read.chat, before->seq, read.seq) ? between : 0;
    }
    // The first that was read under this key: everything before it, and the end of the key before.
    epoch_id previous;
    std::uint32_t previous_count = 0;
    {
      rows row = find_chat_key_.run(read.epoch);
      if (!row.next()) return 0;
      previous = row.id<epoch_id>(3);
      previous_count = static_cast<std::uint32_t>(row.number(4));
    }
    if (previous.is_nil()) {
      return all_read(read.chat, 0, read.seq) ? read.counter - 1 : 0;
    }
    rows row = find_last_.run(previous);
    if (!row.next()) {
      // Nothing of the key before was read: where all before this was, all of it was withheld.
      return all_read(read.chat, 0, read.seq) ? previous_count + read.counter - 1 : 0;
    }
    const counted last{row.number(0), static_cast<std::uint32_t>(row.number(1))};
    if (last.seq >= read.seq || !all_read(read.chat, last.seq, read.seq)) return 0;
    const auto of_previous = previous_count > last.counter ? previous_count - last.counter : 0;
    return of_previous + read.counter - 1;
  }

  /// Whether every message between two places is kept here.
  bool all_read(const chat_id& chat, std::uint64_t from, std::uint64_t to) {
    rows row = count_between_.run(chat, from, to);
    return row.next() && row.number(0) == to - from - 1;
  }

  prepared prepared_;
  connection& connection_;

  statement find_fact_{connection_, "SELECT value FROM facts WHERE name = ?"};
  statement put_fact_{connection_,
                      "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET "
                      "value = excluded.value"};
  statement find_peer_{connection_,
                       "SELECT account, name, name_key, public_key, fingerprint, verified "
                       "FROM peers WHERE account = ?"};
  statement find_called_{connection_,
                         "SELECT account, name, name_key, public_key, fingerprint, verified "
                         "FROM peers WHERE name_key = ? LIMIT 1"};
  statement take_name_{connection_,
                       "UPDATE peers SET name_key = '' WHERE name_key = ? AND account <> ?"};
  statement put_peer_{connection_,
                      "INSERT INTO peers (account, name, name_key, public_key, fingerprint, "
                      "verified) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                      "name = excluded.name, name_key = excluded.name_key, public_key = "
                      "excluded.public_key, fingerprint = excluded.fingerprint, "
                      "verified = excluded.verified"};
  statement find_chat_key_{connection_,
                           "SELECT chat, maker, maker_fingerprint, previous_epoch, previous_count, "
                           "sealed_key FROM chat_keys WHERE epoch = ?"};
  statement put_chat_key_{
      connection_,
      "INSERT INTO chat_keys (epoch, chat, maker, maker_fingerprint, "
      "previous_epoch, previous_count, sealed_key) VALUES (?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT DO NOTHING"};
  statement find_sending_{connection_,
                          "SELECT epoch, made_at_ms, sealed, held FROM sending WHERE chat = ? "
                          "AND held IN (0, 2) ORDER BY held, made_at_ms DESC LIMIT 1"};
  statement hold_sending_{connection_, "UPDATE sending SET held = 1 WHERE epoch = ?"};
  statement give_up_sending_{connection_, "UPDATE sending SET held = 3"};
  statement end_sending_{connection_,
                         "UPDATE sending SET held = 2, sealed = ? WHERE epoch = ? AND held = 1"};
  statement find_held_{connection_, "SELECT held FROM sending WHERE epoch = ?"};
  statement put_sending_{connection_,
                         "INSERT INTO sending (epoch, chat, made_at_ms, sealed, held) "
                         "VALUES (?, ?, ?, ?, 1)"};
  statement release_sending_{
      connection_, "UPDATE sending SET held = 0, sealed = ? WHERE epoch = ? AND held = 1"};
  statement find_count_{connection_,
                        "SELECT chat, seq, id, misplaced, doubtful FROM messages WHERE epoch = ? "
                        "AND counter = ?"};
  statement mark_misplaced_{connection_,
                            "UPDATE messages SET misplaced = 1 WHERE chat = ? AND seq = ?"};
  statement find_before_{connection_,
                         "SELECT seq, counter FROM messages WHERE epoch = ? AND counter < ? "
                         "ORDER BY counter DESC LIMIT 1"};
  statement find_behind_{connection_,
                         "SELECT seq, counter FROM messages WHERE epoch = ? AND counter > ? "
                         "ORDER BY counter LIMIT 1"};
  statement find_last_{connection_,
                       "SELECT seq, counter FROM messages WHERE epoch = ? ORDER BY counter DESC "
                       "LIMIT 1"};
  statement count_between_{connection_,
                           "SELECT count(DISTINCT seq) FROM messages WHERE chat = ? AND seq > ? "
                           "AND seq < ?"};
  statement put_message_{
      connection_,
      "INSERT INTO messages (chat, seq, id, sender, epoch, counter, sent_at_ms, "
      "sealed_content, misplaced, doubtful) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  statement all_messages_{
      connection_,
      "SELECT chat, seq, id, sender, epoch, counter, sent_at_ms, "
      "sealed_content, doubtful, misplaced FROM messages ORDER BY sent_at_ms DESC, key DESC"};
};

/// An empty file is an empty database; making it ourselves gives it the mode that it must have.
outcome<void> make_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    const auto code = errno == ENOSPC ? errc::storage_full : errc::storage_failed;
    return fail(code, file.string() + ": " + std::strerror(errno));
  }
  ::close(descriptor);
  return {};
}

}  // namespace

outcome<std::unique_ptr<local_archive>> open_local_archive(const std::filesystem::path& file) {
  if (auto made = make_file(file); !made) return tl::unexpected<error>(made.error());
  const sqlite_options options{file, durability::power_loss};
  try {
    {
      connection look(options, sqlite::access::read_write);
      statement version(look, "PRAGMA user_version");
      rows row = version.run();
      if (row.next() && row.integer(0) > archive_version) {
        return fail(errc::database_newer, file.string());
      }
    }
    return std::make_unique<sqlite_local_archive>(options);
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected<error>(sqlite::explain(file.string(), exception, 0));
  }
}

}  // namespace uod::storage
