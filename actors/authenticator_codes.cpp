#include <algorithm>

#include "actors/authenticator_parts.hpp"
#include "actors/log.hpp"
#include "protocol/codes.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

/// Codes and addresses.
namespace uod::authenticator_parts {

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
               // Where there is no account the store is asked all the same: it takes as long.
               const auto id = facts.account ? facts.account->id : account_id{};
               const auto stored = stored_code(self->state.secret, id,
                                               storage::code_purpose::unlock, asked.request.code);
               if (!stored) return refuse(promise, stored.error());
               change(
                   self, promise, storage::unlock_by_code{id, *stored, now_ms(self)},
                   [self, promise, asked, key, id](const storage::change_result&) mutable {
                     give_pass(self, key, asked.from.network);
                     note("account.unlocked", id, asked.from);
                     promise.deliver(answered<nothing>{nothing{}});
                   },
                   [id, from = asked.from](const error& why) {
                     note_wrong_code("unlock", id, from, why);
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
  change(
      self, promise,
      storage::redeem_premium_code{owner.account, stored_premium_code(*bare), now_ms(self)},
      [self, promise, owner](const storage::change_result&) {
        note("account.premium_redeemed", owner.account, owner.from);
        tell_account(self, promise, owner.account);
      },
      [owner](const error& why) { note_wrong_code("premium", owner.account, owner.from, why); });
}

void confirm(self_pointer self, account_promise promise, const confirm_email_at& asked) {
  const auto& owner = asked.owner;
  if (const auto why = rate_refusal(self, limited::code, &owner.account, owner.from.network)) {
    return refuse(promise, *why);
  }
  const auto kept_of = [&](storage::code_purpose purpose) {
    return stored_code(self->state.secret, owner.account, purpose, asked.request.code);
  };
  const auto stored = kept_of(storage::code_purpose::confirm_email);
  const auto stored_move = kept_of(storage::code_purpose::move_email);
  if (!stored || !stored_move) return refuse(promise, error{errc::code_wrong});
  change(
      self, promise,
      storage::confirm_email_by_code{owner.account, *stored, *stored_move, now_ms(self)},
      [self, promise, owner](const storage::change_result&) {
        note("account.email_confirmed", owner.account, owner.from);
        tell_account(self, promise, owner.account);
      },
      [owner](const error& why) {
        note_wrong_code("confirm e-mail", owner.account, owner.from, why);
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
  const auto email = parse_email(asked.request.email);
  if (!email) return refuse(promise, email.error());
  with_password(
      self, promise, asked.owner, asked.request.auth_key,
      [self, promise, asked, email = *email](const storage::account_record& account,
                                             const scene& at) {
        const auto& config = self->state.node->config.mail;
        auto code = make_code(self->state.secret, account.id, storage::code_purpose::move_email,
                              at.now_ms + confirm_code_ms);
        storage::set_code wanted;
        wanted.account = account.id;
        wanted.code = std::move(code.kept);
        wanted.code.new_email = email.shown;
        wanted.code.new_email_key = email.key;
        wanted.mails.push_back(
            confirm_email_mail(account, email.shown, code.shown, at.now_ms, config));
        auto warning = email_changed_mail(account, email.shown, at);
        warning.per_day_max = config.codes_per_day_max;
        wanted.mails.push_back(std::move(warning));
        change(self, promise, std::move(wanted),
               [promise, asked](const storage::change_result&) mutable {
                 note("account.email_change_asked", asked.owner.account, asked.owner.from);
                 promise.deliver(answered<nothing>{nothing{}});
               });
      });
}

}  // namespace uod::authenticator_parts
