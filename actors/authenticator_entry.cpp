#include "actors/audit.hpp"
#include "actors/authenticator_parts.hpp"
#include "actors/log.hpp"
#include "protocol/codes.hpp"
#include "protocol/names.hpp"
#include "protocol/network.hpp"
#include "protocol/password.hpp"

/// The ways in: registration, password, token; and the way out.
namespace uod::authenticator_parts {
namespace {

using log_in_ptr = std::shared_ptr<const log_in_at>;
using resume_ptr = std::shared_ptr<const resume_at>;

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

void note_registered(const account_info& account, const visitor& from) {
  const auto id = to_text(account.id);
  log::info("account.registered", {{"account", id}, {"address", from.address}});
  audit::write("account.registered", {{"account", id},
                                      {"name", account.name},
                                      {"address", from.address},
                                      {"premium", account.premium ? "yes" : "no"}});
}

// ------------------------------------------------------------------------------------- password

void let_in(self_pointer self, login_promise promise, const log_in_ptr& asked,
            const storage::account_record& account) {
  bytes token = random_bytes(token_octets);
  auto device = new_device(self, account.id, asked->request.device, asked->from.address, token);
  const auto id = device.id;
  storage::put_device put;
  put.stored_auth_key = account.stored_auth_key;
  put.seen = sighting_at(self, asked->from, device.name);
  put.warning = new_location_mail(account, id, scene_at(self, asked->from, device.name),
                                  self->state.node->config.mail);
  put.device = std::move(device);
  logged_in welcome_back{shown(account), id, std::move(token)};
  change(self, promise, std::move(put),
         [self, promise, asked, welcome_back](const storage::change_result& told) mutable {
           const auto account_text = to_text(welcome_back.account.id);
           log::info("account.logged_in",
                     {{"account", account_text}, {"address", asked->from.address}});
           audit::write("account.logged_in", {{"account", account_text},
                                              {"device", to_text(welcome_back.device)},
                                              {"address", asked->from.address},
                                              {"new_place", told.place_was_new ? "yes" : "no"}});
           end_pushed(self, welcome_back.account.id, told);
           enlist_session(self, asked->session, welcome_back);
           promise.deliver(answered<logged_in>{std::move(welcome_back)});
         });
}

void judge(self_pointer self, login_promise promise, const log_in_ptr& asked,
           const account_name& name, const storage::log_in_facts& facts) {
  const guess made{name.key, asked->from, clean_device_name(asked->request.device.name)};
  if (const auto why = guess_refusal(self, made, facts)) return refuse(promise, *why);
  if (!is_key_of(facts.account, asked->request.auth_key)) {
    return count_wrong(self, made, facts.account,
                       [promise](const error& why) { refuse(promise, why); });
  }
  if (facts.account->closed) return refuse(promise, closed_account());
  let_in(self, promise, asked, *facts.account);
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

void note_failed_resume(const resume_ptr& asked) {
  const auto named = to_text(asked->request.device);
  log::warning("device.resume_failed", {{"device", named}, {"address", asked->from.address}});
  audit::write("device.resume_failed", {{"device", named}, {"address", asked->from.address}});
}

void judge(self_pointer self, login_promise promise, const resume_ptr& asked,
           const device_and_owner& found, std::uint64_t seen_revocations) {
  const auto& device = found.device;
  if (!device) {
    note_failed_resume(asked);
    return refuse(promise, error{errc::wrong_credentials});
  }
  if (self->state.revoked.since(seen_revocations, device->account)) {
    return log_in_by_token(self, promise, asked);  // it may have been this one
  }
  const auto& account = found.owner;
  if (!account || account->deleted_at_ms != 0) {
    return refuse(promise, error{errc::wrong_credentials});
  }
  if (account->closed) return refuse(promise, closed_account());
  note_place(self, asked, *device, *account);
  logged_in back{shown(*account), device->id, {}};
  enlist_session(self, asked->session, back);
  promise.deliver(answered<logged_in>{std::move(back)});
}

}  // namespace

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
  logged_in welcome_new{shown(*account), wanted.device.id, std::move(token)};
  welcome_new.account.premium = !asked.request.premium_code.empty();
  const auto wrong_code = [id = account->id, from = asked.from](const error& why) {
    note_wrong_code("premium", id, from, why);
  };
  change(
      self, promise, std::move(wanted),
      [self, promise, asked, welcome_new](const storage::change_result& told) mutable {
        if (told.earlier) {
          welcome_new.account = shown(*told.earlier);  // as it is, whatever was asked for
        } else {
          note_registered(welcome_new.account, asked.from);
        }
        end_pushed(self, welcome_new.account.id, told);
        enlist_session(self, asked.session, welcome_new);
        promise.deliver(answered<logged_in>{std::move(welcome_new)});
      },
      wrong_code);
}

void log_in_by_password(self_pointer self, login_promise promise, log_in_ptr asked) {
  const auto name = parse_name(asked->request.name);
  if (!name) return refuse(promise, error{errc::wrong_credentials});
  if (asked->request.device.id.is_nil()) return refuse(promise, error{errc::malformed, "device"});
  // The name's own rate comes after its locks: otherwise a stranger could use it up, and the owner
  // would be kept out without a lock, a mail and a code.
  if (const auto why = rate_refusal(self, limited::log_in, nullptr, asked->from.network)) {
    return refuse(promise, *why);
  }
  with_facts(self, promise, name->key, asked->from.network,
             [self, promise, asked, name = *name](const storage::log_in_facts& facts) {
               judge(self, promise, asked, name, facts);
             });
}

void log_in_by_token(self_pointer self, login_promise promise, resume_ptr asked) {
  const auto seen_revocations = self->state.revoked.now();
  self->request(next_reader(self), caf::infinite,
                read_device_and_owner{asked->request.device, stored_token(asked->request.token)})
      .then(
          [self, promise, asked, seen_revocations](const device_and_owner_found& found) {
            if (!found.value) return refuse(promise, found.value.error());
            judge(self, promise, asked, *found.value, seen_revocations);
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
        end_sessions(self, asked.account, asked.all_devices ? device_id{} : asked.device, {},
                     error{errc::not_logged_in, "this device was logged out"});
      });
}

}  // namespace uod::authenticator_parts
