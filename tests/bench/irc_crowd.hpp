#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace uod::bench {

/// What one run of a crowd on IRC came to.
struct irc_run {
  double seconds = 0;
  double cpu_s = 0;                         ///< of this process
  std::vector<std::uint32_t> latencies_us;  ///< sorted
};

/// People on an IRC server (RFC 2812) over TLS 1.3, a connection and a full handshake each, on one
/// thread. Only what its peers' benchmarks need; whatever is not expected ends it with an
/// exception.
class irc_crowd {
 public:
  /// Connects `count` people and waits until the server has welcomed all.
  irc_crowd(std::uint16_t port, std::size_t count);
  ~irc_crowd();
  irc_crowd(const irc_crowd&) = delete;
  irc_crowd& operator=(const irc_crowd&) = delete;

  /// The first half write, each to one of the second, and keep `window` texts of 128 octets under
  /// way; counted after `warm_up_s` for `seconds`. Then all that is under way is awaited; that each
  /// text came once and in order is checked.
  irc_run chat(std::size_t window, double warm_up_s, double seconds);

  /// All but the last join one channel; then the last tells it a text of 128 octets, `rounds`
  /// times, each when all have heard the one before. The seconds that each took until the last had
  /// heard it.
  std::vector<double> tell_all(std::size_t rounds);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace uod::bench
