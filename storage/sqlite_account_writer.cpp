#include <algorithm>

#include "storage/sqlite_engine.hpp"

namespace uod::storage::sqlite {
namespace {

class sqlite_account_writer final : public account_writer {
 public:
  sqlite_account_writer(std::shared_ptr<engine> shared, std::unique_ptr<sole_claim> claim)
      : shared_(std::move(shared)),
        claim_(std::move(claim)),
        connection_(shared_->options, access::read_write) {
    shared_->watch(connection_);
  }

  outcome<std::vector<outcome<void>>> commit(std::span<const account_change> changes) override {
    const std::lock_guard turn(shared_->turn);
    return guarded(connection_, [&]() -> outcome<std::vector<outcome<void>>> {
      write_transaction transaction(connection_);
      std::vector<outcome<void>> results;
      results.reserve(changes.size());
      // Each change judges everything before it writes anything, so that one which fails leaves
      // nothing behind in the transaction.
      for (const account_change& change : changes) {
        results.push_back(std::visit([&](const auto& one) { return apply(one); }, change));
      }
      transaction.commit();
      return results;
    });
  }

 private:
  outcome<void> apply(const create_account& wanted);
  outcome<void> apply(const put_device& wanted);
  outcome<void> apply(const remove_device& wanted);
  outcome<void> apply(const remove_all_devices& wanted);
  outcome<void> apply(const put_contact& wanted);
  outcome<void> apply(const delete_contact& wanted);
  outcome<void> apply(const touch& seen);

  outcome<std::int64_t> key_of(const account_id& account);
  outcome<void> check_unique(const account_record& account);
  outcome<void> check_device(const device_record& device, std::int64_t account_key);
  void write_device(const device_record& device, std::int64_t account_key);

  /// Whether a query with one text as its parameter finds anything.
  static bool finds(statement& query, const std::string& value) {
    return query.run(text{value}).next();
  }

  std::shared_ptr<engine> shared_;
  std::unique_ptr<sole_claim> claim_;
  connection connection_;

  statement find_account_{connection_, "SELECT key FROM accounts WHERE id = ?"};
  statement find_auth_key_{connection_, "SELECT key, stored_auth_key FROM accounts WHERE id = ?"};
  statement find_name_{connection_, "SELECT 1 FROM accounts WHERE name_key = ?"};
  statement find_skeleton_{connection_, "SELECT 1 FROM accounts WHERE name_skeleton = ?"};
  statement find_email_{connection_, "SELECT 1 FROM accounts WHERE email_key = ?"};
  statement insert_account_{
      connection_,
      "INSERT INTO accounts (id, name, name_key, name_skeleton, email, email_key, salt, "
      "argon2_memory_kib, argon2_passes, stored_auth_key, premium, created_at_ms, last_seen_ms) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  statement touch_account_{
      connection_, "UPDATE accounts SET last_seen_ms = ?1 WHERE key = ?2 AND last_seen_ms < ?1"};

  statement find_device_{connection_, "SELECT account_key FROM devices WHERE id = ?"};
  // Its age and when it was last seen are the device's own, not the new token's.
  statement put_device_{
      connection_,
      "INSERT INTO devices (id, account_key, name, address, stored_token, created_at_ms, "
      "last_seen_ms) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
      "name = excluded.name, address = excluded.address, stored_token = excluded.stored_token, "
      "last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)"};
  statement count_devices_{connection_, "SELECT count(*) FROM devices WHERE account_key = ?"};
  statement drop_oldest_device_{
      connection_,
      "DELETE FROM devices WHERE id = (SELECT id FROM devices WHERE account_key = ? AND id <> ? "
      "ORDER BY max(last_seen_ms, created_at_ms), id LIMIT 1)"};
  statement remove_device_{connection_, "DELETE FROM devices WHERE id = ? AND account_key = ?"};
  statement remove_devices_{connection_, "DELETE FROM devices WHERE account_key = ?"};
  statement touch_device_{connection_,
                          "UPDATE devices SET last_seen_ms = ?1 WHERE id = ?2 AND account_key = ?3 "
                          "AND last_seen_ms < ?1"};

