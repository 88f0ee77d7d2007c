#pragma once

#include <array>
#include <deque>
#include <functional>
#include <list>
#include <memory>

#include "protocol/bytes.hpp"
#include "tests/simulation/virtual_time.hpp"

namespace uod::simulation {

/// One end of a simulated TCP connection.
class link_end {
 public:
  virtual ~link_end() = default;
  virtual void on_arrived(bytes_view octets) = 0;
  virtual void on_all_left() = 0;
  virtual void on_lost() = 0;
};

/// Octets on their way in both directions: in order within a direction, each piece with a delay
/// of its own, so that connections overtake each other. Can be cut (each end notices at its own
/// time, what was on its way is lost) or fall silent (nobody notices, nothing arrives).
class link : public std::enable_shared_from_this<link> {
 public:
  enum side { client = 0, server = 1 };

  link(virtual_time& time, std::uint64_t delay_ms_max) : time_(time), delay_ms_max_(delay_ms_max) {}

  void attach(side at, link_end* end) { ends_[at] = end; }
  void detach(side at) { ends_[at] = nullptr; }

  void send(side from, bytes octets);
  [[nodiscard]] std::size_t unsent(side from) const { return unsent_[from]; }
  void read_on(side at, bool wanted);

  /// One end closes: the other notices when what was sent before has arrived.
  void close(side from);
  void cut();
  void fall_silent() { silent_ = true; }
  [[nodiscard]] bool over() const { return !ends_[client] && !ends_[server]; }

 private:
  struct piece {
    bytes octets;
    bool is_end = false;
  };
  void arrive(side at, piece what);
  void hand_over(side at, const piece& what);

  virtual_time& time_;
  std::uint64_t delay_ms_max_;
  std::array<link_end*, 2> ends_{};
  std::array<std::size_t, 2> unsent_{};
  std::array<std::uint64_t, 2> last_arrival_ms_{};
  std::array<bool, 2> paused_{};
  std::array<std::deque<piece>, 2> unread_;
  bool silent_ = false;
  bool cut_ = false;
};

}  // namespace uod::simulation
