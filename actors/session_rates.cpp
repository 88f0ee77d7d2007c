#include <algorithm>

#include "actors/session_parts.hpp"

/// How often a request may be made.
namespace uod::session_parts {
namespace {

/// What a request is counted as. Nothing where the authenticator counts, which knows the name.
struct limit_for {
  using what = std::optional<limited>;
  what operator()(const hello&) const { return {}; }
  what operator()(const register_account&) const { return {}; }
  what operator()(const log_in&) const { return {}; }
  what operator()(const reset_password&) const { return {}; }
  what operator()(const unlock_account&) const { return {}; }
  what operator()(const redeem_premium&) const { return {}; }
  what operator()(const confirm_email&) const { return {}; }
  what operator()(const change_email&) const { return {}; }
  what operator()(const change_password&) const { return {}; }
  what operator()(const put_identity&) const { return {}; }
  what operator()(const forgot_password&) const { return limited::mail; }
  what operator()(const send_email_code&) const { return limited::mail; }
  what operator()(const search_accounts&) const { return limited::search; }
  what operator()(const add_contact&) const { return limited::contact; }
  what operator()(const remove_contact&) const { return limited::contact; }
  what operator()(const send_message&) const { return limited::send; }
  what operator()(const put_chat_key&) const { return limited::chat_key; }
  what operator()(const send_broadcast&) const { return limited::broadcast; }
  what operator()(const begin_file&) const { return limited::file; }
  what operator()(const auto&) const { return limited::request; }
};

std::optional<limited> limit_of(const client_body& body) { return std::visit(limit_for{}, body); }

std::uint32_t take_rate(self_pointer self, limited what) {
  const auto& state = self->state;
  const account_id* who = state.phase == session_phase::known ? &state.account.id : nullptr;
  return state.node->take_rate(what, who, state.network, self->clock().now());
}

/// Something of a pipeline whose rate is used up; nothing where it may go on. What was sent behind
/// it is refused as well until it comes again: otherwise it would overtake.
std::optional<error> pipeline_refusal(self_pointer self, limited what, refused_first& first,
                                      const message_id& id) {
  const auto now = self->clock().now();
  if (first.id && first.id != id &&
      now < first.retry_at + std::chrono::milliseconds(refused_send_ms)) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(first.retry_at - now).count();
    return error{errc::rate_limited, "an earlier one is to be sent again first",
                 static_cast<std::uint32_t>(std::max<std::int64_t>(left, 1))};
  }
  const auto wait_ms = take_rate(self, what);
  if (wait_ms == 0) {
    first.id.reset();
    return {};
  }
  first = {id, now + std::chrono::milliseconds(wait_ms)};
  return error{errc::rate_limited, {}, wait_ms};
}

}  // namespace

std::optional<error> rate_refusal(self_pointer self, limited what) {
  const auto wait_ms = take_rate(self, what);
  if (wait_ms == 0) return {};
  return error{errc::rate_limited, {}, wait_ms};
}

std::optional<error> rate_refusal(self_pointer self, const client_body& body) {
  auto& state = self->state;
  if (const auto* sending = std::get_if<send_message>(&body)) {
    return pipeline_refusal(self, limited::send, state.refused_message, sending->id);
  }
  if (const auto* telling = std::get_if<send_broadcast>(&body)) {
    return pipeline_refusal(self, limited::broadcast, state.refused_broadcast, telling->id);
  }
  const auto what = limit_of(body);
  return what ? rate_refusal(self, *what) : std::nullopt;
}

}  // namespace uod::session_parts
