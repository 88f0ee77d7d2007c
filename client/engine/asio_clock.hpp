#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>

/// The time of the client's spans and timers; only asio_*.cpp include this.
namespace uod::client {

/// CLOCK_BOOTTIME: it goes on while the machine is suspended. CLOCK_MONOTONIC, the clock of
/// `std::chrono::steady_clock`, stands still then: a laptop that slept for an hour would believe
/// that it has heard the server a moment ago, and wait for its silence to last.
struct boot_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<boot_clock>;
  static constexpr bool is_steady = true;

  static time_point now();
};

using boot_timer = boost::asio::basic_waitable_timer<boot_clock>;

/// Lets timers come that have become due while the machine slept. Asio waits for them by
/// CLOCK_MONOTONIC, whatever their own clock is, and looks again after five minutes at the latest;
/// so late would they be without this.
class wake_watch {
 public:
  explicit wake_watch(boost::asio::io_context& io);
  wake_watch(const wake_watch&) = delete;
  wake_watch& operator=(const wake_watch&) = delete;

 private:
  void wait();

  boost::asio::posix::stream_descriptor woken_;
  boot_timer nudge_;
};

}  // namespace uod::client
