#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "client/engine/runtime.hpp"

namespace uod::bench {

/// When one broadcast came to listeners; instants are those of `now_ns`.
struct heard_round {
  std::uint64_t seq = 0;
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
  std::size_t deliveries = 0;
  std::string body;
};

/// Many who listen to broadcasts, in a process of their own, ended with this object: what they
/// take does not hold up the thread that measures.
class listener_process {
 public:
  /// Starts them and waits until all have subscribed. Throws when they have not.
  listener_process(const client::endpoint& node, std::size_t count);
  ~listener_process();
  listener_process(const listener_process&) = delete;
  listener_process& operator=(const listener_process&) = delete;

  struct told {
    double cpu_s = 0;  ///< of the process so far
    std::vector<heard_round> rounds;
  };
  /// Waits until everybody has this broadcast, and gives what came since the last call. Throws
  /// when it does not come, or when any came twice, out of order or changed.
  told hear(std::uint64_t seq);

 private:
  void launch(const client::endpoint& node, std::size_t count);
  std::string next_line();

  pid_t process_ = -1;
  int questions_ = -1;
  int answers_ = -1;
  std::string unread_;
};

}  // namespace uod::bench
