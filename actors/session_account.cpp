#include "actors/log.hpp"
#include "actors/session_parts.hpp"
#include "protocol/names.hpp"

namespace uod::session_parts {

void note_failure(self_pointer self, const error& why) {
  auto& state = self->state;
  const bool guessed = why.code == errc::wrong_credentials || why.code == errc::code_wrong ||
                       why.code == errc::account_locked;
  if (!guessed) return;
  if (++state.login_failures < login_failures_max) return;
  self->send(self, close_session{error{errc::rate_limited, "too many wrong credentials"}});
}

namespace {

void take_login(self_pointer self, std::uint32_t request, login_kind how,
                answered<logged_in>& reply) {
  auto& state = self->state;
  state.authenticating = false;
  if (!reply.value) {
    note_failure(self, reply.value.error());
    answer_failure(self, request, reply.value.error());
  } else {
    state.phase = session_phase::known;
    state.counted_known.take(state.node->counters.sessions_known);
    ++state.node->counters.logins[static_cast<std::size_t>(how)];
    state.out->admit();
    state.account = reply.value->account;
    state.device = reply.value->device;
    log::debug("session.known", {{"session", state.number},
                                 {"account", to_text(state.account.id)},
                                 {"address", state.address}});
    answer(self, lane::control, request, std::move(*reply.value));
  }
  proceed(self);
  flush(self);
}

visitor visitor_of(self_pointer self) { return {self->state.host, self->state.network}; }

/// Asks the authenticator; what comes after waits for its answer.
template <class Attempt>
void attempt(self_pointer self, std::uint32_t request, login_kind how, Attempt asked) {
  self->state.authenticating = true;
  self->request(self->state.node->authenticator, caf::infinite, std::move(asked))
      .then([self, request,
             how](answered<logged_in>& reply) { take_login(self, request, how, reply); },
            [self, request, how](const caf::error&) {
              answered<logged_in> none{tl::unexpected(store_gone())};
              take_login(self, request, how, none);
            });
}

}  // namespace

void handle(self_pointer self, std::uint32_t request, const hello& asked) {
  auto& state = self->state;
  const auto& config = state.node->config;
  state.phase = session_phase::anonymous;
  log::debug("session.greeted",
             {{"session", state.number}, {"address", state.address}, {"client", asked.client}});
  answer(self, lane::control, request,
         welcome{.server = "uod-server/" UOD_VERSION,
                 .limits = {.frame_bytes_max = config.limits.frame_bytes_max,
                            .message_bytes_max = config.limits.message_bytes_max,
                            .requests_in_flight_max = config.limits.requests_in_flight_max,
                            .page_rows_max = config.limits.page_rows_max,
                            .silence_ms = config.limits.silence_ms,
                            .broadcast_bytes_max = config.limits.broadcast_bytes_max,
                            .file_octets_max = config.limits.file_octets_max},
                 .argon2 = {config.argon2.memory_kib, config.argon2.passes},
                 .time_ms = state.node->clock.unix_ms()});
}

void handle(self_pointer self, std::uint32_t request, const get_salt& asked) {
  self->request(self->state.node->authenticator, caf::infinite, find_salt{asked.name})
      .then(
          [self, request](answered<salt>& reply) {
            if (reply.value) {
              answer(self, lane::control, request, std::move(*reply.value));
            } else {
              answer_failure(self, request, reply.value.error());
            }
            flush(self);
          },
          [self, request](const caf::error&) {
            answer_failure(self, request, store_gone());
            flush(self);
          });
}

void handle(self_pointer self, std::uint32_t request, register_account& asked) {
  attempt(self, request, login_kind::registration,
          register_at{std::move(asked), visitor_of(self), self});
}

void handle(self_pointer self, std::uint32_t request, log_in& asked) {
  attempt(self, request, login_kind::password, log_in_at{std::move(asked), visitor_of(self), self});
}

void handle(self_pointer self, std::uint32_t request, resume& asked) {
  attempt(self, request, login_kind::token, resume_at{std::move(asked), visitor_of(self), self});
}

void handle(self_pointer self, std::uint32_t request, reset_password& asked) {
  attempt(self, request, login_kind::reset,
          reset_password_at{std::move(asked), visitor_of(self), self});
}

void handle(self_pointer self, std::uint32_t request, const log_out& asked) {
  auto& state = self->state;
  const log_out_of going{state.account.id, state.device, asked.all_devices};
  self->request(state.node->authenticator, caf::infinite, going)
      .then(
          [self, request](answered<nothing>& reply) {
            if (reply.value) {
              answer(self, lane::control, request, done{});
            } else {
              answer_failure(self, request, reply.value.error());
            }
            flush(self);
          },
          [self, request](const caf::error&) {
            answer_failure(self, request, store_gone());
            flush(self);
          });
}

}  // namespace uod::session_parts
