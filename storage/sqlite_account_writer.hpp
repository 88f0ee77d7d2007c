#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/sqlite_engine.hpp"
#include "storage/sqlite_outbox.hpp"

namespace uod::storage::sqlite {

/// Every change of accounts, by subject: accounts, devices and contacts in
/// sqlite_account_writer.cpp, who gets in in sqlite_account_access.cpp, premium codes and farewells
/// in sqlite_account_premium.cpp, identities and chat keys in sqlite_account_sealing.cpp, mail in
/// sqlite_outbox.cpp.
class sqlite_account_writer final : public account_writer {
 public:
  sqlite_account_writer(std::shared_ptr<engine> shared, std::unique_ptr<sole_claim> claim);

  outcome<std::vector<outcome<change_result>>> commit(
      std::span<const account_change> changes) override;

 private:
  using result = outcome<change_result>;

  result apply(const create_account& wanted);
  result apply(const put_device& wanted);
  result apply(const remove_device& wanted);
  result apply(const remove_all_devices& wanted);
  result apply(const put_contact& wanted);
  result apply(const delete_contact& wanted);
  result apply(const touch& seen);

  result apply(const note_sighting& seen);
  result apply(const count_failure& failed);
  result apply(const unlock_by_code& wanted);
  result apply(const unlock_account_now& wanted);
  result apply(const set_code& wanted);
  result apply(const confirm_email_by_code& wanted);
  result apply(const replace_password& wanted);
  result apply(const reset_password_by_code& wanted);

  result apply(const set_closed& wanted);
  result apply(const redeem_premium_code& wanted);
  result apply(const add_premium_codes& wanted);
  result apply(const revoke_premium_code& wanted);
  result apply(const set_premium& wanted);
  result apply(const delete_account& wanted);
  void empty_notes(std::int64_t account_key);
  result apply(const forget_old& wanted);
  result apply(const set_identity& wanted);
  result apply(const add_chat_key& wanted);
  result apply(const mail_delivered& done) { return outbox_.apply(done); }
  result apply(const mail_postponed& later) { return outbox_.apply(later); }
  result apply(const mail_refused& never) { return outbox_.apply(never); }
  result apply(const retry_mail& again) { return outbox_.apply(again); }

  /// Of an account that is there.
  outcome<std::int64_t> key_of(const account_id& account);
  outcome<void> check_unique(const account_record& account);
  outcome<void> check_device(const device_record& device, std::int64_t account_key);
  void write_device(const device_record& device, std::int64_t account_key, change_result& told);
  /// The account of a retried registration, if it is one. `id_conflict`.
  outcome<account_record> check_retry(const create_account& wanted);
  /// Whether the account's key is still this one and the account open. `wrong_credentials`,
  /// `account_closed`.
  outcome<void> check_entry(const account_id& account, const bytes& stored_auth_key);
  /// Whether somebody else has confirmed an address. `email_taken`.
  outcome<void> check_email(const std::string& email, const std::string& email_key,
                            std::int64_t account_key);

  /// Notes that an account was seen somewhere; whether the place is new.
  bool see(std::int64_t account_key, const sighting& seen);
  /// `see`, with a warning where the place is new.
  void see_and_warn(std::int64_t account_key, const sighting& seen,
                    const std::optional<outbox_mail>& warning, change_result& told);

  lock_state find_lock(const std::string& subject);
  void put_lock(const std::string& subject, const lock_state& state);
  std::string name_subject(std::int64_t account_key);
  void unlock(std::int64_t account_key);

  struct found_code {
    bool used = false;
    std::string new_email;
    std::string new_email_key;
  };
  void put_code(std::int64_t account_key, const account_code& code);
  /// The code of this purpose, if it is one and good.
  std::optional<found_code> find_code(std::int64_t account_key, code_purpose purpose,
                                      const bytes& stored, std::uint64_t now_ms);
  /// `find_code`; a wrong one costs a try. `code_wrong`.
  outcome<found_code> check_code(std::int64_t account_key, code_purpose purpose,
                                 const bytes& stored, std::uint64_t now_ms);
  /// Counts a wrong code. Always `code_wrong`.
  tl::unexpected<error> refuse_code(std::int64_t account_key, code_purpose purpose);
  /// From now on it is only known again; the others of its purpose end.
  void use_code(std::int64_t account_key, code_purpose purpose, const bytes& stored);
  /// What a wrong code costs the node, also where there is no account or no code: whoever tries
  /// learns nothing from how long the answer takes.
  void spend_a_write();

