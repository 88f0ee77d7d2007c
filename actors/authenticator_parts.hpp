#pragma once

#include <functional>

#include "actors/account_mails.hpp"
#include "actors/authenticator.hpp"

/// What the files of the authenticator share among themselves.
namespace uod::authenticator_parts {

using self_pointer = authenticator_actor::stateful_pointer<authenticator_state>;
using login_promise = caf::typed_response_promise<answered<logged_in>>;
using done_promise = caf::typed_response_promise<answered<nothing>>;
using account_promise = caf::typed_response_promise<account_told>;

// authenticator.cpp
const store_reader_actor& next_reader(self_pointer self);
std::uint64_t now_ms(self_pointer self);
error store_gone();
account_info shown(const storage::account_record& account);
storage::device_record new_device(self_pointer self, const account_id& account,
                                  const device_info& device, const std::string& address,
                                  bytes_view token);
scene scene_at(self_pointer self, const visitor& from, const std::string& device);
storage::sighting sighting_at(self_pointer self, const visitor& from, const std::string& device);
/// Takes one of a rate; why not, where there is none.
std::optional<error> rate_refusal(self_pointer self, limited what, const account_id* account,
                                  const std::string& network);
/// Something of an account has changed: for the log, and for whoever looks into it later.
void note(std::string_view event, const account_id& account, const visitor& from);
/// A stand-in for the account of a name, whether or not somebody has it.
account_id shadow_of(self_pointer self, const std::string& name_key);
/// Ends the sessions of devices that were logged out, but for one. After the commit that did it.
void end_sessions(self_pointer self, const account_id& account, const device_id& device,
                  const session_actor& but, const error& why);
/// Ends those of a device that had to go for another one.
void end_pushed(self_pointer self, const account_id& account, const storage::change_result& told);
/// The directory knows the session before its client hears that it is logged in.
void enlist_session(self_pointer self, const session_actor& session, const logged_in& in);

template <class Value>
void refuse(caf::typed_response_promise<answered<Value>> promise, const error& why) {
  promise.deliver(answered<Value>{tl::unexpected(why)});
}

/// Makes a change durable, then goes on with what it told; a failure is told first, then it is the
/// promise's.
template <class Value, class Continue, class Told>
void change(self_pointer self, caf::typed_response_promise<answered<Value>> promise,
            storage::account_change wanted, Continue go_on, Told failed) {
  self->request(self->state.node->account_store, caf::infinite, change_account{std::move(wanted)})
      .then(
          [promise, go_on, failed](account_changed& stored) mutable {
            if (stored.value) return go_on(*stored.value);
            failed(stored.value.error());
            refuse(promise, stored.value.error());
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}
template <class Value, class Continue>
void change(self_pointer self, caf::typed_response_promise<answered<Value>> promise,
            storage::account_change wanted, Continue go_on) {
  change(self, promise, std::move(wanted), std::move(go_on), [](const error&) {});
}

/// Reads an account that is there, then goes on with it.
template <class Value, class Continue>
void with_account(self_pointer self, caf::typed_response_promise<answered<Value>> promise,
                  const account_id& id, Continue go_on) {
  self->request(next_reader(self), caf::infinite, read_account_by_id{id})
      .then(
          [promise, go_on](account_found& found) mutable {
            if (!found.value) return refuse(promise, found.value.error());
            if (!*found.value || (*found.value)->deleted_at_ms != 0) {
              return refuse(promise, error{errc::no_such_account});
            }
            go_on(**found.value);
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}

/// Reads what is known of a name and a network, then goes on with it.
template <class Value, class Continue>
void with_facts(self_pointer self, caf::typed_response_promise<answered<Value>> promise,
                const std::string& name_key, const std::string& network, Continue go_on) {
  self->request(next_reader(self), caf::infinite, read_facts{name_key, network})
      .then(
          [promise, go_on](facts_read& read) mutable {
            if (!read.value) return refuse(promise, read.value.error());
            go_on(*read.value);
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}

// authenticator_entry.cpp: the ways in and out
void register_new(self_pointer self, login_promise promise, const register_at& asked);
void log_in_by_password(self_pointer self, login_promise promise,
                        std::shared_ptr<const log_in_at> asked);
void log_in_by_token(self_pointer self, login_promise promise,
                     std::shared_ptr<const resume_at> asked);
void forget_devices(self_pointer self, done_promise promise, const log_out_of& asked);

// authenticator_locks.cpp: what stands between a guess and an answer
/// Somebody who shows a password, at a log-in or to change something.
struct guess {
  std::string name_key;
  visitor from;
  std::string device;  ///< the name of theirs, for the warning
};
/// Why a guess is not even looked at: a lock, the rate of the name. Otherwise it takes one of that.
std::optional<error> guess_refusal(self_pointer self, const guess& made,
                                   const storage::log_in_facts& facts);
/// Whether a key is the account's; takes as long where there is no account.
bool is_key_of(const std::optional<storage::account_record>& account, const bytes& auth_key);
/// Counts a wrong password; then says what it has come to.
void count_wrong(self_pointer self, const guess& made,
                 const std::optional<storage::account_record>& account,
                 std::function<void(const error&)> then);
/// Tells the audit log of a wrong code, if that is why something was refused.
void note_wrong_code(std::string_view purpose, const account_id& account, const visitor& from,
                     const error& why);
/// For ten minutes no lock of this name keeps this network out.
void give_pass(self_pointer self, const std::string& name_key, const std::string& network);

/// The name that a device of this account gave itself, then goes on.
template <class Value, class Continue>
void with_device_name(self_pointer self, caf::typed_response_promise<answered<Value>> promise,
                      const device_id& device, Continue go_on) {
  self->request(next_reader(self), caf::infinite, read_device{device})
      .then(
          [go_on](device_found& found) mutable {
            go_on(found.value && *found.value ? (*found.value)->name : std::string{});
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}

/// An owner shows the password of the account that they are logged in to, then goes on with it. A
/// wrong one counts as it would at a log-in.
template <class Continue>
void with_password(self_pointer self, done_promise promise, const owner_at& owner,
                   const bytes& auth_key, Continue go_on) {
  if (const auto why = rate_refusal(self, limited::log_in, nullptr, owner.from.network)) {
    return refuse(promise, *why);
  }
  with_device_name(self, promise, owner.device, [=](const std::string& device) mutable {
    with_account(self, promise, owner.account, [=](const storage::account_record& owned) mutable {
      const guess made{owned.name_key, owner.from, device};
      with_facts(self, promise, made.name_key, made.from.network,
                 [=](const storage::log_in_facts& facts) mutable {
                   if (const auto why = guess_refusal(self, made, facts)) {
                     return refuse(promise, *why);
                   }
                   if (!is_key_of(facts.account, auth_key)) {
                     return count_wrong(self, made, facts.account,
                                        [promise](const error& why) { refuse(promise, why); });
                   }
                   go_on(*facts.account, scene_at(self, owner.from, device));
                 });
    });
  });
}

// authenticator_codes.cpp: codes, addresses and passwords
void unlock(self_pointer self, done_promise promise, const unlock_at& asked);
void send_reset_code(self_pointer self, const forgot_password_at& asked);
void reset(self_pointer self, login_promise promise, const reset_password_at& asked);
void redeem(self_pointer self, account_promise promise, const redeem_premium_at& asked);
void confirm(self_pointer self, account_promise promise, const confirm_email_at& asked);
void send_confirm_code(self_pointer self, done_promise promise, const send_email_code_at& asked);
void move_email(self_pointer self, done_promise promise, const change_email_at& asked);
void change_key(self_pointer self, done_promise promise, const change_password_at& asked);
void tell_account(self_pointer self, account_promise promise, const account_id& account);

// authenticator_sealing.cpp: identities
void store_identity(self_pointer self, done_promise promise, const put_identity_at& asked);

}  // namespace uod::authenticator_parts
