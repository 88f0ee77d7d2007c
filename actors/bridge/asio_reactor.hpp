#pragma once

#include <boost/asio.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "actors/bridge/connection.hpp"
#include "actors/bridge/session_host.hpp"

namespace uod {

/// One thread with its sockets and their sessions. Whoever runs `io` holds it meanwhile.
class asio_reactor {
 public:
  explicit asio_reactor(caf::actor_system& system);

  /// A connection is to run. From any thread. However many are woken, the thread is woken once.
  void wake(std::weak_ptr<connection> woken, turn when);

  boost::asio::io_context io{1};
  session_host sessions;
  std::vector<char> read_buffer;  ///< of all its connections: an idle one holds none
  std::unordered_map<std::uint64_t, std::shared_ptr<connection>> connections;
  std::int64_t outbox_octets = 0;  ///< of them, as the gauge has it

 private:
  void wake_for_sessions();
  void post_once();
  void post_run();
  void run_woken();

  std::mutex mutex_;
  std::vector<std::weak_ptr<connection>> next_;
  std::deque<std::weak_ptr<connection>> later_;
  std::vector<std::weak_ptr<connection>> running_;
  bool posted_ = false;
};

}  // namespace uod
