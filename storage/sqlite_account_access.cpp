#include <algorithm>

#include "storage/sqlite_account_writer.hpp"

/// Who gets in: places, failures and locks, codes, passwords.
namespace uod::storage::sqlite {
namespace {

using result = outcome<change_result>;

/// What goes at once when there are too many, so that not every failure has to look.
constexpr std::int64_t locks_dropped = 1'000;

std::int64_t number_of(code_purpose purpose) { return static_cast<std::int64_t>(purpose); }

std::string name_lock_subject(const std::string& name_key) { return "name:" + name_key; }
std::string network_lock_subject(const std::string& network) { return "network:" + network; }

}  // namespace

// --------------------------------------------------------------------------------------- places

bool sqlite_account_writer::see(std::int64_t account_key, const sighting& seen) {
  const bool known = see_location_.change(account_key, text{seen.network}, text{seen.device},
                                          seen.now_ms, locations_kept_ms) != 0;
  if (known) return false;
  put_location_.change(account_key, text{seen.network}, text{seen.device}, seen.now_ms);
  std::int64_t count = 0;
  {
    rows row = count_locations_.run(account_key);
    if (row.next()) count = row.integer(0);
  }
  if (count > static_cast<std::int64_t>(locations_per_account_max)) {
    drop_oldest_location_.change(account_key, text{seen.network}, text{seen.device});
  }
  return true;
}

void sqlite_account_writer::see_and_warn(std::int64_t account_key, const sighting& seen,
                                         const std::optional<outbox_mail>& warning,
                                         change_result& told) {
  told.place_was_new = see(account_key, seen);
  if (told.place_was_new && warning) outbox_.put_if_it_may(account_key, *warning, told);
}

result sqlite_account_writer::apply(const note_sighting& seen) {
  const auto account_key = key_of(seen.account);
  if (!account_key || move_device_.change(text{seen.address}, seen.device, *account_key) == 0) {
    return fail(errc::no_such_device, to_text(seen.device));
  }
  change_result told;
  see_and_warn(*account_key, seen.seen, seen.warning, told);
  return told;
}

// ---------------------------------------------------------------------------------------- locks

lock_state sqlite_account_writer::find_lock(const std::string& subject) {
  rows row = find_lock_.run(text{subject});
  if (!row.next()) return {};
  return {static_cast<std::uint32_t>(row.number(0)), static_cast<std::uint32_t>(row.number(1)),
          row.number(2), row.number(3)};
}

void sqlite_account_writer::put_lock(const std::string& subject, const lock_state& state) {
  if (!locks_) {
    rows row = count_locks_.run();
    locks_ = row.next() ? row.integer(0) : 0;
  }
  if (*locks_ >= static_cast<std::int64_t>(locks_max)) {
    *locks_ -= drop_oldest_locks_.change(locks_dropped);
  }
  const bool fresh = !find_lock_.run(text{subject}).next();
  put_lock_.change(text{subject}, state.failures, state.locks, state.failed_at_ms, state.until_ms);
  if (fresh) ++*locks_;
}

void sqlite_account_writer::unlock(std::int64_t account_key) {
  const int removed = remove_lock_.change(text{name_subject(account_key)});
  if (locks_) *locks_ -= removed;
}

std::string sqlite_account_writer::name_subject(std::int64_t account_key) {
  rows row = find_name_key_.run(account_key);
  return name_lock_subject(row.next() ? row.octets(0) : std::string{});
}

result sqlite_account_writer::apply(const count_failure& failed) {
  change_result told;
  const std::string name_subject = name_lock_subject(failed.name_key);
  const std::string network_subject = network_lock_subject(failed.network);
  const auto name = after_failure(find_lock(name_subject), failed.name_policy, failed.now_ms);
  const auto network =
      after_failure(find_lock(network_subject), failed.network_policy, failed.now_ms);
  put_lock(name_subject, name.state);
  put_lock(network_subject, network.state);
  told.name_lock = name.state;
  told.network_lock = network.state;
  told.locked_now = name.locked_now;
  if (!name.locked_now || failed.account.is_nil() || !failed.warning) return told;
  const auto account_key = key_of(failed.account);
  if (!account_key) return told;
  auto warning = *failed.warning;
  warning.fields["until_ms"] = std::to_string(name.state.until_ms);
  if (outbox_.put_if_it_may(*account_key, warning, told) && failed.unlock) {
    put_code(*account_key, *failed.unlock);
  }
  return told;
}

result sqlite_account_writer::apply(const unlock_account_now& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  unlock(*account_key);
  return change_result{};
}

// ---------------------------------------------------------------------------------------- codes

void sqlite_account_writer::put_code(std::int64_t account_key, const account_code& code) {
  const auto purpose = number_of(code.purpose);
  if (code.purpose == code_purpose::move_email) remove_code_.change(account_key, purpose);
  put_code_.change(account_key, purpose, code.stored, code.expires_at_ms, code_tries_max,
                   text{code.new_email}, text{code.new_email_key});
  drop_old_codes_.change(account_key, purpose, codes_per_purpose_max);
}

void sqlite_account_writer::spend_a_write() { spend_a_write_.change(); }

std::optional<sqlite_account_writer::found_code> sqlite_account_writer::find_code(
    std::int64_t account_key, code_purpose purpose, const bytes& stored, std::uint64_t now_ms) {
  // A hash: how long it takes to find it tells nothing about the code.
  rows row = find_code_.run(account_key, number_of(purpose), stored);
  if (!row.next() || row.number(0) <= now_ms || row.integer(1) <= 0) return {};
  return found_code{row.integer(2) != 0, row.octets(3), row.octets(4)};
}

tl::unexpected<error> sqlite_account_writer::refuse_code(std::int64_t account_key,
                                                         code_purpose purpose) {
  if (purpose != code_purpose::unlock) count_try_.change(account_key, number_of(purpose));
  spend_a_write();
  return fail(errc::code_wrong);
}

outcome<sqlite_account_writer::found_code> sqlite_account_writer::check_code(
    std::int64_t account_key, code_purpose purpose, const bytes& stored, std::uint64_t now_ms) {
  if (auto found = find_code(account_key, purpose, stored, now_ms)) return std::move(*found);
  return refuse_code(account_key, purpose);
}

void sqlite_account_writer::use_code(std::int64_t account_key, code_purpose purpose,
                                     const bytes& stored) {
  use_code_.change(account_key, number_of(purpose), stored);
  remove_other_codes_.change(account_key, number_of(purpose), stored);
}

result sqlite_account_writer::apply(const unlock_by_code& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) {
    spend_a_write();
    return fail(errc::code_wrong);
  }
  const auto code =
      check_code(*account_key, code_purpose::unlock, wanted.stored_code, wanted.now_ms);
  if (!code) return tl::unexpected<error>(code.error());
  // Not used up: until it expires, whoever locks the name again can be answered again.
  unlock(*account_key);
  return change_result{};
}

