#include "actors/audit.hpp"
#include "actors/authenticator_parts.hpp"
#include "actors/log.hpp"
#include "protocol/codes.hpp"
#include "protocol/names.hpp"
#include "protocol/network.hpp"
#include "protocol/password.hpp"
#include "protocol/times.hpp"

/// The ways in: registration, password, token; and the way out.
namespace uod::authenticator_parts {
namespace {

using log_in_ptr = std::shared_ptr<const log_in_at>;
using resume_ptr = std::shared_ptr<const resume_at>;

std::string pass_key(const std::string& name_key, const std::string& network) {
  return name_key + '\n' + network;
}

std::uint32_t wait_until(std::uint64_t until_ms, std::uint64_t now) {
  const std::uint64_t wait_ms = until_ms > now ? until_ms - now : 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wait_ms, UINT32_MAX));
}

error locked_until(std::uint64_t until_ms, std::uint64_t now) {
  return {errc::account_locked, "until " + time_for_people(until_ms), wait_until(until_ms, now)};
}

error network_locked_until(std::uint64_t until_ms, std::uint64_t now) {
  return {errc::rate_limited,
          "too many wrong passwords from this network, until " + time_for_people(until_ms),
          wait_until(until_ms, now)};
}

error closed_account() { return {errc::account_closed}; }

// --------------------------------------------------------------------------------- registration

outcome<storage::account_record> account_from(const register_account& request, std::uint64_t now) {
  auto name = parse_name(request.name);
  if (!name) return tl::unexpected(name.error());
  if (is_reserved_name(*name)) return fail(errc::name_taken, name->shown);
  auto email = parse_email(request.email);
  if (!email) return tl::unexpected(email.error());
  if (!acceptable(request.argon2)) return fail(errc::parameters_weak);
  if (request.salt.size() != salt_octets) return fail(errc::malformed, "salt");
  if (request.id.is_nil() || request.device.id.is_nil()) return fail(errc::malformed, "id");
  storage::account_record account;
  account.id = request.id;
  account.name = name->shown;
  account.name_key = name->key;
  account.name_skeleton = name->skeleton;
  account.email = email->shown;
  account.email_key = email->key;
  account.salt = request.salt;
  account.argon2 = request.argon2;
  account.stored_auth_key = stored_auth_key(request.id, request.auth_key);
  account.created_at_ms = now;
  return account;
}

// ------------------------------------------------------------------------------------- password

/// Counts a wrong password; then says what it has come to.
void count_wrong(self_pointer self, login_promise promise, const log_in_ptr& asked,
                 const account_name& name, const std::optional<storage::account_record>& account) {
  const auto& config = self->state.node->config;
  const auto now = now_ms(self);
  const auto& lockout = config.lockout;
  storage::count_failure failed;
  failed.name_key = name.key;
  failed.network = asked->from.network;
  failed.now_ms = now;
  failed.name_policy = {lockout.failures_max, lockout.first_ms, lockout.longest_ms,
                        lockout.forgotten_ms};
  failed.network_policy = failed.name_policy;
  failed.network_policy.failures_max = lockout.network_failures_max;
  if (account) {
    auto code = make_code(self->state.secret, account->id, storage::code_purpose::unlock,
                          now + unlock_code_ms);
    failed.account = account->id;
    failed.unlock = std::move(code.kept);
    const auto device = clean_device_name(asked->request.device.name);
    failed.warning = locked_mail(*account, code.shown, scene_at(self, asked->from, device), config);
  }
  const std::string who = account ? to_text(account->id) : "unknown";
  log::warning("account.login_failed", {{"account", who}, {"address", asked->from.address}});
  audit::write("account.login_failed", {{"account", who}, {"address", asked->from.address}});
  change(self, promise, std::move(failed),
         [self, promise, who, asked](const storage::change_result& told) {
           const auto at = now_ms(self);
           const auto& network = told.network_lock;
           if (network.failed_at_ms == at && network.locked(at)) {
             log::warning("network.locked", {{"network", asked->from.network},
                                             {"until", time_for_people(network.until_ms)}});
             audit::write("network.locked", {{"network", asked->from.network},
                                             {"until", time_for_people(network.until_ms)}});
           }
           if (!told.locked_now) return refuse(promise, error{errc::wrong_credentials});
           ++self->state.node->counters.locks;
           log::warning("account.locked", {{"account", who},
                                           {"address", asked->from.address},
                                           {"until", time_for_people(told.name_lock.until_ms)}});
           audit::write("account.locked", {{"account", who},
                                           {"address", asked->from.address},
                                           {"until", time_for_people(told.name_lock.until_ms)}});
           refuse(promise, locked_until(told.name_lock.until_ms, at));
         });
}

