#include "actors/broadcaster.hpp"

#include <algorithm>
#include <utility>

#include "protocol/codec.hpp"

namespace uod {
namespace {

using self_pointer = broadcaster_actor::stateful_pointer<broadcaster_state>;

void begin_next(self_pointer self);

void note_waiting(self_pointer self) {
  const auto waiting = static_cast<std::int64_t>(self->state.waiting.size());
  self->state.node->counters.broadcasts_waiting.store(waiting, std::memory_order_relaxed);
}

/// Whoever subscribes after the directory has answered reads the store after that, and so finds
/// this broadcast there: it was on disk before the question.
void spread(self_pointer self, std::vector<session_actor> sessions) {
  self->state.sessions = std::move(sessions);
  self->state.next = 0;
  self->send(self, spread_due{});
}

void finish(self_pointer self) {
  auto& state = self->state;
  state.sessions.clear();
  if (!state.waiting.empty()) state.waiting.pop_front();
  note_waiting(self);
  state.spreading = false;
  begin_next(self);
}

void begin_next(self_pointer self) {
  auto& state = self->state;
  if (state.spreading || state.waiting.empty()) return;
  state.spreading = true;
  self->request(state.node->directory, caf::infinite, list_subscribed{})
      .then([self](subscribed_sessions& found) { spread(self, std::move(found.sessions)); },
            [self](const caf::error&) { finish(self); });
}

bool people_chat(self_pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const std::uint64_t stored = state.node->counters.messages_stored;
  if (std::exchange(state.messages_seen, stored) != stored) state.chatted_at = now;
  return now - state.chatted_at < std::chrono::milliseconds(chat_quiet_ms);
}

/// Says that the next slice is due when the last of those who share it has let go of it: has heard,
/// or has ended and will not.
std::shared_ptr<const void> shared_slice(self_pointer self) {
  return {nullptr,
          [to = broadcaster_actor(self)](std::nullptr_t) { caf::anon_send(to, spread_due{}); }};
}

void tell_slice(self_pointer self) {
  auto& state = self->state;
  if (state.next == state.sessions.size()) return finish(self);
  const auto now = self->clock().now();
  if (now < state.not_before) {
    return self->delayed_send(self, state.not_before - now, spread_due{});
  }
  const bool quiet = !people_chat(self);
  const auto end =
      std::min(state.sessions.size(), state.next + (quiet ? quiet_slice_max : spread_slice_max));
  state.not_before = now + std::chrono::milliseconds(quiet ? 0 : spread_pause_ms);
  state.node->counters.broadcasts_told += end - state.next;
  const auto slice = shared_slice(self);
  for (; state.next < end; ++state.next) {
    self->send(state.sessions[state.next], broadcast_committed{state.waiting.front(), slice});
  }
}

}  // namespace

broadcaster_actor::behavior_type broadcaster(self_pointer self,
                                             std::shared_ptr<node_context> node) {
  self->state.node = std::move(node);
  return {
      [self](announce_broadcasts& announced) {
        auto& state = self->state;
        for (auto& each : announced.broadcasts) {
          // Those in between are left to the store. The newest must be told: from its number each
          // session sees what it lacks.
          if (state.waiting.size() >= spread_queue_max) {
            state.waiting.pop_back();
            ++state.node->counters.broadcasts_skipped;
          }
          const auto seq = each.seq;
          broadcasts_arrived event;
          event.broadcasts.push_back(std::move(each));
          state.waiting.push_back(std::make_shared<encoded_broadcast>(
              encoded_broadcast{seq, encode(server_message{0, std::move(event)})}));
          ++state.node->counters.broadcasts_stored;
        }
        note_waiting(self);
        begin_next(self);
      },
      [self](spread_due) { tell_slice(self); },
  };
}

}  // namespace uod
