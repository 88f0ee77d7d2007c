#pragma once

#include <cstdint>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/segments.hpp"

namespace uod {

/// A frame's payload on its way out.
struct outgoing_frame {
  lane in = lane::chat;
  bytes payload;
  std::uint8_t traces = 0;  ///< which of the armed traces want to know when it is written
};

/// All that a session sees of its connection. Calls come from the session's thread and return at
/// once; what they cause happens on the reactor's.
class outlet {
 public:
  virtual ~outlet() = default;

  /// Hands over frames to be sent, in order within their lanes, and allows the bridge to read
  /// `granted` frames more. Never refuses: whoever pushes looks at `queued_bytes` first and stops
  /// at its bound.
  virtual void push(std::vector<outgoing_frame> frames, std::uint32_t granted) = 0;

  /// The client has logged in: from now on it may send what an account may. Before the answer that
  /// tells the client so.
  virtual void admit() {}

  /// Closes once everything that was pushed has left, or a short time later. `why` is logged.
  virtual void close(const error& why) = 0;

  /// Octets that were pushed and have not left yet. When it has risen above the bound of the
  /// outbox and falls below half of it again, the session gets `outlet_drained`.
  [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
};

}  // namespace uod
