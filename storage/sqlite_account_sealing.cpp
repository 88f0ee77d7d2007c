#include <algorithm>

#include "storage/sqlite_account_writer.hpp"

/// Identities and chat keys.
namespace uod::storage::sqlite {
namespace {

using result = outcome<change_result>;

}  // namespace

bytes sqlite_account_writer::identity_of(std::int64_t account_key) {
  rows row = find_identity_.run(account_key);
  return row.next() ? row.octets(0) : bytes{};
}

result sqlite_account_writer::apply(const set_identity& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  if (auto good = check_entry(wanted.account, wanted.expected_auth_key); !good) {
    return tl::unexpected<error>(good.error());
  }
  const bytes present = identity_of(*account_key);
  const bool known = find_public_key_.run(*account_key, wanted.fingerprint).next();
  if (!known) {
    rows row = count_identities_.run(*account_key);
    if (row.next() && row.integer(0) >= static_cast<std::int64_t>(identities_per_account_max)) {
      return fail(errc::too_large, "an account has at most " +
                                       std::to_string(identities_per_account_max) + " identities");
    }
  }
  change_result told;
  if (!known) {
    insert_identity_.change(*account_key, wanted.fingerprint, wanted.public_key, wanted.now_ms);
  }
  set_identity_.change(wanted.fingerprint, wanted.sealed_by_password, wanted.sealed_by_recovery,
                       *account_key);
  if (present == wanted.fingerprint) return told;
  shared_->note_identity(*account_key);
  if (present.empty()) return told;
  told.identity_replaced = true;
  for (const auto& mail : wanted.mails) outbox_.put(*account_key, mail, told);
  return told;
}

outcome<void> sqlite_account_writer::check_holders(std::int64_t chat_key,
                                                   const std::vector<chat_key_holder>& holders) {
  const auto named = [&](const account_id& account) {
    return std::find_if(holders.begin(), holders.end(),
                        [&](const chat_key_holder& each) { return each.account == account; });
  };
  std::size_t members = 0;
  outcome<void> known;
  rows row = list_members_.run(chat_key);
  while (row.next()) {
    ++members;
    const auto holder = named(row.id<account_id>(0));
    if (holder == holders.end()) {
      return fail(errc::not_allowed, "the key is not for " + row.octets(1));
    }
    if (!known) continue;
    const bytes present = row.octets(2);
    if (present.empty()) {
      known = fail(errc::identity_missing, row.octets(1));
    } else if (present != holder->fingerprint) {
      known = fail(errc::identity_changed, row.octets(1));
    }
  }
  if (members != holders.size()) {
    return fail(errc::not_allowed, "the key is also for somebody who is no member");
  }
  return known;
}

result sqlite_account_writer::apply(const add_chat_key& wanted) {
  std::int64_t chat_key = 0;
  std::int64_t maker_key = 0;
  {
    rows row = find_membership_.run(wanted.chat, wanted.maker);
    if (!row.next()) return fail(errc::no_such_chat);
    chat_key = row.integer(0);
    maker_key = row.integer(1);
  }
  {
    // Before its members are judged: what was stored stays stored, whoever has another key now.
    rows row = find_chat_key_.run(wanted.epoch);
    if (row.next()) {
      const bool same = row.integer(0) == chat_key && row.octets(1) == wanted.record;
      if (same) return change_result{};
      return fail(errc::id_conflict, "epoch " + to_text(wanted.epoch));
    }
  }
  if (auto good = check_holders(chat_key, wanted.holders); !good) {
    return tl::unexpected<error>(good.error());
  }
  insert_chat_key_.change(wanted.epoch, chat_key, maker_key, wanted.now_ms, wanted.record);
  return change_result{};
}

}  // namespace uod::storage::sqlite
