#include "actors/session_parts.hpp"

/// One's own account: devices, codes, address, password, identity, premium.
namespace uod::session_parts {
namespace {

owner_at owner_of(self_pointer self) {
  const auto& state = self->state;
  return {state.account.id, state.device, {state.host, state.network}, self};
}

visitor visitor_of(self_pointer self) { return {self->state.host, self->state.network}; }

void give(self_pointer self, std::uint32_t request, outcome<server_body> result) {
  if (result) {
    answer(self, lane::chat, request, std::move(*result));
  } else {
    note_failure(self, result.error());
    answer_failure(self, request, result.error());
  }
  flush(self);
}

/// Asks the authenticator for something that is either done or not.
template <class Asked>
void ask_done(self_pointer self, std::uint32_t request, Asked asked) {
  self->request(self->state.node->authenticator, caf::infinite, std::move(asked))
      .then(
          [self, request](const answered<nothing>& reply) {
            if (reply.value) return give(self, request, done{});
            give(self, request, tl::unexpected(reply.value.error()));
          },
          [self, request](const caf::error&) {
            give(self, request, tl::unexpected(store_gone()));
          });
}

/// Asks the authenticator for something that changes the account, or shows it.
template <class Asked>
void ask_account(self_pointer self, std::uint32_t request, Asked asked) {
  self->request(self->state.node->authenticator, caf::infinite, std::move(asked))
      .then(
          [self, request](const account_told& reply) {
            if (!reply.value) return give(self, request, tl::unexpected(reply.value.error()));
            self->state.account = *reply.value;
            give(self, request, account_shown{*reply.value});
          },
          [self, request](const caf::error&) {
            give(self, request, tl::unexpected(store_gone()));
          });
}

}  // namespace

void handle(self_pointer self, std::uint32_t request, const get_account&) {
  ask_account(self, request, find_account{self->state.account.id});
}

void handle(self_pointer self, std::uint32_t request, const redeem_premium& asked) {
  ask_account(self, request, redeem_premium_at{owner_of(self), asked});
}

void handle(self_pointer self, std::uint32_t request, const confirm_email& asked) {
  ask_account(self, request, confirm_email_at{owner_of(self), asked});
}

void handle(self_pointer self, std::uint32_t request, const send_email_code&) {
  ask_done(self, request, send_email_code_at{owner_of(self)});
}

void handle(self_pointer self, std::uint32_t request, const change_email& asked) {
  ask_done(self, request, change_email_at{owner_of(self), asked});
}

void handle(self_pointer self, std::uint32_t request, const change_password& asked) {
  ask_done(self, request, change_password_at{owner_of(self), asked});
}

void handle(self_pointer self, std::uint32_t request, const put_identity& asked) {
  ask_done(self, request, put_identity_at{owner_of(self), asked});
}

void handle(self_pointer self, std::uint32_t request, const revoke_device& asked) {
  ask_done(self, request, log_out_of{self->state.account.id, asked.device, false});
}

void handle(self_pointer self, std::uint32_t request, const forgot_password& asked) {
  ask_done(self, request, forgot_password_at{asked, visitor_of(self)});
}

void handle(self_pointer self, std::uint32_t request, const unlock_account& asked) {
  ask_done(self, request, unlock_at{asked, visitor_of(self)});
}

void handle(self_pointer self, std::uint32_t request, const list_devices&) {
  self->request(reader_of(self), caf::infinite, read_devices{self->state.account.id})
      .then(
          [self, request](const devices_read& read) {
            if (!read.value) return give(self, request, tl::unexpected(read.value.error()));
            devices_listed listed;
            for (const auto& each : *read.value) {
              const bool current = each.id == self->state.device;
              const auto last_seen_ms =
                  current ? self->state.node->clock.unix_ms() : each.last_seen_ms;
              listed.devices.push_back(
                  {each.id, each.name, each.address, each.created_at_ms, last_seen_ms, current});
            }
            give(self, request, std::move(listed));
          },
          [self, request](const caf::error&) {
            give(self, request, tl::unexpected(store_gone()));
          });
}

}  // namespace uod::session_parts
