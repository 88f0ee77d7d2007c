#include "actors/bridge/session_host.hpp"

#include <algorithm>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <iterator>
#include <utility>

namespace uod {
namespace {

/// Sessions that run before sockets get their turn: a millisecond or two.
constexpr std::size_t turn_jobs_max = 128;
/// Messages that a session takes before the next one's turn.
constexpr std::size_t turn_messages_max = 32;

}  // namespace

session_host::session_host(caf::actor_system& system, std::function<void()> wake)
    : caf::execution_unit(&system), wake_(std::move(wake)), visit_(&system) {}

void session_host::visit::exec_later(caf::resumable* job) { system().scheduler().enqueue(job); }

void session_host::exec_later(caf::resumable* job) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      first = jobs_.empty();
      jobs_.push_back(std::exchange(job, nullptr));
    }
  }
  if (job != nullptr) return visit_.exec_later(job);
  if (first) wake_();
}

bool session_host::waiting() const {
  const std::lock_guard lock(mutex_);
  return !jobs_.empty();
}

bool session_host::run() {
  {
    const std::lock_guard lock(mutex_);
    const auto end = jobs_.begin() + static_cast<std::ptrdiff_t>(
                                         std::min<std::size_t>(jobs_.size(), turn_jobs_max));
    running_.assign(jobs_.begin(), end);
    jobs_.erase(jobs_.begin(), end);
  }
  for (auto* job : running_) {
    switch (job->resume(&visit_, turn_messages_max)) {
      case caf::resumable::resume_later:
        exec_later(job);
        break;
      // It has a reference for as long as it stands in line.
      case caf::resumable::awaiting_message:
      case caf::resumable::done:
      case caf::resumable::shutdown_execution_unit:
        caf::intrusive_ptr_release(job);
        break;
    }
  }
  running_.clear();
  return waiting();
}

void session_host::close() {
  std::deque<caf::resumable*> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    std::swap(left, jobs_);
  }
  for (auto* job : left) visit_.exec_later(job);
}

}  // namespace uod