  /// The key of a premium code that can be redeemed. `premium_code_invalid`.
  outcome<std::int64_t> find_premium_code(const bytes& stored, std::int64_t account_key,
                                          std::uint64_t now_ms);
  void use_premium_code(std::int64_t code_key, std::int64_t account_key, std::uint64_t now_ms);

  /// The fingerprint of the present identity; empty: there is none.
  bytes identity_of(std::int64_t account_key);
  /// Whether a chat key is for exactly the chat's members, each by the present identity.
  outcome<void> check_holders(std::int64_t chat_key, const std::vector<chat_key_holder>& holders);

  /// Whether a query with one text as its parameter finds anything.
  static bool finds(statement& query, const std::string& value) {
    return query.run(text{value}).next();
  }

  std::shared_ptr<engine> shared_;
  std::unique_ptr<sole_claim> claim_;
  connection connection_;
  outbox_writer outbox_;

  // Accounts
  statement find_account_{connection_,
                          "SELECT key FROM accounts WHERE id = ? AND deleted_at_ms = 0"};
  statement find_entry_{connection_,
                        "SELECT key, stored_auth_key, closed, name, name_key, email, email_key, "
                        "premium, email_confirmed FROM accounts WHERE id = ? "
                        "AND deleted_at_ms = 0"};
  statement find_id_{connection_, "SELECT 1 FROM accounts WHERE id = ?"};
  statement find_name_{connection_, "SELECT 1 FROM accounts WHERE name_key = ?"};
  statement find_skeleton_{connection_, "SELECT 1 FROM accounts WHERE name_skeleton = ?"};
  statement find_email_{connection_,
                        "SELECT 1 FROM accounts WHERE email_key = ? AND email_confirmed = 1 "
                        "AND key <> ?"};
  statement insert_account_{
      connection_,
      "INSERT INTO accounts (id, name, name_key, name_skeleton, email, email_key, salt, "
      "argon2_memory_kib, argon2_passes, stored_auth_key, premium, created_at_ms, last_seen_ms, "
      "email_confirmed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  statement touch_account_{
      connection_, "UPDATE accounts SET last_seen_ms = ?1 WHERE key = ?2 AND last_seen_ms < ?1"};
  statement set_password_{connection_,
                          "UPDATE accounts SET salt = ?, argon2_memory_kib = ?, argon2_passes = ?, "
                          "stored_auth_key = ? WHERE key = ?"};
  statement set_email_{
      connection_,
      "UPDATE accounts SET email = ?, email_key = ?, email_confirmed = 1 WHERE key = ?"};
  statement confirm_email_{connection_, "UPDATE accounts SET email_confirmed = 1 WHERE key = ?"};
  statement find_premium_{connection_, "SELECT premium FROM accounts WHERE key = ?"};
  statement set_premium_{connection_, "UPDATE accounts SET premium = ? WHERE key = ?"};
  statement set_closed_{connection_, "UPDATE accounts SET closed = ? WHERE key = ?"};
  statement find_name_key_{connection_, "SELECT name_key FROM accounts WHERE key = ?"};

  // Identities and chat keys
  statement find_identity_{connection_, "SELECT identity FROM accounts WHERE key = ?"};
  statement set_identity_{connection_,
                          "UPDATE accounts SET identity = ?, sealed_by_password = ?, "
                          "sealed_by_recovery = ? WHERE key = ?"};
  statement set_sealed_by_password_{connection_,
                                    "UPDATE accounts SET sealed_by_password = ? WHERE key = ?"};
  statement find_public_key_{connection_,
                             "SELECT 1 FROM identities WHERE account_key = ? AND fingerprint = ?"};
  statement count_identities_{connection_, "SELECT count(*) FROM identities WHERE account_key = ?"};
  statement insert_identity_{
      connection_,
      "INSERT INTO identities (account_key, fingerprint, public_key, made_at_ms) "
      "VALUES (?, ?, ?, ?)"};
  statement find_membership_{
      connection_,
      "SELECT c.key, a.key FROM chats c CROSS JOIN accounts a ON a.id = ?2 AND a.deleted_at_ms = 0 "
      "CROSS JOIN chat_members m ON m.chat_key = c.key AND m.account_key = a.key WHERE c.id = ?1"};
  statement find_chat_key_{connection_, "SELECT chat_key, record FROM chat_keys WHERE epoch = ?"};
  statement list_members_{
      connection_,
      "SELECT a.id, a.name, a.identity FROM chat_members m CROSS JOIN accounts a "
      "ON a.key = m.account_key WHERE m.chat_key = ? AND a.deleted_at_ms = 0"};
  statement insert_chat_key_{
      connection_,
      "INSERT INTO chat_keys (epoch, chat_key, maker_key, made_at_ms, record) "
      "VALUES (?, ?, ?, ?, ?)"};

