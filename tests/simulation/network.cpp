#include "tests/simulation/network.hpp"

#include <algorithm>

namespace uod::simulation {
namespace {

link::side other(link::side one) { return one == link::client ? link::server : link::client; }

}  // namespace

void link::send(side from, bytes octets) {
  if (cut_ || octets.empty()) return;
  unsent_[from] += octets.size();
  // In pieces of random size, as networks do.
  while (!octets.empty()) {
    const auto size = std::min<std::size_t>(octets.size(), time_.between(1, 16'384));
    const std::uint64_t at =
        std::max(last_arrival_ms_[from], time_.now_ms() + time_.between(0, delay_ms_max_));
    last_arrival_ms_[from] = at;
    time_.plan_surely(at - time_.now_ms(),
                      [self = shared_from_this(), from, part = octets.substr(0, size)]() mutable {
                        self->arrive(other(from), {std::move(part), false});
                      });
    octets.erase(0, size);
  }
}

void link::arrive(side at, piece what) {
  if (cut_ || silent_) return;
  const side from = other(at);
  unsent_[from] -= what.octets.size();
  if (paused_[at]) {
    unread_[at].push_back(std::move(what));
  } else {
    hand_over(at, what);
  }
  if (unsent_[from] == 0 && ends_[from] != nullptr) ends_[from]->on_all_left();
}

void link::hand_over(side at, const piece& what) {
  if (ends_[at] == nullptr) return;
  if (what.is_end) {
    ends_[at]->on_lost();
  } else {
    ends_[at]->on_arrived(what.octets);
  }
}

void link::read_on(side at, bool wanted) {
  paused_[at] = !wanted;
  if (!wanted) return;
  // Never from within the caller's call.
  time_.plan_surely(0, [self = shared_from_this(), at] {
    while (!self->paused_[at] && !self->unread_[at].empty()) {
      const piece next = std::move(self->unread_[at].front());
      self->unread_[at].pop_front();
      self->hand_over(at, next);
    }
  });
}

void link::close(side from) {
  detach(from);
  const std::uint64_t at =
      std::max(last_arrival_ms_[from], time_.now_ms() + time_.between(0, delay_ms_max_));
  last_arrival_ms_[from] = at;
  time_.plan_surely(at - time_.now_ms(), [self = shared_from_this(), from] {
    self->arrive(other(from), {{}, true});
  });
}

void link::cut() {
  if (cut_) return;
  cut_ = true;
  for (const side at : {client, server}) {
    time_.plan_surely(time_.between(0, 2000), [self = shared_from_this(), at] {
      if (self->ends_[at] != nullptr) self->ends_[at]->on_lost();
    });
  }
}

}  // namespace uod::simulation
