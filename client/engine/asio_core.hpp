#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "client/engine/asio_clock.hpp"
#include "client/engine/asio_runtime.hpp"

/// What the parts of `asio_runtime` share; only asio_*.cpp include this.
///
/// Ownership: channels, timers and inputs keep the core alive and not the other way round, so
/// they may outlive the runtime. What Asio holds until an operation is over refers to them only
/// weakly, so a destroyed one is never called back.
namespace uod::client {

struct asio_core {
  static constexpr std::size_t read_bytes_max = 64 * 1024;

  boost::asio::io_context io{1};  // one thread runs it
  wake_watch sleeps{io};
  /// Every read goes through this one: a connection that waits holds no buffer.
  bytes read_buffer = bytes(read_bytes_max, '\0');
};

std::unique_ptr<channel> make_asio_channel(const std::shared_ptr<asio_core>& core,
                                           const endpoint& where, channel_events& events,
                                           const dial_options& how);

using aside_runner = std::function<void(std::function<void()> work, std::function<void()> after)>;

/// `aside` reads what cannot be waited for (regular files).
std::unique_ptr<asio_runtime::input> make_asio_input(const std::shared_ptr<asio_core>& core,
                                                     int descriptor, aside_runner aside,
                                                     std::function<void(bytes_view)> act);

}  // namespace uod::client
