#include "actors/session.hpp"

#include <algorithm>

#include "actors/log.hpp"
#include "actors/session_parts.hpp"
#include "protocol/codec.hpp"
#include "protocol/network.hpp"

namespace uod {
namespace session_parts {

void push(self_pointer self, lane in, std::uint32_t request, server_body body) {
  self->state.pushing.push_back({in, encode(server_message{request, std::move(body)}), 0});
}

void answer(self_pointer self, lane in, std::uint32_t request, server_body body) {
  ++self->state.granting;
  if (request != 0) push(self, in, request, std::move(body));
}

void answer_failure(self_pointer self, std::uint32_t request, const error& why) {
  // What went wrong with which file of this machine is for the log, where it stands already.
  const bool ours = why.code == errc::storage_full || why.code == errc::storage_failed ||
                    why.code == errc::database_corrupt || why.code == errc::database_locked ||
                    why.code == errc::permission_denied || why.code == errc::internal;
  self->state.node->counters.requests_refused.add(why.code);
  failure told{ours ? error{why.code} : why};
  told.reason.retry_after_ms = wait_worth_telling(why.retry_after_ms);
  answer(self, lane::chat, request, std::move(told));
}

void finish_bulk(self_pointer self, std::uint32_t request, outcome<server_body> result) {
  self->state.bulk_in_flight = false;
  if (result) {
    answer(self, lane::bulk, request, std::move(*result));
  } else {
    answer_failure(self, request, result.error());
  }
  proceed(self);
  flush(self);
}

bool saturated(self_pointer self) {
  const auto& state = self->state;
  return state.out->queued_bytes() >= state.node->config.limits.outbox_bytes_max;
}

std::uint32_t page_rows(self_pointer self, std::uint32_t asked) {
  const auto rows_max = self->state.node->config.limits.page_rows_max;
  return asked == 0 ? rows_max : std::min(asked, rows_max);
}

const store_reader_actor& reader_of(self_pointer self) {
  // Mixed (Knuth's multiplicative hashing), since neighbours' numbers go by what they do where
  // pairs log in one after the other: all that read a lot would have one reader.
  const auto& readers = self->state.node->readers;
  const std::uint64_t mixed = self->state.number * 0x9e3779b97f4a7c15U >> 32;
  return readers[mixed % readers.size()];
}

error store_gone() { return {errc::storage_failed, "the store does not answer"}; }

namespace {

void close(self_pointer self, const error& why) {
  auto& state = self->state;
  if (state.closing) return;
  state.closing = why;
}

/// Says why and closes, once nothing of this session is on its way to the store any more: what
/// will be durable is acknowledged before the connection goes.
void finish_closing(self_pointer self) {
  auto& state = self->state;
  if (!state.closing || state.changes_in_flight > 0 || state.authenticating) return;
  push(self, lane::chat, 0, server_closing{*state.closing});
  state.out->push(std::exchange(state.pushing, {}), 0);
  state.out->close(*state.closing);
  if (state.phase == session_phase::known) {
    self->send(state.node->directory, delist{state.account.id, self});
  }
  self->quit();
}

bool is_bulk(const client_body& body) {
  return std::holds_alternative<fetch_history>(body) || std::holds_alternative<list_chats>(body) ||
         std::holds_alternative<list_contacts>(body) ||
         std::holds_alternative<search_accounts>(body) ||
         std::holds_alternative<fetch_home>(body) ||
         std::holds_alternative<fetch_chat_keys>(body) ||
         std::holds_alternative<begin_file>(body) ||
         std::holds_alternative<put_file_segment>(body) ||
         std::holds_alternative<fetch_file_segment>(body);
}

bool needs_room(const client_body& body) {
  return std::holds_alternative<send_message>(body) || std::holds_alternative<mark_chat>(body) ||
         std::holds_alternative<send_broadcast>(body);
}

/// What lets somebody in.
bool is_entry(const client_body& body) {
  return std::holds_alternative<register_account>(body) || std::holds_alternative<log_in>(body) ||
         std::holds_alternative<resume>(body) || std::holds_alternative<reset_password>(body);
}

/// What is for those who are not logged in.
bool is_login(const client_body& body) {
  return is_entry(body) || std::holds_alternative<forgot_password>(body) ||
         std::holds_alternative<unlock_account>(body);
}

/// While the store has more to do than it can, nobody new is let in: those who are in would wait
/// longer still, and the newcomers for all of them.
std::optional<error> overload_refusal(self_pointer self) {
  const auto& state = self->state;
  if (!state.node->room.is_nearly_full()) return {};
  return error{errc::overloaded, "too many messages wait for the disk",
               entry_retry_ms + static_cast<std::uint32_t>(state.number % entry_retry_ms)};
}

/// What is legal now? Nothing where it is; else why not.
std::optional<error> illegal(const session_state& state, const client_body& body) {
  switch (state.phase) {
    case session_phase::silent:
      if (std::holds_alternative<hello>(body)) return {};
      return error{errc::not_allowed, "the first request must be hello"};
    case session_phase::anonymous:
      if (is_login(body) || std::holds_alternative<get_salt>(body)) return {};
      if (std::holds_alternative<hello>(body)) break;
      return error{errc::not_logged_in};
    case session_phase::known:
      if (is_login(body)) return error{errc::not_allowed, "already logged in"};
      if (std::holds_alternative<hello>(body)) break;
      return {};
  }
  return error{errc::not_allowed, "hello comes once"};
}

void start(self_pointer self, client_message& message) {
  auto why = illegal(self->state, message.body);
  if (!why && is_entry(message.body)) why = overload_refusal(self);
  if (!why) why = rate_refusal(self, message.body);
  if (why) {
    if (needs_room(message.body)) self->state.node->room.give_back(1);
    const auto* sent = std::get_if<send_message>(&message.body);
    if (sent != nullptr && self->state.node->traces.armed()) trace_refused(self, sent->id, *why);
    return answer_failure(self, message.request, *why);
  }
  std::visit(
      [&](auto& body) {
        using body_type = std::decay_t<decltype(body)>;
        // These three are taken when they arrive.
        constexpr bool immediate = std::is_same_v<body_type, ping> ||
                                   std::is_same_v<body_type, pong> ||
                                   std::is_same_v<body_type, goodbye>;
        if constexpr (!immediate) handle(self, message.request, body);
      },
      message.body);
}

/// Takes a request that has arrived: at once, or to its queue.
void accept(self_pointer self, client_message& message) {
  auto& state = self->state;
  if (std::holds_alternative<ping>(message.body)) {
    push(self, lane::control, message.request, pong{});
    ++state.granting;
  } else if (std::holds_alternative<pong>(message.body)) {
    ++state.granting;
  } else if (std::holds_alternative<goodbye>(message.body)) {
    log::debug("session.goodbye", {{"session", state.number}});
    close(self, error{errc::link_closed, "the client said goodbye"});
  } else if (is_bulk(message.body)) {
    state.bulk_waiting.push_back(std::move(message));
  } else {
    state.waiting.push_back(std::move(message));
  }
}

void proceed_in_order(self_pointer self) {
  auto& state = self->state;
  while (!state.waiting.empty() && !state.authenticating && !state.closing) {
    if (saturated(self)) return;  // `outlet_drained` goes on from here
    if (needs_room(state.waiting.front().body)) {
      if (state.in_line.is_waiting()) return;  // `store_room_freed` goes on from here
      if (!state.node->room.take_or_wait(self, state.in_line)) return;
    }
    client_message next = std::move(state.waiting.front());
    state.waiting.pop_front();
    start(self, next);
  }
}

/// A page is read while its requests' place in the order does not matter, but never before the
/// log-in that came ahead of it, and only when the client has taken what it asked for before.
void proceed_in_bulk(self_pointer self) {
  auto& state = self->state;
  while (!state.bulk_waiting.empty() && !state.bulk_in_flight && !state.authenticating &&
         !state.closing && !saturated(self)) {
    const bool login_ahead = state.phase != session_phase::known && !state.waiting.empty();
    if (login_ahead) return;
    client_message next = std::move(state.bulk_waiting.front());
    state.bulk_waiting.pop_front();
    start(self, next);
  }
}

}  // namespace

void proceed(self_pointer self) {
  proceed_in_order(self);
  proceed_in_bulk(self);
}

void flush(self_pointer self) {
  auto& state = self->state;
  if (!state.submitting.empty()) {
    if (state.node->traces.armed()) trace_submitted(self);
    state.changes_in_flight += static_cast<std::uint32_t>(state.submitting.size());
    self->send(state.node->message_store,
               submit_changes{self, std::exchange(state.submitting, {})});
  }
  if (!state.pushing.empty() || state.granting > 0) {
    state.out->push(std::exchange(state.pushing, {}), std::exchange(state.granting, 0));
  }
  finish_closing(self);
}

}  // namespace session_parts

session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self,
                                     std::shared_ptr<node_context> node, session_link link) {
  using namespace session_parts;
  auto& state = self->state;
  state.node = std::move(node);
  state.out = std::move(link.out);
  state.address = std::move(link.address);
  state.host = std::move(link.host);
  state.network = network_of(state.host);
  state.number = link.number;

  return {
      [self](frames_received& received) {
        if (self->state.node->traces.armed()) trace_arrivals(self, received);
        for (auto& message : received.messages) accept(self, message);
        proceed(self);
        flush(self);
      },
      [self](const link_ended&) {
        auto& ended = self->state;
        if (ended.phase == session_phase::known) {
          self->send(ended.node->directory, delist{ended.account.id, self});
        }
        self->quit();
      },
      [self](outlet_drained) {
        proceed(self);
        resume_feed(self);
        resume_home(self);
        flush(self);
      },
      [self](changes_settled& settled) {
        self->state.changes_in_flight -= static_cast<std::uint32_t>(settled.changes.size());
        for (auto& change : settled.changes) take_settled(self, change);
        proceed(self);
        flush(self);
      },
      [self](const messages_committed& committed) {
        take_commit(self, committed);
        flush(self);
      },
      // Marks and presence are states, not a log: a client that reads too slowly asks for them
      // when it has caught up.
      [self](marks_moved& moved) {
        if (!saturated(self)) push(self, lane::chat, 0, std::move(moved.receipt));
        flush(self);
      },
      [self](presence_moved& moved) {
        if (!saturated(self)) push(self, lane::chat, 0, std::move(moved.presence));
        flush(self);
      },
      [self](const broadcast_committed& committed) {
        take_broadcast(self, committed);
        flush(self);
      },
      [self](const close_session& asked) {
        // The bridge's time for strangers may run out just when this is none any more.
        const auto& now = self->state;
        const bool entering = now.phase == session_phase::known || now.authenticating;
        if (asked.why.code == errc::timed_out && entering) return;
        close(self, asked.why);
        flush(self);
      },
      [self](store_room_freed) {
        self->state.in_line.called();
        proceed(self);
        self->state.in_line.call_answered();
        flush(self);
      },
  };
}

}  // namespace uod