  // Devices
  statement find_device_{connection_, "SELECT account_key FROM devices WHERE id = ?"};
  // Its age and when it was last seen are the device's own, not the new token's.
  statement put_device_{
      connection_,
      "INSERT INTO devices (id, account_key, name, address, stored_token, created_at_ms, "
      "last_seen_ms, home_seq) VALUES (?, ?, ?, ?, ?, ?, ?, "
      "(SELECT coalesce(max(seq), 0) FROM broadcasts)) ON CONFLICT (id) DO UPDATE SET "
      "name = excluded.name, address = excluded.address, stored_token = excluded.stored_token, "
      "last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)"};
  statement count_devices_{connection_, "SELECT count(*) FROM devices WHERE account_key = ?"};
  statement find_oldest_device_{connection_,
                                "SELECT id FROM devices WHERE account_key = ? AND id <> ? "
                                "ORDER BY max(last_seen_ms, created_at_ms), id LIMIT 1"};
  statement set_token_{connection_,
                       "UPDATE devices SET stored_token = ? WHERE id = ? AND account_key = ?"};
  statement remove_device_{connection_, "DELETE FROM devices WHERE id = ? AND account_key = ?"};
  statement remove_devices_{connection_, "DELETE FROM devices WHERE account_key = ? AND id <> ?"};
  statement touch_device_{connection_,
                          "UPDATE devices SET last_seen_ms = ?1 WHERE id = ?2 AND account_key = ?3 "
                          "AND last_seen_ms < ?1"};
  statement move_device_{connection_,
                         "UPDATE devices SET address = ? WHERE id = ? AND account_key = ?"};

  // Contacts
  statement find_contact_{connection_,
                          "SELECT 1 FROM contacts WHERE owner_key = ? AND contact_key = ?"};
  statement count_contacts_{connection_, "SELECT count(*) FROM contacts WHERE owner_key = ?"};
  statement insert_contact_{connection_,
                            "INSERT INTO contacts (owner_key, contact_key) VALUES (?, ?)"};
  statement delete_contact_{connection_,
                            "DELETE FROM contacts WHERE owner_key = ? AND contact_key = ?"};

  // Places
  statement see_location_{
      connection_,
      "UPDATE locations SET last_seen_ms = max(last_seen_ms, ?4) WHERE account_key = ?1 "
      "AND network = ?2 AND device = ?3 AND last_seen_ms > ?4 - ?5"};
  statement put_location_{
      connection_,
      "INSERT INTO locations (account_key, network, device, first_seen_ms, last_seen_ms) "
      "VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT DO UPDATE SET first_seen_ms = ?4, "
      "last_seen_ms = ?4"};
  statement count_locations_{connection_, "SELECT count(*) FROM locations WHERE account_key = ?"};
  statement drop_oldest_location_{
      connection_,
      "DELETE FROM locations WHERE (account_key, network, device) = (SELECT account_key, network, "
      "device FROM locations WHERE account_key = ?1 AND (network <> ?2 OR device <> ?3) "
      "ORDER BY last_seen_ms LIMIT 1)"};
  statement forget_locations_{connection_, "DELETE FROM locations WHERE last_seen_ms < ?"};

