#include "actors/store_room.hpp"

#include <algorithm>
#include <vector>

namespace uod {

bool store_room::take() {
  auto seen = taken_.load();
  while (seen < changes_max_) {
    if (taken_.compare_exchange_weak(seen, seen + 1)) return true;
  }
  return false;
}

bool store_room::take_or_wait(const session_actor& who, ticket& in) {
  using standing = ticket::standing;
  const bool its_turn = in.standing_ == standing::called || in.standing_ == standing::served;
  if ((its_turn || in_line_.load() == 0) && take()) {
    if (its_turn) in.standing_ = standing::served;
    return true;
  }
  const std::lock_guard lock(mutex_);
  // Counted before it is looked again: either we see what was given back, or whoever gives back
  // sees us.
  ++in_line_;
  if ((its_turn || line_.empty()) && take()) {
    --in_line_;
    if (its_turn) in.standing_ = standing::served;
    return true;
  }
  // Who was called and found nothing has the place in line that it had.
  if (in.standing_ != standing::called) in.number_ = ++last_number_;
  in.room_ = this;
  in.standing_ = standing::in_line;
  line_.emplace(in.number_, who);
  return false;
}

void store_room::give_back(std::size_t changes) {
  taken_.fetch_sub(changes);
  if (in_line_.load() > 0) call_up(changes);
}

void store_room::call_up(std::size_t sessions) {
  std::vector<session_actor> called;
  {
    const std::lock_guard lock(mutex_);
    called.reserve(std::min(sessions, line_.size()));
    for (; sessions > 0 && !line_.empty(); --sessions) {
      called.push_back(std::move(line_.begin()->second));
      line_.erase(line_.begin());
      --in_line_;
    }
  }
  for (const auto& each : called) caf::anon_send(each, store_room_freed{});
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

void store_room::ticket::call_answered() {
  if (standing_ == standing::in_line) return;  // again, since others were faster
  if (std::exchange(standing_, standing::nowhere) == standing::called) room_->call_up(1);
}

}  // namespace uod
