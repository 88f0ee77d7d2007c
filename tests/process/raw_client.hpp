#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/segments.hpp"
#include "protocol/tls_link.hpp"

/// A client that does what no good client does: it speaks the wire by hand, over a blocking
/// socket, so that each layer can be broken on purpose.
namespace uod::process {

/// Where a connection comes from, and how much of what it is sent the system takes for it.
struct tcp_manner {
  std::string from = "127.0.0.1";
  int receive_bytes = 0;  ///< 0: what is usual
};

/// A connection to a port of this machine. All waits have a bound, and give up at it.
class tcp_client {
 public:
  explicit tcp_client(std::uint16_t port, const tcp_manner& how = {});
  tcp_client(tcp_client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  tcp_client& operator=(tcp_client&&) = delete;
  ~tcp_client();

  /// False when the other side has closed.
  bool write(bytes_view octets) const;
  /// Says that nothing more comes; still reads.
  void finish() const;
  /// Waits for octets; none at the end (also a reset).
  [[nodiscard]] bytes read_some() const;
  bytes read_to_end() const;
  /// This end's port, as the server's log names it.
  [[nodiscard]] std::uint16_t own_port() const;

 private:
  int socket_ = -1;
};

class raw_client final : frame_sink {
 public:
  /// Connects and shakes hands.
  explicit raw_client(std::uint16_t port, const tcp_manner& how = {});

  /// The octets that a frame with this request is made of, the next of this link.
  bytes segments_of(client_message message, lane in = lane::chat);
  /// Encrypts octets as they are and sends them. False when the other side has closed.
  bool write(bytes_view plaintext);
  /// Encrypts without sending.
  bytes encrypted(bytes_view plaintext);
  const tcp_client& socket() { return tcp_; }
  /// All octets that went to the socket, from the first of the handshake on; not what was written
  /// to `socket()` directly.
  [[nodiscard]] const bytes& transmitted() const { return transmitted_; }

  /// Sends a request; gives its number.
  std::uint32_t send(client_body body);
  /// Waits for the answer to a request; events and other answers are passed over.
  server_body answer_to(std::uint32_t request);
  server_body ask(client_body body) { return answer_to(send(std::move(body))); }
  /// The same, for the one kind of answer that is right.
  template <class Reply>
  Reply ask_for(client_body body) {
    return std::get<Reply>(ask(std::move(body)));
  }
  /// What a request that fails is told.
  error refusal_of(client_body body) { return ask_for<failure>(std::move(body)).reason; }

  /// How many answers to a request have come until now, those passed over too.
  [[nodiscard]] std::size_t answers_to(std::uint32_t request) const;

  /// Reads to the end of the connection; gives why the server said it closes, or how TLS broke.
  std::optional<error> farewell();

  /// Says hello and makes an account, or comes back to one.
  logged_in registers(const std::string& name, const std::string& device = "wire");
  void resumes(const logged_in& as);
  /// After `registers`: so that others can seal for this account. It opens nothing itself.
  void takes_an_identity();

  /// The id of the frame that was sent last, as logs write it.
  [[nodiscard]] std::string last_frame() const;

 private:
  void on_frame(bytes_view payload) override;
  void on_replay(const frame_id& id) override;
  bool read_more();
  bool transmit(bytes_view ciphertext);
  [[nodiscard]] std::string how_it_broke() const;

  tls_context context_;
  tcp_client tcp_;
  tls_link link_;
  frame_prefix prefix_{};
  std::optional<segment_writer> writer_;
  std::optional<segment_reader> reader_;
  std::uint64_t frames_sent_ = 0;
  std::uint32_t last_request_ = 0;
  std::deque<server_message> received_;
  std::vector<std::uint32_t> answered_;
  bytes transmitted_;
  std::optional<error> broken_;
  bytes auth_key_;  ///< of `registers`
};

/// How somebody with a random password registers from a device of this name.
register_account registration_of(const std::string& name, const std::string& device);

/// A time-ordered id as clients make it.
message_id new_message_id();

}  // namespace uod::process
