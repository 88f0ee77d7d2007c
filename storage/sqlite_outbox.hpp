#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "storage/accounts.hpp"
#include "storage/sqlite_connection.hpp"

namespace uod::storage::sqlite {

/// The outbox as the account writer writes it, inside its transactions. May throw
/// `SQLite::Exception`.
class outbox_writer {
 public:
  explicit outbox_writer(connection& owner);

  /// Whether one more mail of this kind may go to an account today, and one more to its address.
  bool may_leave(std::int64_t account_key, const outbox_mail& mail);
  /// Puts a mail into the outbox and counts it for its day; notes in `told` whether there was
  /// room, and tells it. `account_key` 0: it belongs to nobody. One that lies there already under
  /// its id is not put again; one too many to a stranger is not put, without a word, for what
  /// causes it does not fail for it.
  bool put(std::int64_t account_key, const outbox_mail& mail, change_result& told);
  /// `put` where it may leave. False where it may not, or finds no room.
  bool put_if_it_may(std::int64_t account_key, const outbox_mail& mail, change_result& told);

  outcome<change_result> apply(const mail_delivered& done);
  outcome<change_result> apply(const mail_postponed& later);
  outcome<change_result> apply(const mail_refused& never);
  outcome<change_result> apply(const retry_mail& again);
  /// Forgets refused mails that were kept long enough.
  void forget_old(std::uint64_t now_ms);
  /// A commit failed: counts again when it is needed.
  void forget_counts() { mails_.reset(); }

 private:
  /// How many mails lie there; counted once, then kept.
  std::int64_t mails();
  void note_removed(int mails);
  /// Makes room: the oldest refused mail goes. False when there is none.
  bool drop_refused();

  bool may_go_to(const outbox_mail& mail);
  void count_stranger(const outbox_mail& mail);

  connection& owner_;
  std::optional<std::int64_t> mails_;
  /// How many mails each stranger was sent on this day. In memory: what strangers were sent is kept
  /// nowhere, and who counts anew after a restart still sends few. A commit that failed counts.
  std::unordered_map<std::string, std::uint32_t> strangers_;
  std::uint64_t strangers_day_ = 0;

  statement count_;
  statement insert_;
  statement insert_field_;
  statement find_count_;
  statement put_count_;
  statement remove_;
  statement postpone_;
  statement refuse_;
  statement retry_one_;
  statement retry_all_;
  statement drop_refused_;
  statement forget_;
};

}  // namespace uod::storage::sqlite
