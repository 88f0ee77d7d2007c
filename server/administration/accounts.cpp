#include "protocol/names.hpp"
#include "server/administration/work.hpp"

namespace uod::administration {
namespace {

using storage::account_record;

/// Rows that are asked of the store at once.
constexpr std::uint32_t page_rows = 200;

outcome<std::uint64_t> count_contacts(work& now, const account_record& account) {
  std::uint64_t count = 0;
  std::string after;
  do {
    const auto page = now.host.reads().contacts(account.id, after, page_rows);
    if (!page) return tl::unexpected(page.error());
    count += page->contacts.size();
    after = page->next;
  } while (!after.empty());
  return count;
}

/// Tells how an account stands after a change.
outcome<void> show_again(work& now, const account_record& account) {
  const auto stands = now.host.reads().account_by_id(account.id);
  if (!stands) return tl::unexpected(stands.error());
  if (!*stands) return fail(errc::no_such_account, account.name);
  const auto shown = account_row(now, **stands);
  if (!shown) return tl::unexpected(shown.error());
  return now.tell(*shown);
}

outcome<void> change_and_show(work& now, const account_record& account,
                              storage::account_change wanted) {
  if (const auto changed = now.host.change(std::move(wanted)); !changed) {
    return tl::unexpected(changed.error());
  }
  return show_again(now, account);
}

}  // namespace

outcome<account_record> find_account(work& now, const std::string& name) {
  const auto parsed = parse_name(name);
  if (!parsed) return fail(errc::no_such_account, "\"" + name + "\" cannot be a name");
  auto found = now.host.reads().account_by_name(parsed->key);
  if (!found) return tl::unexpected(found.error());
  if (!*found || (*found)->deleted_at_ms != 0) return fail(errc::no_such_account, parsed->shown);
  now.facts.emplace_back("account_id", to_text((*found)->id));
  return std::move(**found);
}

outcome<row> account_row(work& now, const account_record& account) {
  const auto lock = now.host.reads().name_lock(account.name_key);
  if (!lock) return tl::unexpected(lock.error());
  const bool locked = lock->locked(now.host.now_ms());
  return row{{"type", "account"},
             {"user", account.name},
             {"id", to_text(account.id)},
             {"email", account.email},
             {"email_confirmed", account.email_confirmed},
             {"premium", account.premium},
             {"closed", account.closed},
             {"locked_until", time_value(locked ? lock->until_ms : 0)},
             {"created_at", time_value(account.created_at_ms)},
             {"last_seen", time_value(account.last_seen_ms)}};
}

row device_row(const storage::device_record& device) {
  return {{"type", "device"},
          {"device", to_text(device.id)},
          {"name", device.name},
          {"address", device.address},
          {"created_at", time_value(device.created_at_ms)},
          {"last_seen", time_value(device.last_seen_ms)}};
}

outcome<void> carry_out(work& now, const list_accounts& wanted) {
  std::uint64_t left = wanted.limit == 0 ? UINT64_MAX : wanted.limit;
  std::string after;
  do {
    const auto page = now.host.reads().accounts(after, page_rows);
    if (!page) return tl::unexpected(page.error());
    for (const account_record& account : page->accounts) {
      const auto shown = account_row(now, account);
      if (!shown) return tl::unexpected(shown.error());
      if (auto told = now.tell(*shown); !told) return told;
      if (--left == 0) return {};
    }
    after = page->next;
  } while (!after.empty());
  return {};
}

outcome<void> carry_out(work& now, const show_account& wanted) {
  const auto account = find_account(now, wanted.account);
  if (!account) return tl::unexpected(account.error());
  auto shown = account_row(now, *account);
  if (!shown) return tl::unexpected(shown.error());
  const auto devices = now.host.reads().devices(account->id);
  if (!devices) return tl::unexpected(devices.error());
  (*shown)["devices"] = row::array();
  for (const auto& device : *devices) {
    row one = device_row(device);
    one.erase("type");
    (*shown)["devices"].push_back(std::move(one));
  }
  const auto contacts = count_contacts(now, *account);
  if (!contacts) return tl::unexpected(contacts.error());
  (*shown)["contacts"] = *contacts;
  return now.tell(*shown);
}

outcome<void> carry_out(work& now, const lock_account& wanted) {
  const auto account = find_account(now, wanted.account);
  if (!account) return tl::unexpected(account.error());
  const auto closed = now.host.change(storage::set_closed{account->id, true});
  if (!closed) return tl::unexpected(closed.error());
  // Before anything else can fail: closed is closed.
  now.host.end_sessions(account->id, error{errc::account_closed});
  return show_again(now, *account);
}

outcome<void> carry_out(work& now, const release_account& wanted) {
  const auto account = find_account(now, wanted.account);
  if (!account) return tl::unexpected(account.error());
  const auto unlocked = now.host.change(storage::unlock_account_now{account->id});
  if (!unlocked) return tl::unexpected(unlocked.error());
  return change_and_show(now, *account, storage::set_closed{account->id, false});
}

outcome<void> carry_out(work& now, const set_account_premium& wanted) {
  const auto account = find_account(now, wanted.account);
  if (!account) return tl::unexpected(account.error());
  return change_and_show(now, *account, storage::set_premium{account->id, wanted.premium});
}

outcome<void> carry_out(work& now, const delete_account& wanted) {
  const auto account = find_account(now, wanted.account);
  if (!account) return tl::unexpected(account.error());
  const auto deleted = now.host.change(storage::delete_account{account->id, now.host.now_ms()});
  if (!deleted) return tl::unexpected(deleted.error());
  now.host.end_sessions(account->id, error{errc::account_deleted});
  return now.tell({{"type", "deleted"}, {"user", account->name}, {"id", to_text(account->id)}});
}

}  // namespace uod::administration
