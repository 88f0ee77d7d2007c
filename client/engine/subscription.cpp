#include "client/engine/subscription.hpp"

namespace uod::client {

void subscription::want(std::optional<std::uint64_t> after) {
  if (wanted_) return;
  wanted_ = true;
  position_ = after;
}

outcome<void> subscription::begin(std::uint64_t position) {
  if (position_ && position > *position_) {
    return fail(errc::malformed, "the server's stream would begin behind a gap");
  }
  if (!position_) position_ = position;
  open_ = true;
  return {};
}

void subscription::note_own(const message_id& id) {
  if (!own_.insert(id).second) return;
  own_order_.push_back(id);
  if (own_order_.size() <= own_messages_max) return;
  own_.erase(own_order_.front());
  own_order_.pop_front();
}

outcome<void> subscription::take(const messages_arrived& event, const account_id& viewer,
                                 sink& to) {
  if (!open_) return fail(errc::malformed, "messages came before the subscription");
  for (const auto& chat : event.chats) names_.learn(chat);
  for (const auto& stored : event.messages) {
    if (!to.wants_more()) return {};
    if (stored.position <= *position_) continue;
    position_ = stored.position;
    if (own_.contains(stored.id)) continue;
    if (!names_.knows(stored.chat)) {
      to.on_stray(stored);
      continue;
    }
    if (stored.sender != viewer) marks_.delivered(stored.chat, stored.seq);
    message_event told{stored, names_.name_of(stored.chat, viewer),
                       names_.member_name(stored.chat, stored.sender),
                       names_.name_of(stored.chat, stored.sender)};
    to.on_event(told);
  }
  return {};
}

}  // namespace uod::client
