#include "actors/store_room.hpp"

namespace uod {

bool store_room::take_or_wait(const session_actor& who, ticket& in) {
  if (take()) return true;
  const std::lock_guard lock(mutex_);
  // Counted before it is looked again: either we see what was given back, or whoever gives back
  // sees us.
  ++in_line_;
  if (take()) {
    --in_line_;
    return true;
  }
  in.number_ = ++last_number_;
  in.room_ = this;
  line_.emplace(in.number_, who);
  return false;
}

void store_room::give_back(std::size_t changes) {
  taken_.fetch_sub(changes);
  if (in_line_.load() > 0) call_up(changes);
}

void store_room::call_up(std::size_t sessions) {
  const std::lock_guard lock(mutex_);
  for (; sessions > 0 && !line_.empty(); --sessions) {
    caf::anon_send(line_.begin()->second, store_room_freed{});
    line_.erase(line_.begin());
    --in_line_;
  }
}

void store_room::leave(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    if (line_.erase(number) > 0) {
      --in_line_;
      return;
    }
  }
  call_up(1);
}

}  // namespace uod
