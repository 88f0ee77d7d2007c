#include "client/engine/connection.hpp"

#include "protocol/codec.hpp"
#include "protocol/password.hpp"

namespace uod::client {
namespace {

/// The largest answer that is taken from a server: several of its pages. Answer to more: the
/// connection ends with `frame_too_large`.
constexpr std::size_t frame_bytes_max = 1024 * 1024;
/// Encrypted ahead of the socket: enough to keep it busy, little enough to be overtaken soon.
constexpr std::size_t ahead_bytes_max = 64 * 1024;

}  // namespace

connection::connection(std::shared_ptr<const tls_context> trusted, bytes_view session,
                       runtime& world, connection_owner& owner)
    : world_(world),
      owner_(owner),
      trusted_(std::move(trusted)),
      wire_(*trusted_, link_side::client, frame_bytes_max, session),
      heard_at_ms_(world.steady_ms()) {}

void connection::open(const endpoint& server) { channel_ = world_.dial(server, *this); }

outcome<void> connection::pump() {
  if (!announced_ || said_close_ || !channel_) return {};
  while (wire_.queued_bytes() > 0 && channel_->unsent_bytes() < ahead_bytes_max) {
    bytes output;
    if (auto pumped = wire_.pump(output, ahead_bytes_max - channel_->unsent_bytes()); !pumped) {
      return pumped;
    }
    if (output.empty()) break;
    channel_->send(std::move(output));
  }
  return {};
}

void connection::say_close() {
  if (said_close_ || !channel_) return;
  said_close_ = true;
  bytes output;
  wire_.close(output);
  if (!output.empty()) channel_->send(std::move(output));
}

void connection::on_open() {
  bytes output;
  if (auto started = wire_.start(output); !started) return owner_.on_lost(started.error());
  channel_->send(std::move(output));
}

void connection::on_bytes(bytes_view received) {
  heard_at_ms_ = world_.steady_ms();
  bytes output;
  outcome<void> taken = wire_.receive(received, *this, output);
  if (taken && refused_) taken = tl::unexpected(*refused_);
  if (taken) taken = announce();
  if (bytes session = wire_.link().take_session(); !session.empty()) {
    if (taken) owner_.on_session_offer(session);
    wipe(session);
  }
  if (!output.empty()) channel_->send(std::move(output));
  if (taken && wire_.peer_closed()) taken = fail(errc::link_closed, "by the server");
  if (!taken) return owner_.on_lost(taken.error());
  owner_.on_room();
}

outcome<void> connection::announce() {
  if (announced_ || !wire_.established()) return {};
  announced_ = true;
  return owner_.on_link(wire_.link().peer_fingerprint());
}

void connection::on_frame(bytes_view payload) {
  if (refused_) return;
  if (auto announced = announce(); !announced) {
    refused_ = announced.error();
    return;
  }
  auto message = decode_server_message(payload);
  if (!message) {
    refused_ = message.error();
    return;
  }
  if (auto taken = owner_.on_server(std::move(*message)); !taken) refused_ = taken.error();
}

void connection::on_drained() { owner_.on_room(); }

void connection::on_closed(const error& why) { owner_.on_lost(why); }

}  // namespace uod::client
