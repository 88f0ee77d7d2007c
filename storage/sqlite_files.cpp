#include <mutex>

#include "storage/sqlite_engine.hpp"

/// The register of files in SQLite.
namespace uod::storage::sqlite {
namespace {

/// As the column `state` has them.
enum state : std::int64_t { unfinished = 0, complete = 1, leaving = 2 };

class sqlite_file_register final : public file_register {
 public:
  sqlite_file_register(std::shared_ptr<engine> shared, std::unique_ptr<sole_claim> claim)
      : shared_(std::move(shared)),
        claim_(std::move(claim)),
        connection_(shared_->options, access::read_write) {
    shared_->watch(connection_);
  }

  outcome<file_record> begin(const new_file& wanted) override {
    return written<file_record>([&] { return apply(wanted); });
  }

  outcome<file_record> find(const file_id& id, const account_id& viewer) override {
    return guarded(connection_, [&]() -> outcome<file_record> {
      rows row = find_for_member_.run(id, viewer);
      if (!row.next()) return fail(errc::no_such_file);
      return file_record{id,
                         row.id<account_id>(0),
                         row.number(1),
                         row.number(2),
                         row.integer(3) == state::complete,
                         false};
    });
  }

  outcome<void> note_held(const file_id& id, std::uint64_t segments, bool whole,
                          std::uint64_t now_ms) override {
    return written<void>([&]() -> outcome<void> {
      const auto changed =
          note_held_.change(id, segments, now_ms, std::int64_t{whole ? complete : unfinished});
      if (changed == 0) return fail(errc::no_such_file);
      return {};
    });
  }

  outcome<std::vector<file_id>> take_leave(std::uint64_t now_ms, std::uint32_t limit) override {
    return written<std::vector<file_id>>([&]() -> outcome<std::vector<file_id>> {
      give_up_.change(now_ms > file_forgotten_ms ? now_ms - file_forgotten_ms : 0);
      std::vector<file_id> found;
      rows row = leaving_.run(limit);
      while (row.next()) found.push_back(row.id<file_id>(0));
      return found;
    });
  }

  outcome<void> forget(std::span<const file_id> files) override {
    return written<void>([&]() -> outcome<void> {
      for (const file_id& id : files) remove_.change(id);
      return {};
    });
  }

 private:
  /// In one's turn and one transaction; what fails leaves nothing.
  template <class T, class Body>
  outcome<T> written(Body&& body) {
    const std::lock_guard turn(shared_->turn);
    return guarded(connection_, [&]() -> outcome<T> {
      write_transaction transaction(connection_);
      outcome<T> result = body();
      if (result) transaction.commit();
      return result;
    });
  }

  outcome<file_record> apply(const new_file& wanted) {
    std::int64_t chat_key = 0;
    std::int64_t owner_key = 0;
    {
      rows row = find_membership_.run(wanted.chat, wanted.owner);
      if (!row.next()) return fail(errc::no_such_chat);
      chat_key = row.integer(0);
      owner_key = row.integer(1);
    }
    {
      rows row = find_.run(wanted.id);
      if (row.next()) {
        const bool same = row.integer(0) == chat_key && row.integer(1) == owner_key &&
                          row.number(2) == wanted.size;
        if (!same) return fail(errc::id_conflict, "file " + to_text(wanted.id));
        const std::int64_t now = row.integer(4);
        if (now != leaving) {
          return file_record{wanted.id,     wanted.owner,    wanted.size,
                             row.number(3), now == complete, false};
        }
      }
    }
    if (auto room = make_room(wanted, owner_key); !room) return tl::unexpected(room.error());
    remove_.change(wanted.id);  // forgotten and begun again: a new one
    insert_.change(wanted.id, chat_key, owner_key, wanted.size, wanted.now_ms);
    return file_record{wanted.id, wanted.owner, wanted.size, 0, false, true};
  }

  outcome<void> make_room(const new_file& wanted, std::int64_t owner_key) {
    std::uint64_t octets = 0;
    std::uint64_t open = 0;
    {
      rows row = sum_.run(owner_key, file_overhead_octets);
      if (row.next()) {
        octets = row.number(0);
        open = row.number(1);
      }
    }
    if (open >= unfinished_files_max) {
      const auto idle_since = wanted.now_ms > file_idle_ms ? wanted.now_ms - file_idle_ms : 0;
      if (give_way_.change(owner_key, idle_since) == 0) {
        return fail(errc::not_allowed, std::to_string(unfinished_files_max) +
                                           " files of this account are on their way; wait for one");
      }
      rows row = sum_.run(owner_key, file_overhead_octets);
      if (row.next()) octets = row.number(0);
    }
    if (octets + wanted.size + file_overhead_octets > wanted.account_octets_max) {
      return fail(errc::too_large, "the files that this account has sent hold " +
                                       std::to_string(octets) + " octets; all together may hold " +
                                       std::to_string(wanted.account_octets_max));
    }
    return {};
  }

  std::shared_ptr<engine> shared_;
  std::unique_ptr<sole_claim> claim_;
  connection connection_;

  statement find_membership_{
      connection_,
      "SELECT c.key, a.key FROM chats c CROSS JOIN accounts a ON a.id = ?2 AND a.deleted_at_ms = 0 "
      "CROSS JOIN chat_members m ON m.chat_key = c.key AND m.account_key = a.key WHERE c.id = ?1"};
  statement find_{connection_,
                  "SELECT chat_key, owner_key, size, segments_held, state FROM files "
                  "WHERE id = ?"};
  statement find_for_member_{
      connection_,
      "SELECT o.id, f.size, f.segments_held, f.state FROM files f CROSS JOIN accounts a "
      "ON a.id = ?2 AND a.deleted_at_ms = 0 CROSS JOIN chat_members m ON m.chat_key = f.chat_key "
      "AND m.account_key = a.key CROSS JOIN accounts o ON o.key = f.owner_key "
      "WHERE f.id = ?1 AND f.state <> 2"};
  statement sum_{connection_,
                 "SELECT coalesce(sum(size + ?2), 0), coalesce(sum(state = 0), 0) FROM files "
                 "WHERE owner_key = ?1 AND state <> 2"};
  statement give_way_{connection_,
                      "UPDATE files SET state = 2 WHERE id = (SELECT id FROM files "
                      "WHERE owner_key = ?1 AND state = 0 AND touched_at_ms < ?2 "
                      "ORDER BY touched_at_ms LIMIT 1)"};
  statement insert_{connection_,
                    "INSERT INTO files (id, chat_key, owner_key, size, created_at_ms, "
                    "touched_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?5)"};
  statement note_held_{connection_,
                       "UPDATE files SET segments_held = ?2, touched_at_ms = ?3, state = ?4 "
                       "WHERE id = ?1 AND state <> 2"};
  statement give_up_{connection_,
                     "UPDATE files SET state = 2 WHERE state = 0 AND touched_at_ms < ?"};
  statement leaving_{connection_, "SELECT id FROM files WHERE state = 2 LIMIT ?"};
  statement remove_{connection_, "DELETE FROM files WHERE id = ?"};
};

}  // namespace

std::unique_ptr<file_register> new_file_register(std::shared_ptr<engine> shared,
                                                 std::unique_ptr<sole_claim> claim) {
  return std::make_unique<sqlite_file_register>(std::move(shared), std::move(claim));
}

}  // namespace uod::storage::sqlite
