#pragma once

#include <boost/asio.hpp>
#include <functional>
#include <memory>

#include "actors/bridge/asio_reactor.hpp"
#include "actors/bridge/byte_channel.hpp"

namespace uod {

/// A socket that reads into its thread's buffer and writes at once as far as the kernel takes it.
class asio_channel final : public byte_channel {
 public:
  /// What waits for the kernel on its behalf, and may outlive it by a moment. The reactor's thread.
  struct shared : std::enable_shared_from_this<shared> {
    using tcp_socket = boost::asio::ip::tcp::socket;
    using error_code = boost::system::error_code;

    shared(std::shared_ptr<asio_reactor> home_in, tcp_socket socket_in)
        : home(std::move(home_in)), socket(std::move(socket_in)) {}

    [[nodiscard]] std::size_t left() const { return unsent.size() - unsent_from; }
    void await_bytes();
    void read(error_code failed);
    /// Gives the kernel what it takes now. False when the socket has failed.
    bool write_now();
    void await_room();
    void go_on_writing();
    void shut();

    std::shared_ptr<asio_reactor> home;
    tcp_socket socket;
    std::weak_ptr<connection> owner;
    bytes unsent;
    std::size_t unsent_from = 0;
    bool wanted = true;
    bool waiting_to_read = false;
    bool waiting_to_write = false;
    bool closed = false;
    std::function<void()> on_close;
  };

  explicit asio_channel(std::shared_ptr<shared> state) : state_(std::move(state)) {}
  ~asio_channel() override { state_->shut(); }

  void write(bytes octets) override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return state_->left(); }
  void read_on(bool wanted) override;
  void close() override { state_->shut(); }
  void wake(turn when) override { state_->home->wake(state_->owner, when); }

 private:
  std::shared_ptr<shared> state_;
};

}  // namespace uod