  // Locks
  statement find_lock_{connection_,
                       "SELECT failures, locks, failed_at_ms, until_ms FROM locks "
                       "WHERE subject = ?"};
  statement put_lock_{
      connection_,
      "INSERT INTO locks (subject, failures, locks, failed_at_ms, until_ms) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, locks = excluded.locks, "
      "failed_at_ms = excluded.failed_at_ms, until_ms = excluded.until_ms"};
  statement remove_lock_{connection_, "DELETE FROM locks WHERE subject = ?"};
  statement count_locks_{connection_, "SELECT count(*) FROM locks"};
  statement drop_oldest_locks_{
      connection_,
      "DELETE FROM locks WHERE subject IN (SELECT subject FROM locks ORDER BY failed_at_ms "
      "LIMIT ?)"};
  statement forget_locks_{connection_,
                          "DELETE FROM locks WHERE failed_at_ms < ?1 - ?2 AND until_ms < ?1 - ?2"};
  std::optional<std::int64_t> locks_;  ///< counted once, then kept

  // Codes
  statement put_code_{
      connection_,
      "INSERT INTO codes (account_key, purpose, stored, expires_at_ms, tries_left, used, "
      "new_email, new_email_key) VALUES (?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO UPDATE SET "
      "expires_at_ms = excluded.expires_at_ms, tries_left = excluded.tries_left, used = 0, "
      "new_email = excluded.new_email, new_email_key = excluded.new_email_key"};
  /// Leaves the newest that are not used, and of those only so many.
  statement drop_old_codes_{
      connection_,
      "DELETE FROM codes WHERE account_key = ?1 AND purpose = ?2 AND stored NOT IN "
      "(SELECT stored FROM codes WHERE account_key = ?1 AND purpose = ?2 AND used = 0 "
      "ORDER BY expires_at_ms DESC, stored LIMIT ?3)"};
  statement find_code_{connection_,
                       "SELECT expires_at_ms, tries_left, used, new_email, new_email_key "
                       "FROM codes WHERE account_key = ? AND purpose = ? AND stored = ?"};
  statement count_try_{connection_,
                       "UPDATE codes SET tries_left = tries_left - 1 WHERE account_key = ? "
                       "AND purpose = ?"};
  statement use_code_{connection_,
                      "UPDATE codes SET used = 1 WHERE account_key = ? AND purpose = ? "
                      "AND stored = ?"};
  statement remove_other_codes_{
      connection_, "DELETE FROM codes WHERE account_key = ? AND purpose = ? AND stored <> ?"};
  statement spend_a_write_{connection_,
                           "INSERT INTO locks (subject, failures, locks, failed_at_ms, until_ms) "
                           "VALUES ('decoy', 0, 0, 0, 0) ON CONFLICT (subject) DO UPDATE SET "
                           "failures = (failures + 1) & 65535"};
  statement remove_code_{connection_, "DELETE FROM codes WHERE account_key = ? AND purpose = ?"};
  statement forget_codes_{connection_, "DELETE FROM codes WHERE expires_at_ms < ?"};

  // Premium codes
  statement find_premium_code_{
      connection_,
      "SELECT c.key, c.uses < c.uses_max AND c.revoked = 0 AND (c.expires_at_ms = 0 OR "
      "c.expires_at_ms > ?3), EXISTS (SELECT 1 FROM premium_redemptions r WHERE r.code_key = c.key "
      "AND r.account_key = ?2) FROM premium_codes c WHERE c.stored = ?1"};
  statement count_use_{connection_, "UPDATE premium_codes SET uses = uses + 1 WHERE key = ?"};
  statement insert_redemption_{
      connection_,
      "INSERT INTO premium_redemptions (code_key, account_key, redeemed_at_ms) VALUES (?, ?, ?) "
      "ON CONFLICT DO NOTHING"};
  statement insert_premium_code_{
      connection_,
      "INSERT INTO premium_codes (id, stored, uses_max, created_at_ms, expires_at_ms) "
      "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"};
  statement find_other_code_{connection_,
                             "SELECT 1 FROM premium_codes WHERE (id = ?1) <> (stored = ?2) "
                             "AND (id = ?1 OR stored = ?2)"};
  statement forget_redemptions_{connection_,
                                "DELETE FROM premium_redemptions WHERE account_key = ?"};
  statement revoke_premium_code_{connection_, "UPDATE premium_codes SET revoked = 1 WHERE id = ?"};
};

}  // namespace uod::storage::sqlite
