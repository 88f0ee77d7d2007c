#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "actors/trace_steps.hpp"

namespace uod {

/// Where the traces of a node are armed and the steps noted. While none is armed, the way of a
/// message costs one relaxed load a batch (`armed`); while one is, a lock for each message on each
/// step. For any thread.
class trace_board {
 public:
  trace_board() = default;
  ~trace_board() = default;
  trace_board(const trace_board&) = delete;
  trace_board& operator=(const trace_board&) = delete;

  /// Whether anything below needs to be called.
  [[nodiscard]] bool armed() const { return armed_.load(std::memory_order_relaxed) != 0; }

  /// Arms one until the watch goes, which must be before the board. `overloaded` when
  /// `traces_max` are.
  outcome<std::unique_ptr<trace_watch>> arm(const trace_wanted& wanted);

  struct sender {
    const account_id& account;
    std::string_view name;
    std::uint64_t session = 0;
  };
  /// A sender's session got a message that the bridge had read at `read_ns`. What waits for the
  /// next message like it, takes it.
  void came(const message_id& message, const chat_id& chat, const sender& from,
            std::uint64_t read_ns);

  struct facts {
    std::uint64_t session = 0;
    std::string_view account = {};
    std::uint64_t count = 0;
    std::string_view detail = {};
  };
  /// Notes a step of a message now. Returns for which of the armed traces, a bit each: 0 for
  /// almost all messages.
  std::uint8_t note(const message_id& message, trace_point point, const facts& told);
  std::uint8_t note(const message_id& message, trace_point point) {
    return note(message, point, facts{});
  }
  /// A session's bridge has written frames that belonged to these traces.
  void written(std::uint8_t traces, std::uint64_t session);

 private:
  class watch;
  struct slot {
    bool taken = false;
    trace_wanted wanted;
    std::optional<message_id> message;
    std::vector<trace_step> steps;
    std::size_t told = 0;        ///< of the steps, to the watch
    std::uint64_t expected = 0;  ///< sessions that the directory told
    std::uint64_t arrived = 0;   ///< of them, those that are done with it
    bool announced = false;
    bool answered = false;  ///< the sender has what is for it
    bool silent = false;    ///< nobody is going to be told

    [[nodiscard]] bool complete() const;
    void add(trace_step step);
  };

  trace_watch::news next(std::size_t at, std::uint32_t wait_ms);
  void disarm(std::size_t at);

  std::atomic<std::uint32_t> armed_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<slot, traces_max> slots_;
};

}  // namespace uod
