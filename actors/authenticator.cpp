#include "actors/authenticator.hpp"

#include "actors/audit.hpp"
#include "actors/authenticator_parts.hpp"
#include "actors/log.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

namespace uod {
namespace authenticator_parts {

const store_reader_actor& next_reader(self_pointer self) {
  auto& readers = self->state.node->readers;
  return readers[self->state.next_reader++ % readers.size()];
}

std::uint64_t now_ms(self_pointer self) { return self->state.node->clock.unix_ms(); }

error store_gone() { return {errc::storage_failed, "the store does not answer"}; }

account_info shown(const storage::account_record& account) {
  return {account.id, account.name, account.email, account.premium, account.email_confirmed};
}

storage::device_record new_device(self_pointer self, const account_id& account,
                                  const device_info& device, const std::string& address,
                                  bytes_view token) {
  const auto now = now_ms(self);
  return {.id = device.id,
          .account = account,
          .name = clean_device_name(device.name),
          .address = address,
          .stored_token = stored_token(token),
          .created_at_ms = now,
          .last_seen_ms = now,
          .home_seq = 0};
}

scene scene_at(self_pointer self, const visitor& from, const std::string& device) {
  const auto& places = self->state.places;
  return {from.address, device, places ? places->place_of(from.address) : std::string{},
          now_ms(self)};
}

storage::sighting sighting_at(self_pointer self, const visitor& from, const std::string& device) {
  return {from.network, device, now_ms(self)};
}

std::optional<error> rate_refusal(self_pointer self, limited what, const account_id* account,
                                  const std::string& network) {
  const auto wait_ms = self->state.node->take_rate(what, account, network, self->clock().now());
  if (wait_ms == 0) return {};
  return error{errc::rate_limited, {}, wait_ms};
}

void note(std::string_view event, const account_id& account, const visitor& from) {
  log::info(event, {{"account", to_text(account)}, {"address", from.address}});
  audit::write(event, {{"account", to_text(account)}, {"address", from.address}});
}

account_id shadow_of(self_pointer self, const std::string& name_key) {
  const bytes hash = keyed_hash(self->state.secret, "uod/1 shadow of a name:" + name_key);
  return *account_id::from_octets(bytes_view{hash}.substr(0, 16));
}

void end_sessions(self_pointer self, const account_id& account, const device_id& device,
                  const session_actor& but, const error& why) {
  self->state.revoked.note(account);
  self->send(self->state.node->directory, revoke_sessions{account, device, but, why});
}

void end_pushed(self_pointer self, const account_id& account, const storage::change_result& told) {
  if (!told.device_pushed) return;
  const auto device = *told.device_pushed;
  log::info("device.pushed_out", {{"account", to_text(account)}, {"device", to_text(device)}});
  audit::write("device.pushed_out", {{"account", to_text(account)}, {"device", to_text(device)}});
  end_sessions(self, account, device, {},
               error{errc::not_logged_in, "too many devices; this one was used longest ago"});
}

void enlist_session(self_pointer self, const session_actor& session, const logged_in& in) {
  self->send(self->state.node->directory,
             enlist{in.account.id, in.device, in.account.name, session});
}

namespace {

void tell_salt(self_pointer self, caf::typed_response_promise<answered<salt>> promise,
               const find_salt& asked) {
  const auto name = parse_name(asked.name);
  const std::string key = name ? name->key : asked.name;
  self->request(next_reader(self), caf::infinite, read_account_by_name{key})
      .then(
          [self, promise, key](account_found& found) mutable {
            if (!found.value) return refuse(promise, found.value.error());
            answered<salt> reply;
            const auto& account = *found.value;
            if (account && account->deleted_at_ms == 0) {
              reply.value = salt{account->salt, account->argon2};
            } else {
              const auto& usual = self->state.node->config.argon2;
              reply.value =
                  salt{made_up_salt(self->state.secret, key), {usual.memory_kib, usual.passes}};
            }
            promise.deliver(std::move(reply));
          },
          [promise](const caf::error&) { refuse(promise, store_gone()); });
}

void forget_old(self_pointer self) {
  const auto& config = self->state.node->config;
  self->delayed_send(self, std::chrono::milliseconds(forget_every_ms), forget_due{});
  self->request(self->state.node->account_store, caf::infinite,
                change_account{storage::forget_old{now_ms(self), config.lockout.forgotten_ms}})
      .then([](const account_changed&) {}, [](const caf::error&) {});
}

}  // namespace
}  // namespace authenticator_parts

authenticator_actor::behavior_type authenticator(
    authenticator_actor::stateful_pointer<authenticator_state> self,
    std::shared_ptr<node_context> node, bytes secret, std::shared_ptr<const place_finder> places) {
  using namespace authenticator_parts;
  self->state.node = std::move(node);
  self->state.secret = std::move(secret);
  self->state.places = std::move(places);
  self->delayed_send(self, std::chrono::milliseconds(forget_every_ms), forget_due{});
  const auto log_in_promise = [self] { return self->make_response_promise<answered<logged_in>>(); };
  const auto done_promise = [self] { return self->make_response_promise<answered<nothing>>(); };
  const auto account_promise = [self] { return self->make_response_promise<account_told>(); };
  return {
      [self](const find_salt& asked) -> caf::result<answered<salt>> {
        auto promise = self->make_response_promise<answered<salt>>();
        tell_salt(self, promise, asked);
        return promise;
      },
      [self, log_in_promise](const register_at& asked) -> caf::result<answered<logged_in>> {
        auto promise = log_in_promise();
        register_new(self, promise, asked);
        return promise;
      },
      [self, log_in_promise](log_in_at& asked) -> caf::result<answered<logged_in>> {
        auto promise = log_in_promise();
        log_in_by_password(self, promise, std::make_shared<const log_in_at>(std::move(asked)));
        return promise;
      },
      [self, log_in_promise](resume_at& asked) -> caf::result<answered<logged_in>> {
        auto promise = log_in_promise();
        log_in_by_token(self, promise, std::make_shared<const resume_at>(std::move(asked)));
        return promise;
      },
      [self, log_in_promise](const reset_password_at& asked) -> caf::result<answered<logged_in>> {
        auto promise = log_in_promise();
        reset(self, promise, asked);
        return promise;
      },
      [self, done_promise](const unlock_at& asked) -> caf::result<answered<nothing>> {
        auto promise = done_promise();
        unlock(self, promise, asked);
        return promise;
      },
      [self](const forgot_password_at& asked) {
        send_reset_code(self, asked);
        return answered<nothing>{nothing{}};
      },
      [self, done_promise](const log_out_of& asked) -> caf::result<answered<nothing>> {
        auto promise = done_promise();
        forget_devices(self, promise, asked);
        return promise;
      },
      [self, account_promise](const find_account& asked) -> caf::result<account_told> {
        auto promise = account_promise();
        tell_account(self, promise, asked.account);
        return promise;
      },
      [self, account_promise](const redeem_premium_at& asked) -> caf::result<account_told> {
        auto promise = account_promise();
        redeem(self, promise, asked);
        return promise;
      },
      [self, account_promise](const confirm_email_at& asked) -> caf::result<account_told> {
        auto promise = account_promise();
        confirm(self, promise, asked);
        return promise;
      },
      [self, done_promise](const send_email_code_at& asked) -> caf::result<answered<nothing>> {
        auto promise = done_promise();
        send_confirm_code(self, promise, asked);
        return promise;
      },
      [self, done_promise](const change_email_at& asked) -> caf::result<answered<nothing>> {
        auto promise = done_promise();
        move_email(self, promise, asked);
        return promise;
      },
      [self, done_promise](const change_password_at& asked) -> caf::result<answered<nothing>> {
        auto promise = done_promise();
        change_key(self, promise, asked);
        return promise;
      },
      [self, done_promise](const put_identity_at& asked) -> caf::result<answered<nothing>> {
        auto promise = done_promise();
        store_identity(self, promise, asked);
        return promise;
      },
      [self](const end_sessions_of& asked) {
        end_sessions(self, asked.account, device_id{}, {}, asked.why);
      },
      [self](forget_due) { forget_old(self); },
  };
}

}  // namespace uod
