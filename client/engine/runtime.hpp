#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

/// The narrow seam between the engine and the world: time, chance, connections, and work that
/// takes long. `asio_runtime` is the real one; the simulation brings its own. All calls and all
/// callbacks happen on the one thread that the engine lives on.
namespace uod::client {

struct endpoint {
  std::string host;
  std::uint16_t port = 0;

  auto operator<=>(const endpoint&) const = default;
};

/// `host:port`, with brackets around IPv6 addresses.
std::string to_text(const endpoint& where);

/// Reads `HOST:PORT`, `HOST` (then port 7400), `[IPV6]:PORT`. Error: `usage`.
outcome<endpoint> parse_endpoint(std::string_view text);

/// What becomes of a dialled connection. After `on_closed` nothing more comes.
class channel_events {
 public:
  virtual ~channel_events() = default;
  virtual void on_open() = 0;
  virtual void on_bytes(bytes_view received) = 0;
  /// What was sent has left (to the kernel): there is room for more.
  virtual void on_drained() = 0;
  /// Could not be opened, or is over. `server_unreachable` or `link_closed`, with the reason.
  virtual void on_closed(const error& why) = 0;
};

/// A connection, of octets and in order. Destroying it closes it, without further callbacks; that
/// may happen from within one of its callbacks.
class channel {
 public:
  virtual ~channel() = default;
  /// Never calls back from within.
  virtual void send(bytes octets) = 0;
  /// Octets given to `send` that have not left yet.
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;
};

/// Destroying a timer before it is due cancels it; that may happen from within its own call.
class timer {
 public:
  virtual ~timer() = default;
};

class runtime {
 public:
  virtual ~runtime() = default;

  [[nodiscard]] virtual std::uint64_t unix_ms() const = 0;    ///< for ids
  [[nodiscard]] virtual std::uint64_t steady_ms() const = 0;  ///< for spans; never goes back
  virtual std::uint64_t random() = 0;                         ///< 64 random bits

  /// Spans go on while the machine sleeps; what has become due then comes when it wakes.
  virtual std::unique_ptr<timer> after(std::uint64_t delay_ms, std::function<void()> act) = 0;

  /// Opens a connection; `events` must outlive the channel. Never calls back from within.
  virtual std::unique_ptr<channel> dial(const endpoint& where, channel_events& events) = 0;

  /// Runs `work` where it holds up nobody (password stretching), then `after` on the engine's
  /// thread. Work still running when the runtime ends is waited for; its `after` is dropped.
  virtual void run_aside(std::function<void()> work, std::function<void()> after) = 0;
};

}  // namespace uod::client
