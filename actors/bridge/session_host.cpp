#include "actors/bridge/session_host.hpp"

#include <caf/scheduler/abstract_coordinator.hpp>
#include <utility>

namespace uod {
namespace {

/// Before sockets get their turn. What a session has to say leaves after it as well.
constexpr std::uint64_t turn_ns_max = 1'000'000;
/// Messages that a session takes before the next one's turn.
constexpr std::size_t turn_messages_max = 32;

}  // namespace

session_host::session_host(caf::actor_system& system, std::function<void()> wake, clock now_ns)
    : caf::execution_unit(&system), wake_(std::move(wake)), now_ns_(now_ns), while_here_(&system) {}

void session_host::while_here::exec_later(caf::resumable* job) {
  system().scheduler().enqueue(job);
}

void session_host::exec_later(caf::resumable* job) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      first = jobs_.empty();
      jobs_.push_back(std::exchange(job, nullptr));
    }
  }
  if (job != nullptr) return while_here_.exec_later(job);
  if (first) wake_();
}

bool session_host::waiting() const {
  const std::lock_guard lock(mutex_);
  return !jobs_.empty();
}

void session_host::run() {
  {
    const std::lock_guard lock(mutex_);
    std::swap(jobs_, running_);
  }
  const std::uint64_t end_ns = now_ns_() + turn_ns_max;
  auto next = running_.begin();
  while (next != running_.end()) {
    auto* job = *next++;
    if (job->resume(&while_here_, turn_messages_max) == caf::resumable::resume_later) {
      exec_later(job);
    } else {
      caf::intrusive_ptr_release(job);  // it had a reference for as long as it stood in line
    }
    if (now_ns_() >= end_ns) break;
  }
  const std::lock_guard lock(mutex_);
  jobs_.insert(jobs_.begin(), next, running_.end());
  running_.clear();
}

void session_host::close() {
  std::vector<caf::resumable*> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    std::swap(left, jobs_);
  }
  for (auto* job : left) while_here_.exec_later(job);
}

}  // namespace uod
