#include "storage/sqlite_outbox.hpp"

#include "protocol/names.hpp"

namespace uod::storage::sqlite {
namespace {

constexpr std::uint64_t day_ms = 86'400'000;

/// What an address is counted under. Most servers deliver `bob+1@…` and `bob+2@…` to Bob.
std::string stranger_key(const std::string& address) {
  const auto email = parse_email(address);
  std::string key = email ? email->key : address;
  const auto at = key.rfind('@');
  const auto tag = key.find('+');
  if (tag != 0 && tag < at && at != std::string::npos) key.erase(tag, at - tag);
  return key;
}

}  // namespace

outbox_writer::outbox_writer(connection& owner)
    : owner_(owner),
      count_(owner, "SELECT count(*) FROM outbox"),
      insert_(
          owner,
          "INSERT INTO outbox (id, account_key, recipient, kind, written_at_ms, expires_at_ms, "
          "due_at_ms) VALUES (?1, nullif(?2, 0), ?3, ?4, ?5, ?6, ?5) ON CONFLICT (id) DO NOTHING"),
      insert_field_(owner, "INSERT INTO outbox_fields (mail_key, name, value) VALUES (?, ?, ?)"),
      find_count_(owner,
                  "SELECT count FROM mail_counts WHERE account_key = ? AND kind = ? AND day = ?"),
      put_count_(owner,
                 "INSERT INTO mail_counts (account_key, kind, day, count) VALUES (?1, ?2, ?3, 1) "
                 "ON CONFLICT (account_key, kind) DO UPDATE SET "
                 "count = CASE day WHEN ?3 THEN count + 1 ELSE 1 END, day = ?3"),
      remove_(owner, "DELETE FROM outbox WHERE id = ?"),
      postpone_(owner,
                "UPDATE outbox SET attempts = attempts + 1, due_at_ms = ?, last_error = ? "
                "WHERE id = ?"),
      refuse_(owner,
              "UPDATE outbox SET attempts = attempts + 1, state = 1, last_error = ? WHERE id = ?"),
      retry_one_(owner, "UPDATE outbox SET state = 0, due_at_ms = ? WHERE id = ?"),
      retry_all_(owner, "UPDATE outbox SET state = 0, due_at_ms = ?"),
      // By the index: when many wait, looking for one that does not must not look at them all.
      drop_refused_(owner,
                    "DELETE FROM outbox WHERE key = (SELECT key FROM outbox WHERE state = 1 "
                    "ORDER BY due_at_ms, key LIMIT 1)"),
      forget_(owner, "DELETE FROM outbox WHERE state = 1 AND written_at_ms < ?") {}

std::int64_t outbox_writer::mails() {
  if (!mails_) {
    rows row = count_.run();
    mails_ = row.next() ? row.integer(0) : 0;
  }
  return *mails_;
}

void outbox_writer::note_removed(int mails) {
  // Where nobody has counted yet, whoever does will not find them.
  if (mails_) *mails_ -= mails;
}

bool outbox_writer::drop_refused() {
  if (drop_refused_.change() == 0) return false;
  note_removed(1);
  return true;
}

bool outbox_writer::may_go_to(const outbox_mail& mail) {
  if (!mail.to_stranger || strangers_day_ != mail.written_at_ms / day_ms) return true;
  const auto sent = strangers_.find(stranger_key(mail.to));
  return sent == strangers_.end() || sent->second < stranger_mails_per_day_max;
}

void outbox_writer::count_stranger(const outbox_mail& mail) {
  if (!mail.to_stranger) return;
  const std::uint64_t day = mail.written_at_ms / day_ms;
  if (strangers_day_ != day || strangers_.size() >= strangers_counted_max) strangers_.clear();
  strangers_day_ = day;
  ++strangers_[stranger_key(mail.to)];
}

bool outbox_writer::may_leave(std::int64_t account_key, const outbox_mail& mail) {
  if (!may_go_to(mail)) return false;
  if (mail.per_day_max == 0 || account_key == 0) return true;
  rows row = find_count_.run(account_key, text{mail.kind}, mail.written_at_ms / day_ms);
  return !row.next() || row.number(0) < mail.per_day_max;
}

bool outbox_writer::put(std::int64_t account_key, const outbox_mail& mail, change_result& told) {
  if (!may_go_to(mail)) return false;
  if (mails() >= static_cast<std::int64_t>(outbox_mails_max)) {
    // It may have been emptied by deletions that were not counted here.
    mails_.reset();
    if (mails() >= static_cast<std::int64_t>(outbox_mails_max) && !drop_refused()) {
      ++told.mails_dropped;
      return false;
    }
  }
  if (insert_.change(mail.id, account_key, text{mail.to}, text{mail.kind}, mail.written_at_ms,
                     mail.expires_at_ms) == 0) {
    return true;
  }
  const std::int64_t mail_key = owner_.database().getLastInsertRowid();
  for (const auto& [name, value] : mail.fields) {
    insert_field_.change(mail_key, text{name}, text{value});
  }
  if (account_key != 0) {
    put_count_.change(account_key, text{mail.kind}, mail.written_at_ms / day_ms);
  }
  count_stranger(mail);
  ++*mails_;
  ++told.mails_queued;
  return true;
}

bool outbox_writer::put_if_it_may(std::int64_t account_key, const outbox_mail& mail,
                                  change_result& told) {
  return may_leave(account_key, mail) && put(account_key, mail, told);
}

outcome<change_result> outbox_writer::apply(const mail_delivered& done) {
  note_removed(remove_.change(done.id));
  return change_result{};
}

outcome<change_result> outbox_writer::apply(const mail_postponed& later) {
  postpone_.change(later.due_at_ms, text{later.why}, later.id);
  return change_result{};
}

outcome<change_result> outbox_writer::apply(const mail_refused& never) {
  refuse_.change(text{never.why}, never.id);
  return change_result{};
}

outcome<change_result> outbox_writer::apply(const retry_mail& again) {
  change_result told;
  const int changed = again.id.is_nil() ? retry_all_.change(again.now_ms)
                                        : retry_one_.change(again.now_ms, again.id);
  if (changed == 0 && !again.id.is_nil()) {
    return fail(errc::no_such_message, "no mail waits under " + to_text(again.id));
  }
  told.mails_queued = static_cast<std::uint32_t>(changed);
  return told;
}

void outbox_writer::forget_old(std::uint64_t now_ms) {
  if (now_ms <= refused_mails_kept_ms) return;
  note_removed(forget_.change(now_ms - refused_mails_kept_ms));
}

}  // namespace uod::storage::sqlite
