#pragma once

#include <string>

#include "protocol/bytes.hpp"

namespace uod {

/// Whose turn comes when a connection is to run.
enum class turn {
  next,   ///< people wait for it
  later,  ///< there is nothing but bulk: after those, a few at a time
};

/// A socket as a connection sees it: the seam at which a simulation takes Asio's place. All calls
/// but `wake` belong to the reactor's thread, and none calls back from within.
class byte_channel {
 public:
  virtual ~byte_channel() = default;

  /// Sends octets, at once as far as they go; where some had to wait (`unsent_bytes`),
  /// `connection::on_written` follows when all have left.
  virtual void write(bytes octets) = 0;
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;

  /// Whether to read on; an unread socket is how back-pressure reaches the other side.
  virtual void read_on(bool wanted) = 0;

  /// Closes after what was written has left as far as that goes at once; no calls follow.
  virtual void close() = 0;

  /// From any thread: `connection::run` is to be called on the reactor's thread.
  virtual void wake(turn when) = 0;
};

}  // namespace uod
