#include <algorithm>

#include "actors/authenticator_parts.hpp"
#include "actors/log.hpp"
#include "protocol/codes.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/sealed_identity.hpp"

/// Passwords that are changed, or forgotten.
namespace uod::authenticator_parts {
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
               // The store is asked also where there is no account: it takes as long. One that is
               // closed tells a stranger no more than one that is not there.
               const auto account = facts.account.value_or(storage::account_record{});
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
               change(
                   self, promise, std::move(wanted),
                   [self, promise, asked, back](const storage::change_result&) mutable {
                     note("account.password_reset", back.account.id, asked.from);
                     end_sessions(self, back.account.id, device_id{}, {},
                                  error{errc::not_logged_in, "the password was reset"});
                     enlist_session(self, asked.session, back);
                     promise.deliver(answered<logged_in>{std::move(back)});
                   },
                   [id = account.id, from = asked.from](const error& why) {
                     note_wrong_code("reset password", id, from, why);
                   });
             });
}

void change_key(self_pointer self, done_promise promise, const change_password_at& asked) {
  const auto& request = asked.request;
  if (!acceptable(request.argon2)) return refuse(promise, error{errc::parameters_weak});
  if (request.salt.size() != salt_octets) return refuse(promise, error{errc::malformed, "salt"});
  if (request.sealed_by_password.size() > sealed_identity_octets_max) {
    return refuse(promise, error{errc::too_large, "a sealed identity"});
  }
  auto set = [self, promise, asked](const storage::account_record& account,
                                    const scene& at) mutable {
    const auto& owner = asked.owner;
    storage::replace_password wanted;
    wanted.account = account.id;
    wanted.expected_auth_key = account.stored_auth_key;
    wanted.salt = asked.request.salt;
    wanted.argon2 = asked.request.argon2;
    wanted.stored_auth_key = stored_auth_key(account.id, asked.request.new_auth_key);
    wanted.device = owner.device;
    wanted.stored_token = stored_token(asked.request.token);
    wanted.keep_devices = asked.request.keep_devices;
    wanted.sealed_by_password = asked.request.sealed_by_password;
    wanted.mails.push_back(password_changed_mail(account, at, asked.request.keep_devices));
    change(self, promise, std::move(wanted),
           [self, promise, owner,
            keep = asked.request.keep_devices](const storage::change_result&) mutable {
             note("account.password_changed", owner.account, owner.from);
             promise.deliver(answered<nothing>{nothing{}});
             // Whoever came in by the token that this device had until now is out as well.
             end_sessions(self, owner.account, keep ? owner.device : device_id{}, owner.session,
                          error{errc::not_logged_in, "the password was changed"});
           });
  };
  // Asked again after a lost answer, under the new token: it has been done.
  self->request(next_reader(self), caf::infinite, read_device{asked.owner.device})
      .then(
          [self, promise, asked, set](const device_found& found) mutable {
            const bool token_is_new = found.value && *found.value &&
                                      equal_in_constant_time((*found.value)->stored_token,
                                                             stored_token(asked.request.token));
            const auto& key = token_is_new ? asked.request.new_auth_key : asked.request.auth_key;
            with_password(self, promise, asked.owner, key,
                          [promise, set, token_is_new](const storage::account_record& account,
                                                       const scene& at) mutable {
                            if (!token_is_new) return set(account, at);
                            promise.deliver(answered<nothing>{nothing{}});
                          });
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}

}  // namespace uod::authenticator_parts
