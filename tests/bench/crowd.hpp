#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "client/engine/asio_runtime.hpp"
#include "client/engine/engine.hpp"

namespace uod::bench {

/// What one run of a crowd came to.
struct crowd_run {
  double seconds = 0;
  double cpu_s = 0;  ///< of this process
  std::vector<std::uint32_t> latencies_us;
};

/// Pairs of people on one thread, each on the client's engine and a connection of its own. The
/// first of a pair writes, the second reads; each writer keeps so many messages under way that
/// have not reached their reader yet (a closed loop).
class crowd {
 public:
  crowd(const client::endpoint& node, std::size_t pairs_count);
  ~crowd();

  /// Connects everyone, makes their accounts, opens their chats and subscribes the readers.
  void settle();
  /// Lets the writers write. Called once.
  void begin(std::size_t window);
  /// Lets time pass, and gives what was delivered meanwhile.
  crowd_run run(double seconds);
  /// Stops writing and waits until everything has arrived. Throws when it does not.
  void finish();

 private:
  class person;
  struct pair;

  void deliver(pair& at, const std::string& text);
  void write(pair& at);
  void wait_until(const std::function<bool()>& done, const std::string& what);

  client::asio_runtime world_;
  std::vector<std::unique_ptr<pair>> pairs_;
  std::vector<std::uint32_t> latencies_us_;
  std::size_t window_ = 0;
  std::size_t under_way_ = 0;
  std::string trouble_;
};

}  // namespace uod::bench
