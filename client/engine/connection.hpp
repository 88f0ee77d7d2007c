#pragma once

#include <memory>
#include <optional>

#include "client/engine/engine.hpp"
#include "protocol/wire.hpp"

namespace uod::client {

/// What a connection tells. Only `on_room` and `on_lost` may destroy it: they are the last thing
/// that happens in any of its calls.
class connection_owner {
 public:
  virtual ~connection_owner() = default;
  /// The key share stands, with this key. An error ends the connection.
  virtual outcome<void> on_link(const std::string& fingerprint) = 0;
  virtual outcome<void> on_server(server_message received) = 0;
  virtual void on_session_offer(const bytes& session) = 0;
  virtual void on_replay(const frame_id& id) = 0;
  /// Something has come in or has left: it is time to send more.
  virtual void on_room() = 0;
  virtual void on_lost(const error& why) = 0;
};

/// One try at one server: socket, TLS, frames, messages. It ends once and does not come back.
class connection final : public channel_events, private frame_sink {
 public:
  /// Everything must outlive the connection. `session` of an earlier one, or nothing.
  connection(std::shared_ptr<const tls_context> trusted, bytes_view session, runtime& world,
             connection_owner& owner);

  void open(const endpoint& server);

  /// Queues a frame with this payload; it leaves with the next `pump`.
  void send(lane in, bytes payload) { wire_.enqueue(in, std::move(payload)); }

  /// Hands on what is queued, but never far ahead of the socket: what waits here can be overtaken
  /// by something more important. Error: that of the link.
  outcome<void> pump();
  /// Says that nothing more comes. What is still queued does not leave.
  void say_close();

  [[nodiscard]] std::size_t queued_bytes() const { return wire_.queued_bytes(); }
  [[nodiscard]] std::size_t unsent_bytes() const { return channel_ ? channel_->unsent_bytes() : 0; }
  [[nodiscard]] std::uint64_t heard_at_ms() const { return heard_at_ms_; }

  void on_open() override;
  void on_bytes(bytes_view received) override;
  void on_drained() override;
  void on_closed(const error& why) override;

 private:
  void on_frame(bytes_view payload) override;
  void on_replay(const frame_id& id) override { owner_.on_replay(id); }
  outcome<void> announce();

  runtime& world_;
  connection_owner& owner_;
  std::shared_ptr<const tls_context> trusted_;
  wire wire_;
  bool announced_ = false;
  bool said_close_ = false;
  std::optional<error> refused_;  ///< why a frame or the key was not accepted
  std::uint64_t heard_at_ms_;
  std::unique_ptr<channel> channel_;  ///< last: it must be gone before what it calls back
};

}  // namespace uod::client
