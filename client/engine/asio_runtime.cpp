#include "client/engine/asio_runtime.hpp"

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "client/engine/asio_core.hpp"
#include "protocol/password.hpp"

namespace uod::client {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

struct pending_call {
  pending_call(asio::io_context& io, std::function<void()> act_in)
      : clock(io), act(std::move(act_in)) {}
  boot_timer clock;
  std::function<void()> act;
};

class asio_timer final : public timer {
 public:
  asio_timer(std::shared_ptr<asio_core> core, std::uint64_t delay_ms, std::function<void()> act)
      : core_(std::move(core)), call_(std::make_shared<pending_call>(core_->io, std::move(act))) {
    const auto due = [weak = std::weak_ptr<pending_call>(call_)](const error_code& cancelled) {
      const auto call = weak.lock();
      if (!call || cancelled) return;
      // Moved out: the timer may be destroyed from within its own call.
      const auto now = std::exchange(call->act, nullptr);
      if (now) now();
    };
    if (delay_ms == 0) {
      asio::post(core_->io, [due] { due({}); });
    } else {
      call_->clock.expires_after(std::chrono::milliseconds(delay_ms));
      call_->clock.async_wait(due);
    }
  }

 private:
  std::shared_ptr<asio_core> core_;
  std::shared_ptr<pending_call> call_;
};

/// One thread beside the loop, for work that takes long; begun when there is some.
class side_thread {
 public:
  explicit side_thread(std::shared_ptr<asio_core> core) : core_(std::move(core)) {}

  ~side_thread() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      jobs_.clear();  // not begun: nobody hears of it any more
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }
  side_thread(const side_thread&) = delete;
  side_thread& operator=(const side_thread&) = delete;

  void run(std::function<void()> work, std::function<void()> after) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back({std::move(work), std::move(after)});
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
    wake_.notify_one();
  }

 private:
  struct job {
    std::function<void()> work;
    std::function<void()> after;
  };

  void loop() {
    // Signals belong to the loop's thread.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return over_ || !jobs_.empty(); });
      if (over_) return;
      job next = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      next.work();
      next.work = nullptr;
      asio::post(core_->io, std::move(next.after));
    }
  }

  std::shared_ptr<asio_core> core_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> jobs_;
  bool over_ = false;
  std::thread thread_;
};

/// Random numbers, fetched from the system many at a time: an id for each message would be two
/// system calls otherwise, a tenth of what a message costs a busy client.
class random_pool {
 public:
  std::uint64_t next() {
    if (left_ == 0) {
      const bytes octets = random_bytes(sizeof numbers_);
      std::memcpy(numbers_.data(), octets.data(), sizeof numbers_);
      left_ = numbers_.size();
    }
    return std::exchange(numbers_[--left_], 0);
  }

 private:
  std::array<std::uint64_t, 64> numbers_{};
  std::size_t left_ = 0;
};

}  // namespace

struct asio_runtime::state {
  std::shared_ptr<asio_core> core = std::make_shared<asio_core>();
  /// Waiting for something that is not there yet is no reason to end.
  asio::executor_work_guard<asio::io_context::executor_type> stay{core->io.get_executor()};
  side_thread aside{core};
  random_pool chance;
  std::optional<asio::signal_set> signals;
  std::function<void(int)> on_signal;

  void wait_for_signal() {
    signals->async_wait([this](const error_code& cancelled, int number) {
      if (cancelled) return;
      wait_for_signal();
      on_signal(number);
    });
  }
};

asio_runtime::asio_runtime() : state_(std::make_unique<state>()) {}
asio_runtime::~asio_runtime() = default;

std::uint64_t asio_runtime::unix_ms() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

std::uint64_t asio_runtime::steady_ms() const {
  const auto since = boot_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

std::uint64_t asio_runtime::random() { return state_->chance.next(); }

std::unique_ptr<timer> asio_runtime::after(std::uint64_t delay_ms, std::function<void()> act) {
  return std::make_unique<asio_timer>(state_->core, delay_ms, std::move(act));
}

std::unique_ptr<channel> asio_runtime::dial(const endpoint& where, channel_events& events) {
  return make_asio_channel(state_->core, where, events, {});
}

std::unique_ptr<channel> asio_runtime::dial(const endpoint& where, channel_events& events,
                                            const dial_options& how) {
  return make_asio_channel(state_->core, where, events, how);
}

void asio_runtime::run_aside(std::function<void()> work, std::function<void()> after) {
  state_->aside.run(std::move(work), std::move(after));
}

void asio_runtime::run_until(const std::function<bool()>& finished) {
  while (!finished()) state_->core->io.run_one();
}

void asio_runtime::on_signal(std::function<void(int)> act) {
  state_->on_signal = std::move(act);
  if (state_->signals) return;
  state_->signals.emplace(state_->core->io, SIGINT, SIGTERM);
  state_->wait_for_signal();
}

std::unique_ptr<asio_runtime::input> asio_runtime::read_from(int descriptor,
                                                             std::function<void(bytes_view)> act) {
  const auto aside = [this](std::function<void()> work, std::function<void()> after) {
    run_aside(std::move(work), std::move(after));
  };
  return make_asio_input(state_->core, descriptor, aside, std::move(act));
}

}  // namespace uod::client
