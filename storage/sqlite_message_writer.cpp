#include <algorithm>
#include <set>

#include "storage/chat_cache.hpp"
#include "storage/position_run.hpp"
#include "storage/sqlite_broadcasts.hpp"
#include "storage/sqlite_engine.hpp"

namespace uod::storage::sqlite {
namespace {

/// Chats whose counters stay in memory: about 1 kB each, 64 MB at the most. One that is not
/// here costs two look-ups.
constexpr std::size_t cached_chats_max = 65'536;

class sqlite_message_writer final : public message_writer {
 public:
  sqlite_message_writer(std::shared_ptr<engine> shared, std::unique_ptr<sole_claim> claim)
      : shared_(std::move(shared)),
        claim_(std::move(claim)),
        connection_(shared_->options, access::read_write) {
    shared_->watch(connection_);
  }

  outcome<std::vector<outcome<message_result>>> commit(std::vector<message_change> changes,
                                                       std::uint64_t now_ms) override {
    const std::lock_guard turn(shared_->turn);
    now_ms_ = now_ms;
    auto results = guarded(connection_, [&] { return commit_in_turn(changes); });
    touched_.clear();
    if (results) {
      cache_.trim();
    } else {
      // Memory ran ahead of a commit that is not there: read everything again when it is needed.
      cache_.clear();
      position_known_ = false;
    }
    return results;
  }

 private:
  using result = outcome<message_result>;

  outcome<std::vector<result>> commit_in_turn(std::vector<message_change>& changes) {
    write_transaction transaction(connection_);
    if (!position_known_) load_position();
    if (farewells_ != shared_->farewells) {
      cache_.clear();
      farewells_ = shared_->farewells;
    }
    forget_changed_identities();
    std::vector<result> results;
    results.reserve(changes.size());
    for (message_change& change : changes) {
      results.push_back(std::visit([&](auto& one) { return apply(one); }, change));
    }
    write_counters();
    transaction.commit();
    return results;
  }

  result apply(const create_chat& wanted);
  result apply(new_message& sent);
  result apply(const new_mark& mark);
  result apply(const new_broadcast& sent) { return broadcasts_.apply(sent, now_ms_); }

  result repeated(const new_message& sent, const cached_chat& chat, const cached_member& sender);
  outcome<std::vector<std::int64_t>> keys_of(const std::set<account_id>& accounts);

  cached_chat* find(const chat_id& id);
  cached_chat* load(const chat_id& id);
  void load_position();
  void forget_changed_identities();
  void touch(cached_chat& chat);
  void note_newest(cached_chat& chat, const message& stored, std::int64_t sender_key);
  void write_counters();

  std::shared_ptr<engine> shared_;
  std::unique_ptr<sole_claim> claim_;
  connection connection_;
  chat_cache cache_{cached_chats_max};
  std::vector<cached_chat*> touched_;
  std::uint64_t now_ms_ = 0;
  std::uint64_t last_position_ = 0;
  bool position_known_ = false;
  std::uint64_t farewells_ = 0;
  broadcast_writer broadcasts_{connection_};

