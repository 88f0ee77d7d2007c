#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/bridge/connection.hpp"
#include "actors/supervisor.hpp"

namespace uod {

/// The way in over TCP: Asio on threads of its own, so that a storm of handshakes touches neither
/// the stores nor a cluster's heartbeats. Each connection lives on one of the threads, and so does
/// its session.
class asio_gate final : public gate {
 public:
  asio_gate(connection::environment world, std::uint32_t threads);
  ~asio_gate() override;

  /// Listens at `ADDR:PORT` (port 0 picks a free one) and begins to accept. Gives the address
  /// that came of it. Errors: `address_in_use`, `permission_denied`, `config_invalid`,
  /// `io_failed`.
  outcome<std::string> listen(const std::string& host, std::uint16_t port);

  void stop_accepting() override;
  void close_all(const error& why) override;
  [[nodiscard]] std::size_t open_connections() const override;

  /// Cuts what is still open and ends the threads. Before the actor system ends.
  void stop();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace uod
