#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "protocol/errors.hpp"

namespace uod::metrics {

/// Bounds of the endpoint. Whoever reaches one is closed, or answered with HTTP's number for it.
struct http_limits {
  std::size_t connections_max = 16;  ///< monitoring has a few; one more is closed at once
  std::uint32_t request_octets_max = 8 * 1024;  ///< request line and headers; there is no body
  std::uint32_t request_ms = 5'000;             ///< from connecting to the whole request
  std::uint32_t answer_ms = 10'000;             ///< from the first octet of the answer to its last
  /// An answer is good for so long: however often somebody asks, it is made at most so often.
  std::uint32_t fresh_ms = 200;
};

/// What is asked of the node, on the endpoint's thread, one at a time.
struct http_answers {
  std::function<std::string()> metrics;
  /// Why the node is not ready; nothing: it is.
  std::function<std::optional<std::string>()> not_ready;
};

/// A few pages over HTTP/1.1 for monitoring, on a thread of its own, one request a connection:
///   /metrics  200, the metrics
///   /health   200: the process lives and this thread too; nothing else is asked
///   /ready    200, or 503 with a line that says why not
/// GET and HEAD only (405), other paths 404, what is no HTTP 400. No TLS and no passwords: it is
/// meant for addresses that only this machine, or a network for monitoring, can reach.
class http_endpoint {
 public:
  /// Listens from now on. Errors: `address_in_use`, `permission_denied`, `config_invalid`,
  /// `io_failed`, with the address.
  static outcome<std::unique_ptr<http_endpoint>> open(const std::string& host, std::uint16_t port,
                                                      http_answers answers,
                                                      const http_limits& limits = {});
  /// Closes what is open and ends the thread.
  ~http_endpoint();
  http_endpoint(const http_endpoint&) = delete;
  http_endpoint& operator=(const http_endpoint&) = delete;

  /// `127.0.0.1:9401`, with the port that was taken.
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  class state;
  http_endpoint(std::unique_ptr<state> work, std::string address);

  std::unique_ptr<state> state_;
  std::string address_;
};

}  // namespace uod::metrics