result sqlite_account_writer::apply(const set_code& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  const bool may = std::all_of(wanted.mails.begin(), wanted.mails.end(), [&](const auto& mail) {
    return outbox_.may_leave(*account_key, mail);
  });
  if (!may) return fail(errc::rate_limited, "enough mails were sent today");
  if (!wanted.code.new_email_key.empty()) {
    if (auto good = check_email(wanted.code.new_email, wanted.code.new_email_key, *account_key);
        !good) {
      return tl::unexpected<error>(good.error());
    }
  }
  change_result told;
  for (const auto& mail : wanted.mails) outbox_.put(*account_key, mail, told);
  // A code that nobody gets is none.
  if (told.mails_dropped != 0) return fail(errc::overloaded, "no more mail can wait");
  put_code(*account_key, wanted.code);
  return told;
}

result sqlite_account_writer::apply(const confirm_email_by_code& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  const auto& [account, stored, stored_move, now_ms] = wanted;
  if (const auto moved = find_code(*account_key, code_purpose::move_email, stored_move, now_ms)) {
    if (moved->used) return change_result{};
    if (auto good = check_email(moved->new_email, moved->new_email_key, *account_key); !good) {
      return tl::unexpected<error>(good.error());
    }
    set_email_.change(text{moved->new_email}, text{moved->new_email_key}, *account_key);
    use_code(*account_key, code_purpose::move_email, stored_move);
    // Whoever reads the old address has no say any more.
    for (const auto purpose :
         {code_purpose::reset_password, code_purpose::unlock, code_purpose::confirm_email}) {
      remove_code_.change(*account_key, number_of(purpose));
    }
    return change_result{};
  }
  const auto code = find_code(*account_key, code_purpose::confirm_email, stored, now_ms);
  if (!code) {
    count_try_.change(*account_key, number_of(code_purpose::move_email));
    return refuse_code(*account_key, code_purpose::confirm_email);
  }
  if (code->used) return change_result{};
  std::string email;
  std::string email_key;
  {
    rows row = find_entry_.run(account);
    if (row.next()) {
      email = row.octets(5);
      email_key = row.octets(6);
    }
  }
  if (auto good = check_email(email, email_key, *account_key); !good) {
    return tl::unexpected<error>(good.error());
  }
  confirm_email_.change(*account_key);
  use_code(*account_key, code_purpose::confirm_email, stored);
  return change_result{};
}

