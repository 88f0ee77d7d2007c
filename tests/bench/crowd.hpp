#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "client/engine/asio_runtime.hpp"
#include "client/engine/engine.hpp"

namespace uod::bench {

/// A broadcast as the one who sent it knows it; instants are those of `now_ns`.
struct spoken {
  std::uint64_t seq = 0;
  std::string text;
  std::uint64_t planned_ns = 0;
  std::uint64_t acknowledged_ns = 0;
};

/// What one run of a crowd came to.
struct crowd_run {
  double seconds = 0;
  double cpu_s = 0;  ///< of this process
  std::vector<std::uint32_t> latencies_us;
  std::vector<spoken> broadcasts;
};

/// What happens when, whatever becomes of it (an open loop).
struct crowd_plan {
  double seconds = 0;
  double messages_per_s = 0;   ///< of all pairs, which write in turn
  std::size_t broadcasts = 0;  ///< spread evenly over the time
};

/// Pairs of people on one thread, each on the client's engine and a connection of its own. The
/// first of a pair writes, the second reads. Either each writer keeps so many messages under way
/// that have not reached their reader yet (a closed loop: `begin`, `run`, `finish`), or they write
/// by plan (`follow`).
class crowd {
 public:
  crowd(const client::endpoint& node, std::size_t pairs_count);
  ~crowd();

  /// Adds one who broadcasts. Before `settle`, and premium before the first plan with a broadcast.
  void add_speaker(const client::endpoint& node, const std::string& name);
  /// Connects everyone, makes their accounts, opens their chats and subscribes the readers.
  void settle();
  /// Lets the writers write. Called once.
  void begin(std::size_t window);
  /// Lets time pass, and gives what was delivered meanwhile.
  crowd_run run(double seconds);
  /// Stops writing and waits until everything has arrived. Throws when it does not.
  void finish();

  /// Writes and broadcasts by plan, and waits until every message has arrived and every broadcast
  /// is acknowledged. Latencies are counted from the planned instants. Throws when one is refused
  /// or does not arrive.
  crowd_run follow(const crowd_plan& plan);

 private:
  class person;
  struct pair;

  void deliver(pair& at, const std::string& text);
  void write(pair& at, std::uint64_t stamp_ns);
  void speak(std::uint64_t planned_ns);
  void wait_until(const std::function<bool()>& done, const std::string& what);

  client::asio_runtime world_;
  std::vector<std::unique_ptr<pair>> pairs_;
  std::unique_ptr<person> speaker_;
  std::vector<std::uint32_t> latencies_us_;
  std::vector<spoken> broadcasts_;
  std::size_t window_ = 0;
  std::size_t under_way_ = 0;
  std::string trouble_;
};

}  // namespace uod::bench
