#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
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

  /// From now on hands on so many octets and then nothing more, until `go_on`.
  void hold_after(std::uint64_t octets);
  /// Waits until it holds.
  void await_hold();
  void go_on();

 private:
  void accept_all();
  void hand_on(int client);
  void pass(std::string_view octets);

  std::uint16_t server_port_;
  int listener_ = -1;
  int stop_ = -1;  ///< readable when everything is to end
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::string captured_;
  std::uint64_t passed_ = 0;
  std::uint64_t hold_at_ = ~std::uint64_t{0};
  bool ending_ = false;
  std::condition_variable changed_;
  std::thread acceptor_;
  std::vector<std::thread> lines_;
};

}  // namespace uod::process