// ------------------------------------------------------------------------------------ passwords

result sqlite_account_writer::apply(const replace_password& wanted) {
  const auto account_key = key_of(wanted.account);
  if (!account_key) return tl::unexpected<error>(account_key.error());
  if (auto good = check_entry(wanted.account, wanted.expected_auth_key); !good) {
    return tl::unexpected<error>(good.error());
  }
  const bool sealed = !identity_of(*account_key).empty();
  if (sealed && wanted.sealed_by_password.empty()) {
    return fail(errc::malformed, "sealed_by_password");
  }
  if (set_token_.change(wanted.stored_token, wanted.device, *account_key) == 0) {
    return fail(errc::no_such_device, to_text(wanted.device));
  }
  change_result told;
  if (sealed) set_sealed_by_password_.change(wanted.sealed_by_password, *account_key);
  set_password_.change(wanted.salt, wanted.argon2.memory_kib, wanted.argon2.passes,
                       wanted.stored_auth_key, *account_key);
  if (!wanted.keep_devices) remove_devices_.change(*account_key, wanted.device);
  // Codes that somebody may have asked for with the old password are worth nothing now.
  remove_code_.change(*account_key, number_of(code_purpose::reset_password));
  remove_code_.change(*account_key, number_of(code_purpose::move_email));
  for (const auto& mail : wanted.mails) outbox_.put(*account_key, mail, told);
  return told;
}

result sqlite_account_writer::apply(const reset_password_by_code& wanted) {
  const auto account_key = key_of(wanted.account);
  bool closed = true;
  bytes present_key;
  {
    rows row = find_entry_.run(wanted.account);
    if (row.next()) {
      present_key = row.octets(1);
      closed = row.integer(2) != 0;
    }
  }
  if (!account_key || closed) {
    spend_a_write();
    return fail(errc::code_wrong);
  }
  const auto code = check_code(*account_key, code_purpose::reset_password, wanted.stored_code,
                               wanted.seen.now_ms);
  if (!code) return tl::unexpected<error>(code.error());
  if (auto good = check_device(wanted.device, *account_key); !good) {
    return tl::unexpected<error>(good.error());
  }
  change_result told;
  if (code->used) {
    if (present_key != wanted.stored_auth_key) return fail(errc::code_wrong);
  } else {
    set_password_.change(wanted.salt, wanted.argon2.memory_kib, wanted.argon2.passes,
                         wanted.stored_auth_key, *account_key);
    set_sealed_by_password_.change(bytes{}, *account_key);
    remove_devices_.change(*account_key, device_id{});
    use_code(*account_key, code_purpose::reset_password, wanted.stored_code);
    remove_code_.change(*account_key, number_of(code_purpose::move_email));
    unlock(*account_key);
    see(*account_key, wanted.seen);
    for (const auto& mail : wanted.mails) outbox_.put(*account_key, mail, told);
  }
  write_device(wanted.device, *account_key, told);
  return told;
}

result sqlite_account_writer::apply(const forget_old& wanted) {
  if (wanted.now_ms > locations_kept_ms) {
    forget_locations_.change(wanted.now_ms - locations_kept_ms);
  }
  forget_codes_.change(wanted.now_ms);
  forget_locks_.change(wanted.now_ms, wanted.failures_forgotten_ms);
  locks_.reset();
  outbox_.forget_old(wanted.now_ms);
  return change_result{};
}

}  // namespace uod::storage::sqlite
