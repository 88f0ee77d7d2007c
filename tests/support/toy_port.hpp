#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/support/toy_server.hpp"

namespace uod::test {

/// A toy server on a real port of this machine, for programs. Its world lives at the pace of the
/// real one, on a thread of its own: whoever else touches server or world holds `lock`.
class toy_port {
 public:
  toy_port();
  ~toy_port();
  toy_port(const toy_port&) = delete;
  toy_port& operator=(const toy_port&) = delete;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

  fake_world world{1};
  toy_server server;

 private:
  class socket_end;

  void run();
  void accept();
  void read(socket_end& from);

  std::mutex mutex_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::map<int, std::shared_ptr<socket_end>> ends_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace uod::test
