#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "client/engine/asio_runtime.hpp"
#include "client/load/scenario.hpp"

namespace uod::load {

/// Lets things happen at the instants that the phases' rates plan, to some ten microseconds: the
/// runtime's own timers count whole milliseconds. What could not happen in time happens late, with
/// the instant that it was planned for.
class pacer {
 public:
  /// Begins at `start_ns` of CLOCK_MONOTONIC. `act` is called on the loop with each planned
  /// instant.
  pacer(client::asio_runtime& world, const std::vector<phase>& phases, std::uint64_t start_ns,
        std::function<void(std::uint64_t planned_ns)> act);
  ~pacer();
  pacer(const pacer&) = delete;
  pacer& operator=(const pacer&) = delete;

 private:
  void look();
  [[nodiscard]] std::uint64_t next_due_ns() const;

  struct part {
    std::uint64_t from_ns = 0;
    std::uint64_t to_ns = 0;
    double rate = 0;
    double rate_end = 0;
  };
  std::vector<part> parts_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 1;  ///< of the next in its part
  std::function<void(std::uint64_t)> act_;
  int descriptor_ = -1;
  std::unique_ptr<client::asio_runtime::input> input_;
};

}  // namespace uod::load
