#include "storage/sqlite_broadcasts.hpp"

#include <algorithm>

namespace uod::storage::sqlite {

outcome<broadcast_stored> broadcast_writer::apply(const new_broadcast& sent, std::uint64_t now_ms) {
  broadcast_stored told;
  told.stored.id = sent.id;
  told.stored.sender = sent.sender;
  std::int64_t sender_key = 0;
  bool premium = false;
  {
    rows row = find_sender_.run(sent.sender);
    if (!row.next()) return fail(errc::no_such_account, to_text(sent.sender));
    sender_key = row.integer(0);
    told.stored.sender_name = row.octets(1);
    premium = row.integer(2) != 0;
  }
  {
    rows row = find_.run(sent.id);
    if (row.next()) {
      if (row.integer(1) != sender_key) {
        return fail(errc::id_conflict, "broadcast id " + to_text(sent.id));
      }
      told.stored.seq = row.number(0);
      told.stored.sent_at_ms = row.number(2);
      told.stored.body = row.octets(3);
      told.repeated = true;
      return told;
    }
  }
  if (!premium) return fail(errc::not_premium);
  told.stored.seq = 1;
  told.stored.sent_at_ms = now_ms;
  {
    rows row = last_.run();
    if (row.next()) {
      told.stored.seq = row.number(0) + 1;
      told.stored.sent_at_ms = std::max(now_ms, row.number(1));
    }
  }
  told.stored.body = sent.body;
  insert_.change(told.stored.seq, sent.id, sender_key, told.stored.sent_at_ms, sent.body);
  return told;
}

}  // namespace uod::storage::sqlite
