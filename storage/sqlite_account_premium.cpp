#include "storage/sqlite_account_writer.hpp"
#include "storage/sqlite_chat_positions.hpp"

/// Premium codes, what administrators decide about accounts, and farewells.
namespace uod::storage::sqlite {
namespace {

using result = outcome<change_result>;

/// Keys of the chats that an account, ?1, has with itself alone.
const std::string notes_chats =
    "(SELECT m.chat_key FROM chat_members m WHERE m.account_key = ?1 AND "
    "(SELECT count(*) FROM chat_members o WHERE o.chat_key = m.chat_key) = 1)";

/// What stands for a deleted account's name wherever it said something. Nobody can register it: see
/// `is_reserved_name` in protocol/names.hpp.
std::string name_of_unknown(const account_id& account, std::size_t digits) {
  std::string hex;
  for (const char each : to_text(account)) {
    if (each != '-') hex.push_back(each);
  }
  return "unknown-" + hex.substr(hex.size() - digits);
}

}  // namespace

outcome<std::int64_t> sqlite_account_writer::find_premium_code(const bytes& stored,
                                                               std::int64_t account_key,
                                                               std::uint64_t now_ms) {
  rows row = find_premium_code_.run(stored, account_key, now_ms);
  if (!row.next()) return fail(errc::premium_code_invalid);
  const bool good = row.integer(1) != 0;
  const bool redeemed_before = row.integer(2) != 0;
  if (redeemed_before) return row.integer(0);
  if (!good) return fail(errc::premium_code_invalid);
  rows account = find_premium_.run(account_key);
  if (account.next() && account.integer(0) != 0) {
    return fail(errc::not_allowed, "the account is premium already; the code was not used");
  }
  return row.integer(0);
}

void sqlite_account_writer::use_premium_code(std::int64_t code_key, std::int64_t account_key,
                                             std::uint64_t now_ms) {
  // Redeemed before by the same account, it costs nothing again.
  if (insert_redemption_.change(code_key, account_key, now_ms) != 0) count_use_.change(code_key);
  set_premium_.change(std::int64_t{1}, account_key);
}

result sqlite_account_writer::apply(const redeem_premium_code& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  const auto code_key = find_premium_code(wanted.stored_code, *account_key, wanted.now_ms);
  if (!code_key) return tl::unexpected<error>(code_key.error());
  use_premium_code(*code_key, *account_key, wanted.now_ms);
  return change_result{};
}

result sqlite_account_writer::apply(const add_premium_codes& wanted) {
  for (const auto& code : wanted.codes) {
    if (find_other_code_.run(code.id, code.stored).next()) {
      return fail(errc::id_conflict, "premium code " + to_text(code.id));
    }
  }
  for (const auto& code : wanted.codes) {
    insert_premium_code_.change(code.id, code.stored, code.uses_max, code.created_at_ms,
                                code.expires_at_ms);
  }
  return change_result{};
}

result sqlite_account_writer::apply(const revoke_premium_code& wanted) {
  if (revoke_premium_code_.change(wanted.id) == 0) {
    return fail(errc::no_such_code, to_text(wanted.id));
  }
  return change_result{};
}

result sqlite_account_writer::apply(const set_premium& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  set_premium_.change(std::int64_t{wanted.premium}, *account_key);
  // What an administrator took away, the same use of a code does not bring back.
  if (!wanted.premium) forget_redemptions_.change(*account_key);
  return change_result{};
}

result sqlite_account_writer::apply(const set_closed& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  set_closed_.change(std::int64_t{wanted.closed}, *account_key);
  return change_result{};
}

/// Notes to oneself. The rows stay, emptied: a position is never given twice, and nobody can see
/// them any more.
void sqlite_account_writer::empty_notes(std::int64_t account_key) {
  statement runs(connection_, run_columns);
  statement empty(connection_,
                  "UPDATE messages SET body = x'' WHERE position = ? AND chat_key = ?");
  statement chats(
      connection_,
      ("SELECT key, last_seq, last_position, tail FROM chats WHERE key IN " + notes_chats).c_str());
  rows notes = chats.run(account_key);
  while (notes.next()) {
    const std::uint64_t last_seq = notes.number(1);
    chat_positions positions(runs, notes.integer(0), last_seq, notes.number(2), notes.octets(3));
    for (std::uint64_t seq = 1; seq <= last_seq; ++seq) {
      empty.change(positions.at(seq), notes.integer(0));
    }
  }
}

result sqlite_account_writer::apply(const delete_account& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  std::string name = name_of_unknown(wanted.account, 8);
  if (finds(find_name_, name) || finds(find_skeleton_, name)) {
    name = name_of_unknown(wanted.account, 24);
  }
  unlock(*account_key);
  const auto forget = [&](const std::string& sql) {
    statement(connection_, sql.c_str()).change(*account_key);
  };
  for (const char* sql :
       {"DELETE FROM devices WHERE account_key = ?1",
        "DELETE FROM contacts WHERE owner_key = ?1 OR contact_key = ?1",
        "DELETE FROM locations WHERE account_key = ?1", "DELETE FROM codes WHERE account_key = ?1",
        "DELETE FROM outbox WHERE account_key = ?1",
        "DELETE FROM mail_counts WHERE account_key = ?1",
        "DELETE FROM premium_redemptions WHERE account_key = ?1",
        "DELETE FROM identities WHERE account_key = ?1"}) {
    forget(sql);
  }
  forget("DELETE FROM chat_keys WHERE chat_key IN " + notes_chats);
  // What was sent to others stays; the file store removes the octets of the rest.
  forget("UPDATE files SET state = 2 WHERE owner_key = ?1 AND (state = 0 OR chat_key IN " +
         notes_chats + ")");
  empty_notes(*account_key);
  statement(connection_,
            "UPDATE accounts SET name = ?2, name_key = ?2, name_skeleton = ?2, email = '', "
            "email_key = '', salt = x'', argon2_memory_kib = 0, argon2_passes = 0, "
            "stored_auth_key = x'', premium = 0, last_seen_ms = 0, email_confirmed = 0, "
            "identity = x'', sealed_by_password = x'', sealed_by_recovery = x'', "
            "deleted_at_ms = ?3 WHERE key = ?1")
      .change(*account_key, text{name}, wanted.now_ms);
  outbox_.forget_counts();
  // The message writer keeps names of members in memory.
  ++shared_->farewells;
  return change_result{};
}

}  // namespace uod::storage::sqlite
