#pragma once

#include <caf/all.hpp>
#include <deque>
#include <functional>
#include <mutex>

namespace uod {

/// Lets sessions run on the thread of their sockets, instead of on whichever of the scheduler's is
/// free: what a read brought, its session's work and what that sends need no other thread to wake
/// up, and find their memory in the cache of one core. To CAF it is one more execution unit: an
/// actor that has been given one (`spawn_metered`) is brought here whenever it has something to do,
/// by whoever sent it something, and CAF sees to it that it is nowhere else meanwhile.
class session_host final : public caf::execution_unit {
 public:
  /// `wake`, from any thread: `run` is to be called on the sockets' thread. Both outlive the
  /// actors, since they hold them.
  session_host(caf::actor_system& system, std::function<void()> wake);

  /// An actor of ours has something to do. Any thread.
  void exec_later(caf::resumable* job) override;

  /// Lets those run that have something to do, some at a time, so that sockets come in between.
  /// True while there are more. The sockets' thread.
  bool run();
  /// Whether there are some. Any thread.
  [[nodiscard]] bool waiting() const;

  /// The sockets' thread is over: the scheduler's do what is left, and what comes.
  void close();

 private:
  /// What an actor sends from here goes to the scheduler's threads, if it is not to one of ours.
  class visit final : public caf::execution_unit {
   public:
    using caf::execution_unit::execution_unit;
    void exec_later(caf::resumable* job) override;
  };

  std::function<void()> wake_;
  visit visit_;
  mutable std::mutex mutex_;
  std::deque<caf::resumable*> jobs_;
  std::deque<caf::resumable*> running_;
  bool closed_ = false;
};

}  // namespace uod
