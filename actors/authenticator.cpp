#include "actors/authenticator.hpp"

#include "actors/log.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

namespace uod {
namespace {

using self_pointer = authenticator_actor::stateful_pointer<authenticator_state>;
using login_promise = caf::typed_response_promise<answered<logged_in>>;

const error store_gone{errc::storage_failed, "the store does not answer"};

const store_reader_actor& next_reader(self_pointer self) {
  auto& readers = self->state.node->readers;
  return readers[self->state.next_reader++ % readers.size()];
}

storage::device_record new_device(self_pointer self, const account_id& account,
                                  const device_info& device, const std::string& address,
                                  bytes_view token) {
  const auto now_ms = self->state.node->clock.unix_ms();
  return {.id = device.id,
          .account = account,
          .name = clean_device_name(device.name),
          .address = address,
          .stored_token = stored_token(token),
          .created_at_ms = now_ms,
          .last_seen_ms = now_ms};
}

account_info shown(const storage::account_record& account) {
  return {account.id, account.name, account.email, account.premium};
}

void refuse(login_promise promise, const error& why) {
  promise.deliver(answered<logged_in>{tl::unexpected(why)});
}

/// Lets the change decide: on success the device is logged in with this token.
void admit(self_pointer self, login_promise promise, storage::account_change change,
           logged_in welcome_back) {
  self->request(self->state.node->account_store, caf::infinite, change_account{std::move(change)})
      .then(
          [promise, welcome_back](answered<nothing>& stored) mutable {
            if (!stored.value) return refuse(promise, stored.value.error());
            promise.deliver(answered<logged_in>{std::move(welcome_back)});
          },
          [promise](const caf::error&) { refuse(promise, store_gone); });
}

outcome<storage::account_record> account_from(const register_account& request,
                                              std::uint64_t now_ms) {
  auto name = parse_name(request.name);
  if (!name) return tl::unexpected(name.error());
  auto email = parse_email(request.email);
  if (!email) return tl::unexpected(email.error());
  if (!acceptable(request.argon2)) return fail(errc::parameters_weak);
  if (request.salt.size() != salt_octets) return fail(errc::malformed, "salt");
  if (request.id.is_nil() || request.device.id.is_nil()) return fail(errc::malformed, "id");
  return storage::account_record{.id = request.id,
                                 .name = name->shown,
                                 .name_key = name->key,
                                 .name_skeleton = name->skeleton,
                                 .email = email->shown,
                                 .email_key = email->key,
                                 .salt = request.salt,
                                 .argon2 = request.argon2,
                                 .stored_auth_key = stored_auth_key(request.id, request.auth_key),
                                 .premium = false,
                                 .created_at_ms = now_ms,
                                 .last_seen_ms = 0};
}

void create(self_pointer self, login_promise promise, const register_at& asked) {
  auto account = account_from(asked.request, self->state.node->clock.unix_ms());
  if (!account) return refuse(promise, account.error());
  bytes token = random_bytes(token_octets);
  auto device = new_device(self, account->id, asked.request.device, asked.address, token);
  logged_in welcome_new{shown(*account), device.id, std::move(token)};
  log::info("account.registering", {{"account", to_text(account->id)}, {"address", asked.address}});
  admit(self, promise, storage::create_account{std::move(*account), std::move(device)},
        std::move(welcome_new));
}

void check_password(self_pointer self, login_promise promise, const log_in_at& asked,
                    const std::optional<storage::account_record>& account) {
  // Unknown names cost the same work and get the same answer as wrong keys.
  const account_id id = account ? account->id : account_id{};
  const bytes expected = account ? account->stored_auth_key : bytes(32, '\0');
  const bytes given = stored_auth_key(id, asked.request.auth_key);
  if (!equal_in_constant_time(expected, given) || !account) {
    log::warning("account.login_failed", {{"account", account ? to_text(account->id) : "unknown"},
                                          {"address", asked.address}});
    return refuse(promise, error{errc::wrong_credentials});
  }
  bytes token = random_bytes(token_octets);
  auto device = new_device(self, account->id, asked.request.device, asked.address, token);
  logged_in welcome_back{shown(*account), device.id, std::move(token)};
  log::info("account.logged_in", {{"account", to_text(account->id)}, {"address", asked.address}});
  admit(self, promise, storage::put_device{std::move(device)}, std::move(welcome_back));
}

void log_in_by_password(self_pointer self, login_promise promise, log_in_at asked) {
  const auto name = parse_name(asked.request.name);
  if (!name) return refuse(promise, error{errc::wrong_credentials});
  if (asked.request.device.id.is_nil()) return refuse(promise, error{errc::malformed, "device"});
  self->request(next_reader(self), caf::infinite, read_account_by_name{name->key})
      .then(
          [self, promise, asked = std::move(asked)](account_found& found) {
            if (!found.value) return refuse(promise, found.value.error());
            check_password(self, promise, asked, *found.value);
          },
          [promise](const caf::error&) { refuse(promise, store_gone); });
}

void welcome_device(self_pointer self, login_promise promise,
                    const storage::device_record& device) {
  self->request(next_reader(self), caf::infinite, read_account_by_id{device.account})
      .then(
          [promise, device](account_found& found) mutable {
            if (!found.value) return refuse(promise, found.value.error());
            const auto& account = *found.value;
            if (!account) return refuse(promise, error{errc::wrong_credentials});
            promise.deliver(answered<logged_in>{logged_in{shown(*account), device.id, {}}});
          },
          [promise](const caf::error&) { refuse(promise, store_gone); });
}

void log_in_by_token(self_pointer self, login_promise promise, resume_at asked) {
  const read_device wanted{asked.request.device};
  self->request(next_reader(self), caf::infinite, wanted)
      .then(
          [self, promise, asked = std::move(asked)](device_found& found) {
            if (!found.value) return refuse(promise, found.value.error());
            const auto& device = *found.value;
            const bytes expected = device ? device->stored_token : bytes(32, '\0');
            if (!equal_in_constant_time(expected, stored_token(asked.request.token)) || !device) {
              log::warning("device.resume_failed",
                           {{"device", to_text(asked.request.device)}, {"address", asked.address}});
              return refuse(promise, error{errc::wrong_credentials});
            }
            welcome_device(self, promise, *device);
          },
          [promise](const caf::error&) { refuse(promise, store_gone); });
}

void forget_devices(self_pointer self, caf::typed_response_promise<answered<nothing>> promise,
                    const log_out_of& asked) {
  storage::account_change change = storage::remove_device{asked.account, asked.device};
  if (asked.all_devices) change = storage::remove_all_devices{asked.account};
  self->request(self->state.node->account_store, caf::infinite, change_account{std::move(change)})
      .then(
          [self, promise, asked](answered<nothing>& stored) mutable {
            const bool logged_out = stored.value.has_value();
            // Answered first, so that whoever asked hears of it before it is closed as well.
            promise.deliver(std::move(stored));
            if (!logged_out) return;
            log::info("account.logged_out", {{"account", to_text(asked.account)},
                                             {"all", asked.all_devices ? "yes" : "no"}});
            self->send(
                self->state.node->directory,
                revoke_sessions{asked.account, asked.all_devices ? device_id{} : asked.device});
          },
          [promise](const caf::error&) mutable {
            promise.deliver(answered<nothing>{tl::unexpected(store_gone)});
          });
}

}  // namespace

authenticator_actor::behavior_type authenticator(self_pointer self,
                                                 std::shared_ptr<node_context> node,
                                                 bytes salt_secret) {
  self->state.node = std::move(node);
  self->state.salt_secret = std::move(salt_secret);
  return {
      [self](const find_salt& asked) -> caf::result<answered<salt>> {
        auto promise = self->make_response_promise<answered<salt>>();
        const auto name = parse_name(asked.name);
        const std::string key = name ? name->key : asked.name;
        self->request(next_reader(self), caf::infinite, read_account_by_name{key})
            .then(
                [self, promise, key](account_found& found) mutable {
                  answered<salt> reply;
                  if (!found.value) {
                    reply.value = tl::unexpected(found.value.error());
                  } else if (const auto& account = *found.value) {
                    reply.value = salt{account->salt, account->argon2};
                  } else {
                    const auto& usual = self->state.node->config.argon2;
                    reply.value = salt{made_up_salt(self->state.salt_secret, key),
                                       {usual.memory_kib, usual.passes}};
                  }
                  promise.deliver(std::move(reply));
                },
                [promise](const caf::error&) mutable {
                  promise.deliver(answered<salt>{tl::unexpected(store_gone)});
                });
        return promise;
      },
      [self](const register_at& asked) -> caf::result<answered<logged_in>> {
        auto promise = self->make_response_promise<answered<logged_in>>();
        create(self, promise, asked);
        return promise;
      },
      [self](log_in_at& asked) -> caf::result<answered<logged_in>> {
        auto promise = self->make_response_promise<answered<logged_in>>();
        log_in_by_password(self, promise, std::move(asked));
        return promise;
      },
      [self](resume_at& asked) -> caf::result<answered<logged_in>> {
        auto promise = self->make_response_promise<answered<logged_in>>();
        log_in_by_token(self, promise, std::move(asked));
        return promise;
      },
      [self](const log_out_of& asked) -> caf::result<answered<nothing>> {
        auto promise = self->make_response_promise<answered<nothing>>();
        forget_devices(self, promise, asked);
        return promise;
      },
  };
}

}  // namespace uod
