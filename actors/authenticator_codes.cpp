#include <algorithm>

#include "actors/audit.hpp"
#include "actors/authenticator_parts.hpp"
#include "actors/log.hpp"
#include "protocol/codes.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

/// Codes, addresses and passwords.
namespace uod::authenticator_parts {
namespace {

/// Something of an account has changed: for the log, and for whoever looks into it later.
void note(std::string_view event, const account_id& account, const visitor& from) {
  log::info(event, {{"account", to_text(account)}, {"address", from.address}});
  audit::write(event, {{"account", to_text(account)}, {"address", from.address}});
}

/// The name that a device of this account gave itself, then goes on.
template <class Value, class Continue>
void with_device_name(self_pointer self, caf::typed_response_promise<answered<Value>> promise,
                      const device_id& device, Continue go_on) {
  self->request(next_reader(self), caf::infinite, read_device{device})
      .then(
          [go_on](device_found& found) {
            go_on(found.value && *found.value ? (*found.value)->name : std::string{});
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}

}  // namespace

void tell_account(self_pointer self, account_promise promise, const account_id& account) {
  with_account(self, promise, account, [promise](const storage::account_record& found) mutable {
    promise.deliver(account_told{shown(found)});
  });
}

// -------------------------------------------------------------------------------- before log-in

void unlock(self_pointer self, done_promise promise, const unlock_at& asked) {
  if (const auto why = rate_refusal(self, limited::code, nullptr, asked.from.network)) {
    return refuse(promise, *why);
  }
  const auto name = parse_name(asked.request.name);
  if (!name) return refuse(promise, error{errc::code_wrong});
  with_facts(self, promise, name->key, asked.from.network,
             [self, promise, asked, key = name->key](const storage::log_in_facts& facts) {
               if (!facts.account) return refuse(promise, error{errc::code_wrong});
               const auto id = facts.account->id;
               const auto stored = stored_code(self->state.secret, id,
                                               storage::code_purpose::unlock, asked.request.code);
               if (!stored) return refuse(promise, stored.error());
               change(self, promise, storage::unlock_by_code{id, *stored, now_ms(self)},
                      [self, promise, asked, key, id](const storage::change_result&) mutable {
                        give_pass(self, key, asked.from.network);
                        note("account.unlocked", id, asked.from);
                        promise.deliver(answered<nothing>{nothing{}});
                      });
             });
}

namespace {

/// Somebody wants a code to set a new password with. From a place that the account is known to be
/// used from there is no limit for the day: otherwise whoever asks often enough would keep the
/// owner from one.
void queue_reset_code(self_pointer self, const forgot_password_at& asked,
                      const storage::account_record& account, bool is_known_place) {
  const auto now = now_ms(self);
  auto code = make_code(self->state.secret, account.id, storage::code_purpose::reset_password,
                        now + reset_code_ms);
  storage::set_code wanted;
  wanted.account = account.id;
  wanted.code = std::move(code.kept);
  auto mail = password_forgotten_mail(account, code.shown, scene_at(self, asked.from, {}),
                                      self->state.node->config.mail);
  if (is_known_place) mail.per_day_max = 0;
  wanted.mails.push_back(std::move(mail));
  note("account.reset_asked", account.id, asked.from);
  self->request(self->state.node->account_store, caf::infinite, change_account{std::move(wanted)})
      .then(
          [](const account_changed& stored) {
            if (stored.value) return;
            log::warning("account.reset_not_sent", {{"error", to_text(stored.value.error())}});
          },
          [](const caf::error&) {});
}

}  // namespace

void send_reset_code(self_pointer self, const forgot_password_at& asked) {
  const auto name = parse_name(asked.request.name);
  if (!name) return;
  self->request(next_reader(self), caf::infinite, read_facts{name->key, asked.from.network})
      .then(
          [self, asked](facts_read& read) {
            // Only the owner of the address may learn anything from it, so an address that nobody
            // has shown to be theirs gets nothing.
            const bool known = read.value && read.value->account;
            if (!known || !read.value->account->email_confirmed || read.value->account->closed) {
              return log::info("account.reset_not_sent", {{"address", asked.from.address}});
            }
            const auto account = *read.value->account;
            self->request(next_reader(self), caf::infinite, read_locations{account.id})
                .then(
                    [self, asked, account](const locations_read& seen) {
                      const auto is_here = [&](const storage::location_record& place) {
                        return place.network == asked.from.network;
                      };
                      const bool known_place =
                          seen.value &&
                          std::any_of(seen.value->begin(), seen.value->end(), is_here);
                      queue_reset_code(self, asked, account, known_place);
                    },
                    [](const caf::error&) {});
          },
          [](const caf::error&) {});
}

void reset(self_pointer self, login_promise promise, const reset_password_at& asked) {
  if (const auto why = rate_refusal(self, limited::code, nullptr, asked.from.network)) {
    return refuse(promise, *why);
  }
  const auto& request = asked.request;
  if (!acceptable(request.argon2)) return refuse(promise, error{errc::parameters_weak});
  if (request.salt.size() != salt_octets) return refuse(promise, error{errc::malformed, "salt"});
  if (request.device.id.is_nil()) return refuse(promise, error{errc::malformed, "device"});
  const auto name = parse_name(request.name);
  if (!name) return refuse(promise, error{errc::code_wrong});
  with_facts(self, promise, name->key, asked.from.network,
             [self, promise, asked](const storage::log_in_facts& facts) {
               // One that is closed tells a stranger no more than one that is not there.
               const bool open = facts.account && !facts.account->closed;
               if (!open) return refuse(promise, error{errc::code_wrong});
               const auto& account = *facts.account;
               const auto stored =
                   stored_code(self->state.secret, account.id,
                               storage::code_purpose::reset_password, asked.request.code);
               if (!stored) return refuse(promise, stored.error());
               bytes token = random_bytes(token_octets);
               storage::reset_password_by_code wanted;
               wanted.account = account.id;
               wanted.stored_code = *stored;
               wanted.salt = asked.request.salt;
               wanted.argon2 = asked.request.argon2;
               wanted.stored_auth_key = stored_auth_key(account.id, asked.request.auth_key);
               wanted.device =
                   new_device(self, account.id, asked.request.device, asked.from.address, token);
               wanted.seen = sighting_at(self, asked.from, wanted.device.name);
               wanted.mails.push_back(
                   password_changed_mail(account, scene_at(self, asked.from, wanted.device.name)));
               logged_in back{shown(account), wanted.device.id, std::move(token)};
               change(self, promise, std::move(wanted),
                      [self, promise, asked, back](const storage::change_result&) mutable {
                        note("account.password_reset", back.account.id, asked.from);
                        end_sessions(self, back.account.id, device_id{}, back.device,
                                     error{errc::not_logged_in, "the password was reset"});
                        enlist_session(self, asked.session, back);
                        promise.deliver(answered<logged_in>{std::move(back)});
                      });
             });
}

// ------------------------------------------------------------------------------------ logged in

void redeem(self_pointer self, account_promise promise, const redeem_premium_at& asked) {
  const auto& owner = asked.owner;
  if (const auto why = rate_refusal(self, limited::code, &owner.account, owner.from.network)) {
    return refuse(promise, *why);
  }
  const auto bare =
      parse_code(asked.request.code, premium_code_characters, errc::premium_code_invalid);
  if (!bare) return refuse(promise, bare.error());
  change(self, promise,
         storage::redeem_premium_code{owner.account, stored_premium_code(*bare), now_ms(self)},
         [self, promise, owner](const storage::change_result&) {
           note("account.premium_redeemed", owner.account, owner.from);
           tell_account(self, promise, owner.account);
         });
}

void confirm(self_pointer self, account_promise promise, const confirm_email_at& asked) {
  const auto& owner = asked.owner;
  if (const auto why = rate_refusal(self, limited::code, &owner.account, owner.from.network)) {
    return refuse(promise, *why);
  }
  const auto stored = stored_code(self->state.secret, owner.account,
                                  storage::code_purpose::confirm_email, asked.request.code);
  if (!stored) return refuse(promise, stored.error());
  change(self, promise, storage::confirm_email_by_code{owner.account, *stored, now_ms(self)},
         [self, promise, owner](const storage::change_result&) {
           note("account.email_confirmed", owner.account, owner.from);
           tell_account(self, promise, owner.account);
         });
}

void send_confirm_code(self_pointer self, done_promise promise, const send_email_code_at& asked) {
  with_account(
      self, promise, asked.owner.account,
      [self, promise](const storage::account_record& account) mutable {
        if (account.email_confirmed) {
          return refuse(promise, error{errc::not_allowed, account.email + " is confirmed already"});
        }
        const auto now = now_ms(self);
        auto code = make_code(self->state.secret, account.id, storage::code_purpose::confirm_email,
                              now + confirm_code_ms);
        storage::set_code wanted;
        wanted.account = account.id;
        wanted.code = std::move(code.kept);
        wanted.mails.push_back(confirm_email_mail(account, account.email, code.shown, now,
                                                  self->state.node->config.mail));
        change(self, promise, std::move(wanted), [promise](const storage::change_result&) mutable {
          promise.deliver(answered<nothing>{nothing{}});
        });
      });
}

void move_email(self_pointer self, done_promise promise, const change_email_at& asked) {
  const auto& owner = asked.owner;
  const auto email = parse_email(asked.request.email);
  if (!email) return refuse(promise, email.error());
  if (const auto why = rate_refusal(self, limited::log_in, &owner.account, owner.from.network)) {
    return refuse(promise, *why);
  }
  with_account(
      self, promise, owner.account,
      [self, promise, asked, email = *email](const storage::account_record& account) {
        const bytes given = stored_auth_key(account.id, asked.request.auth_key);
        if (!equal_in_constant_time(account.stored_auth_key, given)) {
          note("account.email_change_refused", account.id, asked.owner.from);
          return refuse(promise, error{errc::wrong_credentials});
        }
        with_device_name(
            self, promise, asked.owner.device,
            [self, promise, asked, email, account](const std::string& device) {
              const auto now = now_ms(self);
              const auto& config = self->state.node->config.mail;
              auto code = make_code(self->state.secret, account.id,
                                    storage::code_purpose::confirm_email, now + confirm_code_ms);
              storage::set_code wanted;
              wanted.account = account.id;
              wanted.code = std::move(code.kept);
              wanted.code.new_email = email.shown;
              wanted.code.new_email_key = email.key;
              wanted.mails.push_back(
                  confirm_email_mail(account, email.shown, code.shown, now, config));
              auto warning = email_changed_mail(account, email.shown,
                                                scene_at(self, asked.owner.from, device));
              warning.per_day_max = config.codes_per_day_max;
              wanted.mails.push_back(std::move(warning));
              change(self, promise, std::move(wanted),
                     [promise, asked](const storage::change_result&) mutable {
                       note("account.email_change_asked", asked.owner.account, asked.owner.from);
                       promise.deliver(answered<nothing>{nothing{}});
                     });
            });
      });
}

void change_key(self_pointer self, done_promise promise, const change_password_at& asked) {
  const auto& request = asked.request;
  if (!acceptable(request.argon2)) return refuse(promise, error{errc::parameters_weak});
  if (request.salt.size() != salt_octets) return refuse(promise, error{errc::malformed, "salt"});
  const auto& owner = asked.owner;
  if (const auto why = rate_refusal(self, limited::log_in, &owner.account, owner.from.network)) {
    return refuse(promise, *why);
  }
  with_account(
      self, promise, owner.account,
      [self, promise, asked](const storage::account_record& account) mutable {
        const auto& wanted_key = asked.request.new_auth_key;
        const bytes fresh = stored_auth_key(account.id, wanted_key);
        // Asked again after a lost answer: it has been done.
        if (equal_in_constant_time(account.stored_auth_key, fresh)) {
          promise.deliver(answered<nothing>{nothing{}});
          return;
        }
        const bytes given = stored_auth_key(account.id, asked.request.auth_key);
        if (!equal_in_constant_time(account.stored_auth_key, given)) {
          audit::write("account.password_change_refused",
                       {{"account", to_text(account.id)}, {"address", asked.owner.from.address}});
          return refuse(promise, error{errc::wrong_credentials});
        }
        with_device_name(
            self, promise, asked.owner.device,
            [self, promise, asked, account, fresh](const std::string& device) {
              storage::replace_password wanted;
              wanted.account = account.id;
              wanted.salt = asked.request.salt;
              wanted.argon2 = asked.request.argon2;
              wanted.stored_auth_key = fresh;
              wanted.keep_device = asked.owner.device;
              wanted.keep_devices = asked.request.keep_devices;
              wanted.mails.push_back(password_changed_mail(
                  account, scene_at(self, asked.owner.from, device), asked.request.keep_devices));
              change(self, promise, std::move(wanted),
                     [self, promise, asked](const storage::change_result&) mutable {
                       note("account.password_changed", asked.owner.account, asked.owner.from);
                       promise.deliver(answered<nothing>{nothing{}});
                       if (asked.request.keep_devices) {
                         ++self->state.revocations;
                         return;
                       }
                       end_sessions(self, asked.owner.account, device_id{}, asked.owner.device,
                                    error{errc::not_logged_in, "the password was changed"});
                     });
            });
      });
}

}  // namespace uod::authenticator_parts
