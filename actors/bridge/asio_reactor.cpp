#include "actors/bridge/asio_reactor.hpp"

#include <utility>

namespace uod {
namespace {

/// What one read takes at most.
constexpr std::size_t read_bytes_max = 64 * 1024;
/// Connections with nothing but bulk that get their turn before chat may come in between: a third
/// of a millisecond.
constexpr std::size_t bulk_turns_max = 32;

}  // namespace

asio_reactor::asio_reactor(caf::actor_system& system)
    : sessions(system, [this] { wake_for_sessions(); }), read_buffer(read_bytes_max) {}

void asio_reactor::wake(std::weak_ptr<connection> woken, turn when) {
  const std::lock_guard lock(mutex_);
  if (when == turn::next) {
    next_.push_back(std::move(woken));
  } else {
    later_.push_back(std::move(woken));
  }
  post_once();
}

void asio_reactor::wake_for_sessions() {
  const std::lock_guard lock(mutex_);
  post_once();
}

/// Under the lock.
void asio_reactor::post_once() {
  if (!std::exchange(posted_, true)) post_run();
}

void asio_reactor::post_run() {
  boost::asio::post(io, [this] { run_woken(); });
}

/// Sockets that are ready, and whoever is woken meanwhile, come between two calls. Sessions first:
/// what they have to say leaves in the same turn.
void asio_reactor::run_woken() {
  sessions.run();
  {
    const std::lock_guard lock(mutex_);
    std::swap(next_, running_);
    for (auto count = bulk_turns_max; count > 0 && !later_.empty(); --count) {
      running_.push_back(std::move(later_.front()));
      later_.pop_front();
    }
    posted_ = !later_.empty() || sessions.waiting();
    if (posted_) post_run();
  }
  for (const auto& each : running_) {
    if (const auto alive = each.lock()) alive->run();
  }
  running_.clear();
}

}  // namespace uod
