#pragma once

#include <memory>

#include "client/engine/runtime.hpp"

namespace uod::client {

/// How a connection is made and read, where that is not as usual.
struct dial_options {
  std::string source;  ///< a local IPv4 address to come from; empty: the system's choice
  /// Octets a second that are read from the socket, which gets small buffers; 0: all that come.
  std::uint32_t read_bytes_per_s = 0;
};

/// The real world: Boost.Asio's sockets and timers, the system's clock and random numbers. Lives
/// on the thread that calls `run_until`.
class asio_runtime final : public runtime {
 public:
  asio_runtime();
  ~asio_runtime() override;

  [[nodiscard]] std::uint64_t unix_ms() const override;
  [[nodiscard]] std::uint64_t steady_ms() const override;
  std::uint64_t random() override;
  std::unique_ptr<timer> after(std::uint64_t delay_ms, std::function<void()> act) override;
  std::unique_ptr<channel> dial(const endpoint& where, channel_events& events) override;
  std::unique_ptr<channel> dial(const endpoint& where, channel_events& events,
                                const dial_options& how);
  void run_aside(std::function<void()> work, std::function<void()> after) override;

  /// Runs callbacks until `finished` says so, looking after each one.
  void run_until(const std::function<bool()>& finished);

  /// Calls `act` on the engine's thread for each SIGINT or SIGTERM, instead of ending the process.
  void on_signal(std::function<void(int)> act);

  /// Calls `act` with each piece that can be read from a descriptor (standard input), and once
  /// with an empty view at its end. `pause` stops reading until `resume`.
  class input {
   public:
    virtual ~input() = default;
    virtual void pause() = 0;
    virtual void resume() = 0;
  };
  std::unique_ptr<input> read_from(int descriptor, std::function<void(bytes_view)> act);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace uod::client
