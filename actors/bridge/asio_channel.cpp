#include "actors/bridge/asio_channel.hpp"

#include <utility>

namespace uod {

namespace asio = boost::asio;
using asio::ip::tcp;

void asio_channel::shared::await_bytes() {
  if (closed || !wanted || std::exchange(waiting_to_read, true)) return;
  socket.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code failed) {
    self->waiting_to_read = false;
    if (!self->closed && self->wanted) self->read(failed);
  });
}

void asio_channel::shared::read(error_code failed) {
  const auto alive = owner.lock();
  if (!alive) return;
  std::size_t got = 0;
  if (!failed) got = socket.read_some(asio::buffer(home->read_buffer), failed);
  if (failed == asio::error::would_block || failed == asio::error::interrupted) {
    return await_bytes();
  }
  if (failed) {
    return alive->on_closed(error{errc::link_closed, failed == asio::error::eof
                                                         ? "the client closed the connection"
                                                         : failed.message()});
  }
  alive->on_bytes({home->read_buffer.data(), got});
  await_bytes();
}

bool asio_channel::shared::write_now() {
  while (left() > 0) {
    error_code failed;
    unsent_from += socket.write_some(asio::buffer(unsent.data() + unsent_from, left()), failed);
    if (failed == asio::error::would_block) return true;
    if (failed && failed != asio::error::interrupted) return false;
  }
  unsent = {};
  unsent_from = 0;
  return true;
}

void asio_channel::shared::await_room() {
  if (closed || std::exchange(waiting_to_write, true)) return;
  socket.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code) {
    self->waiting_to_write = false;
    if (!self->closed) self->go_on_writing();
  });
}

void asio_channel::shared::go_on_writing() {
  const auto alive = owner.lock();
  if (!alive) return;
  if (!write_now()) {
    return alive->on_closed(error{errc::link_closed, "the connection broke while writing"});
  }
  if (left() > 0) {
    await_room();
  } else {
    alive->on_written();
  }
}

void asio_channel::shared::shut() {
  if (std::exchange(closed, true)) return;
  write_now();
  error_code ignored;
  socket.shutdown(tcp::socket::shutdown_both, ignored);
  socket.close(ignored);
  // The connection may be in the middle of a call: it is let go in a later turn.
  if (on_close) asio::post(home->io, std::exchange(on_close, {}));
}

void asio_channel::write(bytes octets) {
  if (state_->closed) return;
  const bool idle = state_->left() == 0;
  if (idle) {
    state_->unsent = std::move(octets);
    state_->unsent_from = 0;
    // A failure shows again, and is reported, when the wait for room ends.
    state_->write_now();
  } else {
    state_->unsent += octets;
  }
  if (state_->left() > 0) state_->await_room();
}

void asio_channel::read_on(bool wanted) {
  state_->wanted = wanted;
  state_->await_bytes();
}

}  // namespace uod