void let_in(self_pointer self, login_promise promise, const log_in_ptr& asked,
            const storage::account_record& account) {
  bytes token = random_bytes(token_octets);
  auto device = new_device(self, account.id, asked->request.device, asked->from.address, token);
  const auto id = device.id;
  storage::put_device put;
  put.seen = sighting_at(self, asked->from, device.name);
  put.warning = new_location_mail(account, id, scene_at(self, asked->from, device.name),
                                  self->state.node->config.mail);
  put.device = std::move(device);
  logged_in welcome_back{shown(account), id, std::move(token)};
  const auto seen_revocations = self->state.revocations;
  change(self, promise, std::move(put),
         [self, promise, asked, welcome_back,
          seen_revocations](const storage::change_result& told) mutable {
           const auto account_text = to_text(welcome_back.account.id);
           if (self->state.revocations != seen_revocations) {
             // Somebody was logged out, perhaps with this password, while it was on its way.
             return change(self, promise,
                           storage::remove_device{welcome_back.account.id, welcome_back.device},
                           [self, promise, asked](const storage::change_result&) {
                             log_in_by_password(self, promise, asked);
                           });
           }
           log::info("account.logged_in",
                     {{"account", account_text}, {"address", asked->from.address}});
           audit::write("account.logged_in", {{"account", account_text},
                                              {"device", to_text(welcome_back.device)},
                                              {"address", asked->from.address},
                                              {"new_place", told.place_was_new ? "yes" : "no"}});
           enlist_session(self, asked->session, welcome_back);
           promise.deliver(answered<logged_in>{std::move(welcome_back)});
         });
}

void judge(self_pointer self, login_promise promise, const log_in_ptr& asked,
           const account_name& name, const storage::log_in_facts& facts) {
  const auto now = now_ms(self);
  if (!may_pass(self, name.key, asked->from.network)) {
    if (facts.network_lock.locked(now)) {
      return refuse(promise, network_locked_until(facts.network_lock.until_ms, now));
    }
    if (facts.name_lock.locked(now)) {
      return refuse(promise, locked_until(facts.name_lock.until_ms, now));
    }
  }
  // Unknown names cost the same work and get the same answer as wrong keys.
  const auto& account = facts.account;
  const account_id id = account ? account->id : account_id{};
  const bytes expected = account ? account->stored_auth_key : bytes(32, '\0');
  const bytes given = stored_auth_key(id, asked->request.auth_key);
  if (!equal_in_constant_time(expected, given) || !account) {
    return count_wrong(self, promise, asked, name, account);
  }
  if (account->closed) return refuse(promise, closed_account());
  let_in(self, promise, asked, *account);
}

// ---------------------------------------------------------------------------------------- token

/// A device is where it was not, or has not been seen for long: its place is looked at. Nobody
/// waits for that.
void note_place(self_pointer self, const resume_ptr& asked, const storage::device_record& device,
                const storage::account_record& account) {
  const auto now = now_ms(self);
  const bool moved = network_of(device.address) != asked->from.network;
  const bool stale = now > device.last_seen_ms && now - device.last_seen_ms > place_stale_ms;
  if (!moved && !stale) return;
  storage::note_sighting noted;
  noted.account = account.id;
  noted.device = device.id;
  noted.address = asked->from.address;
  noted.seen = sighting_at(self, asked->from, device.name);
  noted.warning = new_location_mail(account, device.id, scene_at(self, asked->from, device.name),
                                    self->state.node->config.mail);
  self->request(self->state.node->account_store, caf::infinite, change_account{std::move(noted)})
      .then(
          [account_text = to_text(account.id), device_text = to_text(device.id),
           address = asked->from.address](const account_changed& stored) {
            if (!stored.value) {
              log::warning("device.place_not_noted",
                           {{"device", device_text}, {"error", to_text(stored.value.error())}});
            } else if (stored.value->place_was_new) {
              audit::write(
                  "device.new_place",
                  {{"account", account_text}, {"device", device_text}, {"address", address}});
            }
          },
          [](const caf::error&) {});
}

