#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "actors/node_context.hpp"

namespace uod {

/// Sessions that are told in one go while people chat, and how long after one slice the next may
/// begin: what a reactor needs to encrypt and write what a slice gave it, and leave them the better
/// part of the machine.
inline constexpr std::size_t spread_slice_max = 16;
inline constexpr std::uint32_t spread_pause_ms = 1;
/// The same while nobody chats, without a pause. The next slice still waits until this one was
/// heard: whoever begins to chat waits for no more than a slice.
inline constexpr std::size_t quiet_slice_max = 256;
/// So long after a message people still chat.
inline constexpr std::uint32_t chat_quiet_ms = 100;
/// Broadcasts that wait to be spread. Beyond it the newest takes the place of the one before it,
/// which is left to the store: each session finds it there when it is told of the newest. More than
/// one, since the first may be half spread.
inline constexpr std::size_t spread_queue_max = 1'024;
static_assert(spread_queue_max > 1);

struct broadcaster_state {
  static inline const char* name = "broadcaster";

  std::shared_ptr<node_context> node;
  std::deque<std::shared_ptr<const encoded_broadcast>> waiting;
  std::vector<session_actor> sessions;  ///< of the broadcast in front; told up to `next`
  std::size_t next = 0;
  bool spreading = false;
  caf::actor_clock::time_point not_before{};  ///< the next slice
  std::uint64_t messages_seen = 0;            ///< stored when it was last looked
  caf::actor_clock::time_point chatted_at{};
};

/// Tells every subscribed session of each broadcast, one broadcast after the other. Encodes it
/// once.
broadcaster_actor::behavior_type broadcaster(
    broadcaster_actor::stateful_pointer<broadcaster_state> self,
    std::shared_ptr<node_context> node);

}  // namespace uod
