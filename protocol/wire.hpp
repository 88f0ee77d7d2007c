#pragma once

#include <optional>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/segments.hpp"
#include "protocol/tls_link.hpp"

namespace uod {

/// One end of a connection, whole but for the socket: TLS link, segments, frames and the replay
/// window, the same on both sides. Ciphertext in, frames' payloads out; payloads in, ciphertext
/// out. Pure: the caller moves the octets, in whatever way (Asio, a simulation, a test).
class wire {
 public:
  wire(const tls_context& context, link_side side, std::size_t frame_bytes_max,
       bytes_view session = {});

  /// A client's first flight; nothing at a server. Appends to `output`.
  outcome<void> start(bytes& output) { return link_.start(output); }

  /// Takes what came from the other side, gives whole frames to `sink`, and appends what must go
  /// back at once (handshake, alerts) to `output`, also when it fails. Errors: those of
  /// `tls_link::receive` and `segment_reader::receive`. After one the connection is over.
  outcome<void> receive(bytes_view ciphertext, frame_sink& sink, bytes& output);

  /// Queues a frame; it leaves with the next `pump`. Frames may be queued before the link stands.
  void enqueue(lane in, bytes payload);

  /// Encrypts what is queued, most important first, until nothing is left or `output` holds
  /// about `output_bytes` octets: what is not yet encrypted can still be overtaken. Does nothing
  /// until the link stands.
  outcome<void> pump(bytes& output, std::size_t output_bytes);

  /// How large a frame may be from now on.
  void set_frame_bytes_max(std::size_t frame_bytes_max);

  /// Says goodbye to the other side's TLS.
  void close(bytes& output) { link_.close(output); }

  [[nodiscard]] bool established() const { return link_.established(); }
  [[nodiscard]] bool peer_closed() const { return link_.peer_closed(); }
  /// Octets that are queued and not yet encrypted.
  [[nodiscard]] std::size_t queued_bytes() const;

  tls_link& link() { return link_; }
  [[nodiscard]] const tls_link& link() const { return link_; }

 private:
  struct framing {
    segment_writer writer;
    segment_reader reader;
  };
  void begin_framing();

  tls_link link_;
  link_side side_;
  std::size_t frame_bytes_max_;
  std::optional<framing> framing_;  ///< once the link stands: its ids come from the handshake
  std::list<std::pair<lane, bytes>> early_;
};

}  // namespace uod
