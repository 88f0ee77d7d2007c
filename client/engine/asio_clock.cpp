#include "client/engine/asio_clock.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <ctime>
#include <limits>

namespace uod::client {

boot_clock::time_point boot_clock::now() {
  timespec since{};
  ::clock_gettime(CLOCK_BOOTTIME, &since);
  return time_point(std::chrono::seconds(since.tv_sec) + std::chrono::nanoseconds(since.tv_nsec));
}

/// Where there are no such descriptors, timers are late after a sleep, and that is all.
wake_watch::wake_watch(boost::asio::io_context& io) : woken_(io), nudge_(io) {
  const int made = ::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (made < 0) return;
  woken_.assign(made);
  wait();
}

/// Never due, but cancelled when the time of day jumps: also when the machine wakes
/// (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). Nobody is woken just to look.
void wake_watch::wait() {
  itimerspec never{};
  never.it_value.tv_sec = std::numeric_limits<std::time_t>::max();
  ::timerfd_settime(woken_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                    nullptr);
  woken_.async_wait(woken_.wait_read, [this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    // A timer that is due before all others makes Asio look at all of them anew.
    nudge_.expires_at({});
    nudge_.async_wait([](const boost::system::error_code&) {});
    wait();
  });
}

}  // namespace uod::client
