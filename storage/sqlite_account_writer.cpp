#include "storage/sqlite_account_writer.hpp"

#include <algorithm>

namespace uod::storage::sqlite {

using result = outcome<change_result>;

sqlite_account_writer::sqlite_account_writer(std::shared_ptr<engine> shared,
                                             std::unique_ptr<sole_claim> claim)
    : shared_(std::move(shared)),
      claim_(std::move(claim)),
      connection_(shared_->options, access::read_write),
      outbox_(connection_) {
  shared_->watch(connection_);
  // Codes wait in the outbox, and go with it: what is deleted is overwritten.
  connection_.execute("PRAGMA secure_delete = ON");
}

outcome<std::vector<result>> sqlite_account_writer::commit(
    std::span<const account_change> changes) {
  const std::lock_guard turn(shared_->turn);
  auto committed = guarded(connection_, [&]() -> outcome<std::vector<result>> {
    write_transaction transaction(connection_);
    std::vector<result> results;
    results.reserve(changes.size());
    // Each change judges everything before it writes anything, so that one which fails leaves
    // nothing behind in the transaction (but the count of a wrong code).
    for (const account_change& change : changes) {
      results.push_back(std::visit([&](const auto& one) { return apply(one); }, change));
    }
    transaction.commit();
    return results;
  });
  if (!committed) {
    // Memory ran ahead of a commit that is not there.
    locks_.reset();
    outbox_.forget_counts();
  }
  return committed;
}

outcome<std::int64_t> sqlite_account_writer::key_of(const account_id& account) {
  rows row = find_account_.run(account);
  if (!row.next()) return fail(errc::no_such_account, to_text(account));
  return row.integer(0);
}

outcome<void> sqlite_account_writer::check_unique(const account_record& account) {
  if (find_id_.run(account.id).next()) {  // a deleted one: its id stays its own
    return fail(errc::id_conflict, "account id " + to_text(account.id));
  }
  if (finds(find_name_, account.name_key)) return fail(errc::name_taken, account.name);
  if (finds(find_skeleton_, account.name_skeleton)) {
    return fail(errc::name_confusable, account.name);
  }
  return check_email(account.email, account.email_key, 0);
}

outcome<void> sqlite_account_writer::check_email(const std::string& email,
                                                 const std::string& email_key,
                                                 std::int64_t account_key) {
  if (find_email_.run(text{email_key}, account_key).next()) return fail(errc::email_taken, email);
  return {};
}

outcome<account_record> sqlite_account_writer::check_retry(const create_account& wanted) {
  const auto& account = wanted.account;
  account_record found = account;
  rows row = find_entry_.run(account.id);
  const bool is_there = row.next();
  bool same = is_there && row.octets(1) == account.stored_auth_key && row.integer(2) == 0 &&
              row.octets(4) == account.name_key && row.octets(6) == account.email_key;
  if (same) {
    rows device = find_device_.run(wanted.device.id);
    same = device.next() && device.integer(0) == row.integer(0);
  }
  if (!same) return fail(errc::id_conflict, "account id " + to_text(account.id));
  found.name = row.octets(3);
  found.email = row.octets(5);
  found.premium = row.integer(7) != 0;
  found.email_confirmed = row.integer(8) != 0;
  return found;
}

outcome<void> sqlite_account_writer::check_entry(const account_id& account,
                                                 const bytes& stored_auth_key) {
  rows row = find_entry_.run(account);
  // Both are hashes: how long a comparison takes tells nothing about the key.
  if (!row.next() || row.octets(1) != stored_auth_key) return fail(errc::wrong_credentials);
  if (row.integer(2) != 0) return fail(errc::account_closed);
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

void sqlite_account_writer::write_device(const device_record& device, std::int64_t account_key,
                                         change_result& told) {
  put_device_.change(device.id, account_key, text{device.name}, text{device.address},
                     device.stored_token, device.created_at_ms, device.last_seen_ms);
  std::int64_t count = 0;
  {
    rows row = count_devices_.run(account_key);
    if (row.next()) count = row.integer(0);
  }
  if (count <= static_cast<std::int64_t>(devices_per_account_max)) return;
  {
    rows row = find_oldest_device_.run(account_key, device.id);
    if (row.next()) told.device_pushed = device_id::from_octets(row.octets(0));
  }
  if (told.device_pushed) remove_device_.change(*told.device_pushed, account_key);
}

result sqlite_account_writer::apply(const create_account& wanted) {
  const account_record& account = wanted.account;
  change_result told;
  if (const auto earlier_key = key_of(account.id)) {
    auto earlier = check_retry(wanted);
    if (!earlier) return tl::unexpected<error>(earlier.error());
    write_device(wanted.device, *earlier_key, told);
    told.earlier = std::move(*earlier);
    return told;
  }
  if (auto good = check_device(wanted.device, 0); !good) {
    return tl::unexpected<error>(good.error());
  }
  if (auto good = check_unique(account); !good) return tl::unexpected<error>(good.error());
  std::int64_t premium_code_key = 0;
  if (!wanted.stored_premium_code.empty()) {
    const auto code = find_premium_code(wanted.stored_premium_code, 0, account.created_at_ms);
    if (!code) return tl::unexpected<error>(code.error());
    premium_code_key = *code;
  }
  insert_account_.change(
      account.id, text{account.name}, text{account.name_key}, text{account.name_skeleton},
      text{account.email}, text{account.email_key}, account.salt, account.argon2.memory_kib,
      account.argon2.passes, account.stored_auth_key,
      std::int64_t{account.premium || premium_code_key != 0}, account.created_at_ms,
      account.last_seen_ms, std::int64_t{account.email_confirmed});
  const std::int64_t account_key = connection_.database().getLastInsertRowid();
  if (premium_code_key != 0) {
    use_premium_code(premium_code_key, account_key, account.created_at_ms);
  }
  write_device(wanted.device, account_key, told);
  see(account_key, wanted.seen);
  if (wanted.code) put_code(account_key, *wanted.code);
  for (const auto& mail : wanted.mails) outbox_.put(account_key, mail, told);
  return told;
}

result sqlite_account_writer::apply(const put_device& wanted) {
  const auto account_key = key_of(wanted.device.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  if (auto good = check_entry(wanted.device.account, wanted.stored_auth_key); !good) {
    return tl::unexpected<error>(good.error());
  }
  if (auto good = check_device(wanted.device, *account_key); !good) {
    return tl::unexpected<error>(good.error());
  }
  change_result told;
  write_device(wanted.device, *account_key, told);
  unlock(*account_key);
  see_and_warn(*account_key, wanted.seen, wanted.warning, told);
  return told;
}

result sqlite_account_writer::apply(const remove_device& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key || remove_device_.change(wanted.device, *account_key) == 0) {
    return fail(errc::no_such_device, to_text(wanted.device));
  }
  return change_result{};
}

result sqlite_account_writer::apply(const remove_all_devices& wanted) {
  // An account that is not there has no devices either: what was asked for is so.
  if (const auto account_key = key_of(wanted.account)) {
    remove_devices_.change(*account_key, device_id{});
  }
  return change_result{};
}

result sqlite_account_writer::apply(const put_contact& wanted) {
  const auto owner_key = key_of(wanted.owner);
  if (!owner_key) return tl::unexpected<error>(owner_key.error());
  const auto contact_key = key_of(wanted.contact);
  if (!contact_key) return tl::unexpected<error>(contact_key.error());
  if (find_contact_.run(*owner_key, *contact_key).next()) return change_result{};
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
  return change_result{};
}

result sqlite_account_writer::apply(const delete_contact& wanted) {
  const auto owner_key = key_of(wanted.owner);
  const auto contact_key = key_of(wanted.contact);
  if (!owner_key || !contact_key || delete_contact_.change(*owner_key, *contact_key) == 0) {
    return fail(errc::no_such_contact, to_text(wanted.contact));
  }
  return change_result{};
}

result sqlite_account_writer::apply(const touch& seen) {
  const auto account_key = key_of(seen.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  touch_account_.change(seen.seen_at_ms, *account_key);
  // A device that was revoked while it was online is no reason to forget the account.
  if (!seen.device.is_nil()) touch_device_.change(seen.seen_at_ms, seen.device, *account_key);
  return change_result{};
}

std::unique_ptr<account_writer> new_account_writer(std::shared_ptr<engine> shared,
                                                   std::unique_ptr<sole_claim> claim) {
  return std::make_unique<sqlite_account_writer>(std::move(shared), std::move(claim));
}

}  // namespace uod::storage::sqlite