void welcome_device(self_pointer self, login_promise promise, const resume_ptr& asked,
                    const storage::device_record& device, std::uint64_t seen_revocations) {
  self->request(next_reader(self), caf::infinite, read_account_by_id{device.account})
      .then(
          [self, promise, asked, device, seen_revocations](account_found& found) mutable {
            if (!found.value) return refuse(promise, found.value.error());
            if (self->state.revocations != seen_revocations) {
              return log_in_by_token(self, promise, asked);  // it may have been this one
            }
            const auto& account = *found.value;
            if (!account || account->deleted_at_ms != 0) {
              return refuse(promise, error{errc::wrong_credentials});
            }
            if (account->closed) return refuse(promise, closed_account());
            note_place(self, asked, device, *account);
            logged_in back{shown(*account), device.id, {}};
            enlist_session(self, asked->session, back);
            promise.deliver(answered<logged_in>{std::move(back)});
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}

}  // namespace

bool may_pass(self_pointer self, const std::string& name_key, const std::string& network) {
  const auto& passes = self->state.passes_until_ms;
  const auto found = passes.find(pass_key(name_key, network));
  return found != passes.end() && now_ms(self) < found->second;
}

void give_pass(self_pointer self, const std::string& name_key, const std::string& network) {
  auto& passes = self->state.passes_until_ms;
  const auto now = now_ms(self);
  if (passes.size() >= unlock_passes_max) {
    std::erase_if(passes, [now](const auto& each) { return each.second <= now; });
  }
  if (passes.size() >= unlock_passes_max) return;  // the lock has ended all the same
  passes[pass_key(name_key, network)] = now + unlock_pass_ms;
}

void register_new(self_pointer self, login_promise promise, const register_at& asked) {
  if (const auto why = rate_refusal(self, limited::register_account, nullptr, asked.from.network)) {
    return refuse(promise, *why);
  }
  const auto now = now_ms(self);
  auto account = account_from(asked.request, now);
  if (!account) return refuse(promise, account.error());
  storage::create_account wanted;
  if (!asked.request.premium_code.empty()) {
    const auto bare =
        parse_code(asked.request.premium_code, premium_code_characters, errc::premium_code_invalid);
    const auto why = rate_refusal(self, limited::code, nullptr, asked.from.network);
    if (why) return refuse(promise, *why);
    if (!bare) return refuse(promise, bare.error());
    wanted.stored_premium_code = stored_premium_code(*bare);
  }
  bytes token = random_bytes(token_octets);
  wanted.device = new_device(self, account->id, asked.request.device, asked.from.address, token);
  wanted.seen = sighting_at(self, asked.from, wanted.device.name);
  auto code = make_code(self->state.secret, account->id, storage::code_purpose::confirm_email,
                        now + confirm_code_ms);
  wanted.code = std::move(code.kept);
  wanted.mails.push_back(welcome_mail(*account, code.shown, now));
  wanted.account = *account;
  const device_id device = wanted.device.id;
  change(self, promise, std::move(wanted),
         [self, promise, account = std::move(*account), token = std::move(token), device,
          from = asked.from, session = asked.session,
          premium = !asked.request.premium_code.empty()](const storage::change_result&) mutable {
           const auto id = to_text(account.id);
           log::info("account.registered", {{"account", id}, {"address", from.address}});
           audit::write("account.registered", {{"account", id},
                                               {"name", account.name},
                                               {"address", from.address},
                                               {"premium", premium ? "yes" : "no"}});
           logged_in welcome_new{shown(account), device, std::move(token)};
           welcome_new.account.premium = premium;
           enlist_session(self, session, welcome_new);
           promise.deliver(answered<logged_in>{std::move(welcome_new)});
         });
}

void log_in_by_password(self_pointer self, login_promise promise, log_in_ptr asked) {
  const auto name = parse_name(asked->request.name);
  if (!name) return refuse(promise, error{errc::wrong_credentials});
  if (asked->request.device.id.is_nil()) return refuse(promise, error{errc::malformed, "device"});
  const account_id shadow = shadow_of(self, name->key);
  const bool passes = may_pass(self, name->key, asked->from.network);
  const auto why =
      rate_refusal(self, limited::log_in, passes ? nullptr : &shadow, asked->from.network);
  if (why) return refuse(promise, *why);
  with_facts(self, promise, name->key, asked->from.network,
             [self, promise, asked, name = *name](const storage::log_in_facts& facts) {
               judge(self, promise, asked, name, facts);
             });
}

void log_in_by_token(self_pointer self, login_promise promise, resume_ptr asked) {
  const auto seen_revocations = self->state.revocations;
  self->request(next_reader(self), caf::infinite, read_device{asked->request.device})
      .then(
          [self, promise, asked, seen_revocations](device_found& found) {
            if (!found.value) return refuse(promise, found.value.error());
            const auto& device = *found.value;
            const bytes expected = device ? device->stored_token : bytes(32, '\0');
            if (!equal_in_constant_time(expected, stored_token(asked->request.token)) || !device) {
              log::warning("device.resume_failed", {{"device", to_text(asked->request.device)},
                                                    {"address", asked->from.address}});
              return refuse(promise, error{errc::wrong_credentials});
            }
            welcome_device(self, promise, asked, *device, seen_revocations);
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}

void forget_devices(self_pointer self, done_promise promise, const log_out_of& asked) {
  storage::account_change wanted = storage::remove_device{asked.account, asked.device};
  if (asked.all_devices) wanted = storage::remove_all_devices{asked.account};
  change(
      self, promise, std::move(wanted),
      [self, promise, asked](const storage::change_result&) mutable {
        // Answered first, so that whoever asked hears of it before it is closed as well.
        promise.deliver(answered<nothing>{nothing{}});
        const std::string which = asked.all_devices ? "all" : to_text(asked.device);
        log::info("account.logged_out", {{"account", to_text(asked.account)}, {"device", which}});
        audit::write("account.logged_out",
                     {{"account", to_text(asked.account)}, {"device", which}});
        end_sessions(self, asked.account, asked.all_devices ? device_id{} : asked.device,
                     device_id{}, error{errc::not_logged_in, "this device was logged out"});
      });
}

}  // namespace uod::authenticator_parts
