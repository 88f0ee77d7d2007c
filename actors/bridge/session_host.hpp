#pragma once

#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "actors/meter.hpp"

namespace uod {

/// Lets sessions run on the thread of their sockets, instead of on whichever of the scheduler's is
/// free: what a read brought, its session's work and what that sends need no other thread to wake
/// up, and find their memory in the cache of one core. To CAF it is one more execution unit: an
/// actor that has been given one (`spawn_metered_at`) is brought here whenever it has something to
/// do, by whoever sent it something, and CAF sees to it that it is nowhere else meanwhile.
class session_host final : public caf::execution_unit {
 public:
  using clock = std::uint64_t (*)();

  /// `wake`, from any thread: `run` is to be called on the sockets' thread. The pointer that actors
  /// are given as their home has to keep what `wake` needs. `now_ns` is steady time.
  session_host(caf::actor_system& system, std::function<void()> wake, clock now_ns = steady_ns);

  /// An actor of ours has something to do. Any thread.
  void exec_later(caf::resumable* job) override;

  /// Lets those run that have something to do, for a while: so that sockets come in between. The
  /// sockets' thread.
  void run();
  /// Whether there are some. Any thread.
  [[nodiscard]] bool waiting() const;

  /// The sockets' thread is over: the scheduler's do what is left, and what comes.
  void close();

 private:
  /// Where an actor is while it runs here: what it wakes goes to the scheduler's threads, unless it
  /// has a home.
  class while_here final : public caf::execution_unit {
   public:
    using caf::execution_unit::execution_unit;
    void exec_later(caf::resumable* job) override;
  };

  std::function<void()> wake_;
  clock now_ns_;
  while_here while_here_;
  mutable std::mutex mutex_;
  std::vector<caf::resumable*> jobs_;  ///< each actor once
  std::vector<caf::resumable*> running_;
  bool closed_ = false;
};

}  // namespace uod
