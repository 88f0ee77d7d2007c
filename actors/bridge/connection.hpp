#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/bridge/byte_channel.hpp"
#include "actors/node_context.hpp"
#include "actors/outlet.hpp"
#include "protocol/wire.hpp"

namespace uod {

/// Octets that are encrypted ahead of the socket at most: enough to keep it busy, little enough
/// that a chat message overtakes a page of history.
inline constexpr std::size_t ciphertext_ahead_bytes_max = 64 * 1024;
/// Octets of requests that may be in work for somebody who has not logged in, and for an account:
/// what a session holds while it waits is bounded in octets too, not only in frames.
inline constexpr std::size_t stranger_work_bytes_max = stranger_frame_bytes_max;
inline constexpr std::size_t account_work_bytes_max = 512 * 1024;
/// Frames that come again on one connection before it is ended: each is logged, and a log is not to
/// be filled by whoever likes.
inline constexpr std::uint64_t replays_per_connection_max = 100;
/// Into so many parts the tenth of a silence is divided by which connections ask "still there?"
/// earlier than others: those who were heard in the same second are not all asked in one.
inline constexpr std::uint64_t silence_spread = 64;
/// How long a connection that closes may take to get rid of what is queued.
inline constexpr std::uint64_t close_linger_ms = 2000;

/// Where a client connects from.
struct peer_address {
  std::string host;
  std::uint16_t port = 0;
};

/// The network bridge: turns the encrypted octets of one socket into messages to a session actor,
/// one for all that a read held, and the session's frames into octets. Belongs to one reactor
/// thread, but for the calls of `outlet`, which come from the session.
class connection final : public outlet, public std::enable_shared_from_this<connection> {
 public:
  struct environment {
    caf::actor_system& system;
    std::shared_ptr<node_context> node;
    const tls_context& tls;
    /// Where sessions run: with the sockets; without it, on the scheduler's threads.
    std::shared_ptr<caf::execution_unit> home = {};
  };

  /// `now_ms` is steady time, as `on_tick` tells it.
  connection(environment world, std::unique_ptr<byte_channel> channel, peer_address peer,
             std::uint64_t number, std::uint64_t now_ms);
  ~connection() override;

  // The reactor's thread:

  void on_bytes(bytes_view received);
  void on_written();
  /// The socket is over: the other side closed it, or it failed.
  void on_closed(const error& why);
  /// Looks at the deadlines, about once a second.
  void on_tick(std::uint64_t now_ms);
  /// Takes up what the session has handed over.
  void run();
  /// Ends the session, or at once a connection that has none yet.
  void ask_to_close(const error& why);

  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] const peer_address& peer() const { return peer_; }

  // The session's thread:

  void push(std::vector<outgoing_frame> frames, std::uint32_t granted) override;
  void admit() override;
  void close(const error& why) override;
  [[nodiscard]] std::size_t queued_bytes() const override { return queued_bytes_.load(); }
  /// The same and what the socket has not taken yet. The reactor's thread.
  [[nodiscard]] std::size_t unsent_bytes() const {
    return queued_bytes() + channel_->unsent_bytes();
  }

 private:
  class inbox;

  void take_frames(bytes_view received);
  void begin_session();
  void send_out();
  /// What the bridge itself has to say.
  void say(server_body body);
  void look_for_life();
  [[nodiscard]] std::uint64_t silence_ms() const;
  void write(bytes output);
  void fail_link(const error& why);
  void end(const error& why);
  void answer_http(bytes_view received);
  void log_end(const error& why) const;

  environment world_;
  std::unique_ptr<byte_channel> channel_;
  gauge_share open_;
  std::uint64_t replays_ = 0;
  peer_address peer_;
  std::uint64_t number_;
  wire wire_;
  session_actor session_;
  std::int64_t credit_;
  std::uint8_t traces_ = 0;     ///< of frames that have not left
  std::size_t work_bytes_ = 0;  ///< taken in since the session last had nothing to do
  std::size_t work_bytes_max_ = stranger_work_bytes_max;
  bool reading_ = true;
  bool over_ = false;
  bool heard_anything_ = false;
  std::uint64_t opened_at_ms_;
  std::uint64_t now_ms_;
  std::uint64_t progress_at_ms_;              ///< when the socket last took something
  bool admitted_ = false;                     ///< somebody is logged in
  std::uint64_t heard_at_ms_;                 ///< when a frame last came
  std::optional<std::uint64_t> asked_at_ms_;  ///< "still there?", and nothing has come since
  bool told_to_close_ = false;
  std::optional<error> closing_;
  std::uint64_t closing_since_ms_ = 0;

  /// What the session hands over, until the reactor takes it.
  struct handover {
    std::vector<outgoing_frame> frames;
    std::uint32_t granted = 0;
    bool admitted = false;
    std::optional<error> close;
    std::optional<turn> scheduled;
  };
  void schedule(std::unique_lock<std::mutex> lock, turn when = turn::next);
  void take_grant(const handover& taken);
  /// Looks at the outbox's bound, with so much in it.
  void note_queued(std::size_t octets);

  std::mutex mutex_;
  handover handover_;
  std::atomic<std::size_t> queued_bytes_{0};
  std::atomic<bool> overfull_{false};
};

}  // namespace uod
