#include "client/engine/subscription.hpp"

#include <algorithm>

namespace uod::client {

void subscription::want(std::optional<std::uint64_t> after_position,
                        std::optional<std::uint64_t> after_broadcast) {
  if (wanted_) return;
  wanted_ = true;
  position_ = after_position;
  home_ = after_broadcast;
}

outcome<void> subscription::begin(const subscribed& from, sink& to) {
  if (position_ && from.position > *position_) {
    return fail(errc::malformed, "the server's stream would begin behind a gap");
  }
  if (home_ && from.broadcast > *home_) {
    return fail(errc::malformed, "the server's home page would begin behind a gap");
  }
  const bool set_back =
      (position_ && from.position < *position_) || (home_ && from.broadcast < *home_);
  position_ = from.position;
  home_ = from.broadcast;
  open_ = true;
  if (set_back) {
    own_broadcasts_.clear();  // their numbers belong to others now
    to.on_set_back();
  }
  return {};
}

void subscription::note_own(const message_id& id) {
  if (!own_.insert(id).second) return;
  own_order_.push_back(id);
  if (own_order_.size() <= own_messages_max) return;
  own_.erase(own_order_.front());
  own_order_.pop_front();
}

void subscription::note_own_broadcast(std::uint64_t seq) {
  if (!wanted_ || (home_ && seq <= *home_)) return;
  own_broadcasts_.insert(seq);
  if (own_broadcasts_.size() > own_messages_max) own_broadcasts_.erase(own_broadcasts_.begin());
  if (open_) pass_own_broadcasts();
}

/// Own broadcasts that are next have been told by the answer to whoever sent them.
void subscription::pass_own_broadcasts() {
  while (!own_broadcasts_.empty() && *own_broadcasts_.begin() <= *home_ + 1) {
    home_ = std::max(*home_, *own_broadcasts_.begin());
    own_broadcasts_.erase(own_broadcasts_.begin());
  }
}

outcome<void> subscription::take(messages_arrived event, const account_id& viewer, sink& to) {
  if (!open_) return fail(errc::malformed, "messages came before the subscription");
  for (const auto& chat : event.chats) names_.learn(chat);
  for (auto& stored : event.messages) {
    if (!to.wants_more()) return {};
    if (stored.position <= *position_) continue;
    position_ = stored.position;
    if (own_.contains(stored.id)) continue;
    if (!names_.knows(stored.chat)) {
      to.on_stray(stored);
      continue;
    }
    if (stored.sender != viewer) marks_.delivered(stored.chat, stored.seq);
    message_event told;
    told.chat_name = names_.name_of(stored.chat, viewer);
    told.from = names_.member_name(stored.chat, stored.sender);
    told.to = names_.name_of(stored.chat, stored.sender);
    told.stored = std::move(stored);
    to.on_event(told);
  }
  return {};
}

outcome<void> subscription::take(const broadcasts_arrived& event, sink& to) {
  if (!open_) return fail(errc::malformed, "broadcasts came before the subscription");
  for (const auto& stored : event.broadcasts) {
    if (!to.wants_more()) return {};
    pass_own_broadcasts();
    if (stored.seq <= *home_) continue;
    if (stored.seq != *home_ + 1) {
      return fail(errc::malformed, "broadcast " + std::to_string(stored.seq) + " came behind " +
                                       std::to_string(*home_) + ": some are missing");
    }
    home_ = stored.seq;
    if (own_.contains(stored.id)) continue;
    to.on_broadcast({stored, shown_name(stored.sender_name)});
  }
  return {};
}

}  // namespace uod::client
