#include "actors/session_parts.hpp"

/// What a session tells of messages that somebody has armed a trace for; see message_trace.hpp. All
/// of it is called only while one is.
namespace uod::session_parts {

void trace_arrivals(self_pointer self, const frames_received& received) {
  auto& state = self->state;
  // What came in the same read as its log-in is not known to be this account's yet, and is missed.
  if (state.phase != session_phase::known) return;
  for (const auto& message : received.messages) {
    if (const auto* sent = std::get_if<send_message>(&message.body)) {
      state.node->traces.came(
          sent->id, sent->chat,
          {.account = state.account.id, .name = state.account.name, .session = state.number},
          received.read_ns);
    }
  }
}

void trace_submitted(self_pointer self) {
  auto& state = self->state;
  for (const auto& each : state.submitting) {
    if (const auto* sent = std::get_if<storage::new_message>(&each.change)) {
      state.node->traces.note(sent->id, trace_point::submitted,
                              {.session = state.number, .account = state.account.name});
    }
  }
}

void trace_refused(self_pointer self, const message_id& message, const error& why) {
  const auto& state = self->state;
  state.node->traces.note(
      message, trace_point::refused,
      {.session = state.number, .account = state.account.name, .detail = code_name(why.code)});
}

void trace_pushed(self_pointer self, const message_id& message, trace_point point) {
  auto& state = self->state;
  const auto traces = state.node->traces.note(
      message, point, {.session = state.number, .account = state.account.name});
  if (point != trace_point::left_to_store && !state.pushing.empty()) {
    auto& frame = state.pushing.back();
    frame.traces = static_cast<std::uint8_t>(frame.traces | traces);
  }
}

}  // namespace uod::session_parts
