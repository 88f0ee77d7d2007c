#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace uod::storage {

/// A lock that is granted in the order in which it was asked for. SQLite takes one writer at a
/// time and lets the others sleep and poll, which starves one of two busy writers; those of one
/// process wait here instead. Fits `std::lock_guard`. For any threads.
class fair_turn {
 public:
  void lock() {
    std::unique_lock guard(mutex_);
    const std::uint64_t ticket = next_++;
    called_.wait(guard, [&] { return ticket == serving_; });
  }

  void unlock() {
    {
      std::lock_guard guard(mutex_);
      ++serving_;
    }
    // Each waits for a ticket of its own, and they are only ever a handful.
    called_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable called_;
  std::uint64_t next_ = 0;
  std::uint64_t serving_ = 0;
};

}  // namespace uod::storage