  statement find_contact_{connection_,
                          "SELECT 1 FROM contacts WHERE owner_key = ? AND contact_key = ?"};
  statement count_contacts_{connection_, "SELECT count(*) FROM contacts WHERE owner_key = ?"};
  statement insert_contact_{connection_,
                            "INSERT INTO contacts (owner_key, contact_key) VALUES (?, ?)"};
  statement delete_contact_{connection_,
                            "DELETE FROM contacts WHERE owner_key = ? AND contact_key = ?"};
};

outcome<std::int64_t> sqlite_account_writer::key_of(const account_id& account) {
  rows row = find_account_.run(account);
  if (!row.next()) return fail(errc::no_such_account, to_text(account));
  return row.integer(0);
}

outcome<void> sqlite_account_writer::check_unique(const account_record& account) {
  if (finds(find_name_, account.name_key)) return fail(errc::name_taken, account.name);
  if (finds(find_skeleton_, account.name_skeleton)) {
    return fail(errc::name_confusable, account.name);
  }
  if (finds(find_email_, account.email_key)) return fail(errc::email_taken, account.email);
  return {};
}

outcome<void> sqlite_account_writer::check_device(const device_record& device,
                                                  std::int64_t account_key) {
  rows row = find_device_.run(device.id);
  if (row.next() && row.integer(0) != account_key) {
    return fail(errc::id_conflict, "device id " + to_text(device.id));
  }
  return {};
}

void sqlite_account_writer::write_device(const device_record& device, std::int64_t account_key) {
  put_device_.change(device.id, account_key, text{device.name}, text{device.address},
                     device.stored_token, device.created_at_ms, device.last_seen_ms);
  std::int64_t count = 0;
  {
    rows row = count_devices_.run(account_key);
    if (row.next()) count = row.integer(0);
  }
  if (count > static_cast<std::int64_t>(devices_per_account_max)) {
    drop_oldest_device_.change(account_key, device.id);
  }
}

outcome<void> sqlite_account_writer::apply(const create_account& wanted) {
  const account_record& account = wanted.account;
  std::int64_t account_key = 0;  // SQLite counts its keys from 1
  {
    rows row = find_auth_key_.run(account.id);
    if (row.next()) {
      account_key = row.integer(0);
      if (row.octets(1) != account.stored_auth_key) {
        return fail(errc::id_conflict, "account id " + to_text(account.id));
      }
    }
  }
  if (auto good = check_device(wanted.device, account_key); !good) return good;
  if (account_key == 0) {
    if (auto good = check_unique(account); !good) return good;
    insert_account_.change(
        account.id, text{account.name}, text{account.name_key}, text{account.name_skeleton},
        text{account.email}, text{account.email_key}, account.salt, account.argon2.memory_kib,
        account.argon2.passes, account.stored_auth_key, std::int64_t{account.premium},
        account.created_at_ms, account.last_seen_ms);
    account_key = connection_.database().getLastInsertRowid();
  }
  write_device(wanted.device, account_key);
  return {};
}

outcome<void> sqlite_account_writer::apply(const put_device& wanted) {
  const auto account_key = key_of(wanted.device.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  if (auto good = check_device(wanted.device, *account_key); !good) return good;
  write_device(wanted.device, *account_key);
  return {};
}

outcome<void> sqlite_account_writer::apply(const remove_device& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key || remove_device_.change(wanted.device, *account_key) == 0) {
    return fail(errc::no_such_device, to_text(wanted.device));
  }
  return {};
}

outcome<void> sqlite_account_writer::apply(const remove_all_devices& wanted) {
  // An account that is not there has no devices either: what was asked for is so.
  if (const auto account_key = key_of(wanted.account)) remove_devices_.change(*account_key);
  return {};
}

outcome<void> sqlite_account_writer::apply(const put_contact& wanted) {
  const auto owner_key = key_of(wanted.owner);
  if (!owner_key) return tl::unexpected<error>(owner_key.error());
  const auto contact_key = key_of(wanted.contact);
  if (!contact_key) return tl::unexpected<error>(contact_key.error());
  if (find_contact_.run(*owner_key, *contact_key).next()) return {};
  std::int64_t count = 0;
  {
    rows row = count_contacts_.run(*owner_key);
    if (row.next()) count = row.integer(0);
  }
  if (count >= static_cast<std::int64_t>(contacts_per_account_max)) {
    return fail(errc::too_large,
                "an account has at most " + std::to_string(contacts_per_account_max) + " contacts");
  }
  insert_contact_.change(*owner_key, *contact_key);
  return {};
}

outcome<void> sqlite_account_writer::apply(const delete_contact& wanted) {
  const auto owner_key = key_of(wanted.owner);
  const auto contact_key = key_of(wanted.contact);
  if (!owner_key || !contact_key || delete_contact_.change(*owner_key, *contact_key) == 0) {
    return fail(errc::no_such_contact, to_text(wanted.contact));
  }
  return {};
}

outcome<void> sqlite_account_writer::apply(const touch& seen) {
  const auto account_key = key_of(seen.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  touch_account_.change(seen.seen_at_ms, *account_key);
  // A device that was revoked while it was online is no reason to forget the account.
  if (!seen.device.is_nil()) touch_device_.change(seen.seen_at_ms, seen.device, *account_key);
  return {};
}

}  // namespace

std::unique_ptr<account_writer> new_account_writer(std::shared_ptr<engine> shared,
                                                   std::unique_ptr<sole_claim> claim) {
  return std::make_unique<sqlite_account_writer>(std::move(shared), std::move(claim));
}

}  // namespace uod::storage::sqlite