  statement insert_message_{
      connection_,
      "INSERT INTO messages (position, id, chat_key, seq, sender_key, sent_at_ms, content, body) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"};
  statement find_message_{connection_,
                          "SELECT position, chat_key, seq, sender_key, sent_at_ms, content, body "
                          "FROM messages WHERE id = ?"};
  statement find_chat_{
      connection_,
      "SELECT key, last_seq, last_position, last_sent_at_ms, tail, speaker_key, speaks_from_seq "
      "FROM chats WHERE id = ?"};
  statement find_members_{
      connection_,
      "SELECT a.id, a.name, m.account_key, m.delivered_seq, m.read_seq, a.deleted_at_ms <> 0, "
      "a.identity "
      "FROM chat_members m "
      "CROSS JOIN accounts a ON a.key = m.account_key WHERE m.chat_key = ? "
      "ORDER BY m.account_key"};
  statement find_chats_of_{connection_,
                           "SELECT c.id FROM chat_members m CROSS JOIN chats c "
                           "ON c.key = m.chat_key WHERE m.account_key = ?"};
  statement find_account_{connection_,
                          "SELECT key FROM accounts WHERE id = ? AND deleted_at_ms = 0"};
  statement find_position_{connection_, "SELECT max(position) FROM messages"};
  statement insert_chat_{connection_, "INSERT INTO chats (id, created_at_ms) VALUES (?, ?)"};
  statement insert_member_{connection_,
                           "INSERT INTO chat_members (chat_key, account_key) VALUES (?, ?)"};
  statement update_chat_{
      connection_,
      "UPDATE chats SET last_seq = ?, last_position = ?, last_sent_at_ms = ?, tail = ?, "
      "speaker_key = ?, speaks_from_seq = ? WHERE key = ?"};
  statement insert_run_{connection_,
                        "INSERT INTO chat_runs (chat_key, run, positions) VALUES (?, ?, ?)"};
  statement update_member_{connection_,
                           "UPDATE chat_members SET delivered_seq = ?, read_seq = ? "
                           "WHERE chat_key = ? AND account_key = ?"};
};

using result = outcome<message_result>;

void sqlite_message_writer::load_position() {
  rows row = find_position_.run();
  last_position_ = row.next() ? row.number(0) : 0;
  position_known_ = true;
}

/// Their chats are read again when something is said there.
void sqlite_message_writer::forget_changed_identities() {
  for (const std::int64_t account_key : std::exchange(shared_->identities_changed, {})) {
    rows row = find_chats_of_.run(account_key);
    while (row.next()) cache_.forget(row.id<chat_id>(0));
  }
}

cached_chat* sqlite_message_writer::find(const chat_id& id) {
  cached_chat* known = cache_.find(id);
  return known != nullptr ? known : load(id);
}

cached_chat* sqlite_message_writer::load(const chat_id& id) {
  cached_chat chat;
  {
    rows row = find_chat_.run(id);
    if (!row.next()) return nullptr;
    chat.key = row.integer(0);
    chat.last_seq = row.number(1);
    chat.last_position = row.number(2);
    chat.last_sent_at_ms = row.number(3);
    chat.tail = row.octets(4);
    chat.speaker_key = row.integer(5);
    chat.speaks_from_seq = row.number(6);
  }
  auto shared = std::make_shared<chat_members>();
  shared->id = id;
  rows row = find_members_.run(chat.key);
  std::size_t gone = 0;
  while (row.next()) {
    const bool deleted = row.integer(5) != 0;
    if (deleted) ++gone;
    const auto account = row.id<account_id>(0);
    chat.members.push_back({account, row.integer(2), row.number(3), row.number(4), false, deleted});
    shared->members.push_back(
        {account, row.octets(1), row.number(3), row.number(4), row.octets(6)});
  }
  chat.deserted = gone > 0 && gone + 1 >= chat.members.size();
  chat.shared = std::move(shared);
  return cache_.put(id, std::move(chat));
}

void sqlite_message_writer::touch(cached_chat& chat) {
  if (chat.touched) return;
  chat.touched = true;
  touched_.push_back(&chat);
}

/// The chat's newest message is this one.
void sqlite_message_writer::note_newest(cached_chat& chat, const message& stored,
                                        std::int64_t sender_key) {
  append_position(chat.tail, chat.last_position, stored.position);
  if (ends_run(stored.seq)) {
    insert_run_.change(chat.key, run_of(stored.seq), text{chat.tail});
    chat.tail.clear();
  }
  if (chat.speaker_key != sender_key) {
    chat.speaker_key = sender_key;
    chat.speaks_from_seq = stored.seq;
  }
  last_position_ = stored.position;
  chat.last_seq = stored.seq;
  chat.last_position = stored.position;
  chat.last_sent_at_ms = stored.sent_at_ms;
  chat.grown = true;
  touch(chat);
}

void sqlite_message_writer::write_counters() {
  for (cached_chat* chat : touched_) {
    if (chat->grown) {
      update_chat_.change(chat->last_seq, chat->last_position, chat->last_sent_at_ms,
                          text{chat->tail}, chat->speaker_key, chat->speaks_from_seq, chat->key);
      chat->grown = false;
    }
    for (cached_member& one : chat->members) {
      if (!one.moved) continue;
      update_member_.change(one.delivered_seq, one.read_seq, chat->key, one.key);
      one.moved = false;
    }
    chat->touched = false;
  }
}

outcome<std::vector<std::int64_t>> sqlite_message_writer::keys_of(
    const std::set<account_id>& accounts) {
  std::vector<std::int64_t> keys;
  keys.reserve(accounts.size());
  for (const account_id& account : accounts) {
    rows row = find_account_.run(account);
    if (!row.next()) return fail(errc::no_such_account, to_text(account));
    keys.push_back(row.integer(0));
  }
  return keys;
}

result sqlite_message_writer::apply(const create_chat& wanted) {
  // Members are a set: the same ones in another order, or one named twice, is the same chat.
  const std::set<account_id> members(wanted.members.begin(), wanted.members.end());
  if (members.empty()) return fail(errc::malformed, "a chat has at least one member");
  if (members.size() > chat_members_max) {
    return fail(errc::too_large,
                "a chat has at most " + std::to_string(chat_members_max) + " members");
  }
  if (const cached_chat* present = find(wanted.id)) {
    const bool same =
        present->members.size() == members.size() &&
        std::all_of(present->members.begin(), present->members.end(),
                    [&](const cached_member& one) { return members.contains(one.id); });
    if (!same) return fail(errc::id_conflict, "this chat has other members");
    return chat_stored{present->shared};
  }
  const auto keys = keys_of(members);
  if (!keys) return tl::unexpected<error>(keys.error());
  insert_chat_.change(wanted.id, now_ms_);
  const std::int64_t chat_key = connection_.database().getLastInsertRowid();
  for (const std::int64_t account_key : *keys) insert_member_.change(chat_key, account_key);
  return chat_stored{load(wanted.id)->shared};
}

result sqlite_message_writer::apply(new_message& sent) {
  cached_chat* chat = find(sent.chat);
  const cached_member* sender = chat != nullptr ? chat->find(sent.sender) : nullptr;
  if (sender == nullptr) return fail(errc::no_such_chat);
  if (chat->deserted || sender->gone) {
    // What was stored before is acknowledged again all the same.
    if (find_message_.run(sent.id).next()) return repeated(sent, *chat, *sender);
    return fail(errc::no_such_account, "the account was deleted");
  }

  message stored;
  stored.seq = chat->last_seq + 1;
  stored.position = last_position_ + 1;
  stored.sent_at_ms = std::max(now_ms_, chat->last_sent_at_ms);
  SQLite::Statement& insert = insert_message_.raw();
  {
    // The ids and the body outlive the step, so nothing is copied.
    const rows guard(insert);
    insert.bind(1, to_column(stored.position));
    insert.bindNoCopy(2, sent.id.octets.data(), static_cast<int>(sent.id.octets.size()));
    insert.bind(3, chat->key);
    insert.bind(4, to_column(stored.seq));
    insert.bind(5, sender->key);
    insert.bind(6, to_column(stored.sent_at_ms));
    insert.bind(7, static_cast<std::int64_t>(sent.content));
    insert.bindNoCopy(8, sent.body.data(), static_cast<int>(sent.body.size()));
    if (insert.exec() == 0) return repeated(sent, *chat, *sender);
  }
  note_newest(*chat, stored, sender->key);

  stored.id = sent.id;
  stored.chat = sent.chat;
  stored.sender = sent.sender;
  stored.content = sent.content;
  stored.body = std::move(sent.body);
  return message_stored{std::move(stored), false, chat->shared};
}

result sqlite_message_writer::repeated(const new_message& sent, const cached_chat& chat,
                                       const cached_member& sender) {
  rows row = find_message_.run(sent.id);
  if (!row.next() || row.integer(1) != chat.key || row.integer(3) != sender.key) {
    return fail(errc::id_conflict, "message id " + to_text(sent.id));
  }
  message stored;
  stored.id = sent.id;
  stored.chat = sent.chat;
  stored.position = row.number(0);
  stored.seq = row.number(2);
  stored.sender = sent.sender;
  stored.sent_at_ms = row.number(4);
  stored.content = static_cast<content_type>(row.number(5));
  stored.body = row.octets(6);
  return message_stored{std::move(stored), true, chat.shared};
}

result sqlite_message_writer::apply(const new_mark& mark) {
  cached_chat* chat = find(mark.chat);
  cached_member* who = chat != nullptr ? chat->find(mark.account) : nullptr;
  if (who == nullptr) return fail(errc::no_such_chat);
  const std::uint64_t read = std::min(mark.read_seq, chat->last_seq);
  // What was read has been delivered too.
  const std::uint64_t delivered = std::max(std::min(mark.delivered_seq, chat->last_seq), read);
  const bool changed = read > who->read_seq || delivered > who->delivered_seq;
  if (changed) {
    who->read_seq = std::max(who->read_seq, read);
    who->delivered_seq = std::max(who->delivered_seq, delivered);
    who->moved = true;
    touch(*chat);
  }
  return mark_stored{changed, who->delivered_seq, who->read_seq, chat->shared};
}

}  // namespace

std::unique_ptr<message_writer> new_message_writer(std::shared_ptr<engine> shared,
                                                   std::unique_ptr<sole_claim> claim) {
  return std::make_unique<sqlite_message_writer>(std::move(shared), std::move(claim));
}

}  // namespace uod::storage::sqlite
