#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace uod::process {

/// Stands between clients and a server on this machine, hands everything on in both directions,
/// and keeps it. Threads of its own; ends when it goes.
class wiretap {
 public:
  explicit wiretap(std::uint16_t server_port);
  wiretap(const wiretap&) = delete;
  ~wiretap();

  /// Where clients connect to: `host:port`.
  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::string captured() const;

 private:
  void accept_all();
  void hand_on(int client);

  std::uint16_t server_port_;
  int listener_ = -1;
  int stop_ = -1;  ///< readable when everything is to end
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::string captured_;
  std::thread acceptor_;
  std::vector<std::thread> lines_;
};

}  // namespace uod::process
