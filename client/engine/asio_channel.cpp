#include <netinet/in.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <vector>

#include "client/engine/asio_core.hpp"

namespace uod::client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How long one of several addresses may leave a dial unanswered before the next one is tried
/// (RFC 8305 in its simplest form: one after the other).
constexpr auto next_address_after = std::chrono::milliseconds(2'000);

/// Of the socket of somebody who reads slowly, so that it is the other side that has to wait.
constexpr int slow_buffer_bytes = 4 * 1024;

/// A TCP connection. Every handler holds it weakly: without its `asio_channel` it is gone.
class tcp_stream : public std::enable_shared_from_this<tcp_stream> {
 private:
  /// Wraps a handler so that it is called only while the stream is wanted.
  template <class Act>
  auto guarded(Act act) {
    return [weak = weak_from_this(), act](auto&&... results) {
      if (const auto self = weak.lock(); self && !self->over_) {
        act(*self, std::forward<decltype(results)>(results)...);
      }
    };
  }

 public:
  tcp_stream(std::shared_ptr<asio_core> core, endpoint where, channel_events& events,
             dial_options how)
      : core_(std::move(core)),
        where_(std::move(where)),
        how_(std::move(how)),
        events_(&events),
        resolver_(core_->io),
        socket_(core_->io),
        patience_(core_->io) {}

  void open() {
    error_code is_name;
    const auto address = asio::ip::make_address(where_.host, is_name);
    if (!is_name) {  // nobody has to be asked, which Asio does on a thread
      addresses_.emplace_back(address, where_.port);
      return asio::post(core_->io, guarded([](tcp_stream& self) { self.try_next_address(); }));
    }
    resolver_.async_resolve(
        where_.host, std::to_string(where_.port), tcp::resolver::numeric_service,
        guarded([](tcp_stream& self, const error_code& failed, tcp::resolver::results_type found) {
          if (failed) return self.finish(errc::server_unreachable, failed);
          for (const auto& each : found) self.addresses_.push_back(each.endpoint());
          self.try_next_address();
        }));
  }

  /// Nothing comes any more, also of what is already on its way.
  void silence() {
    events_ = nullptr;
    over_ = true;
    resolver_.cancel();
    patience_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

  void send(bytes octets) {
    if (over_ || octets.empty()) return;
    unsent_bytes_ += octets.size();
    waiting_.push_back(std::move(octets));
    if (open_ && !writing_) write();
  }

  [[nodiscard]] std::size_t unsent_bytes() const { return unsent_bytes_; }

 private:
  void try_next_address() {
    const tcp::endpoint address = addresses_[next_address_++];
    if (next_address_ < addresses_.size()) {
      patience_.expires_after(next_address_after);
      patience_.async_wait(
          guarded([tried = next_address_](tcp_stream& self, const error_code& cancelled) {
            error_code ignored;
            const bool same = !self.open_ && self.next_address_ == tried;
            if (!cancelled && same) self.socket_.close(ignored);  // its connect fails now
          }));
    }
    prepare(address);
    socket_.async_connect(
        address, guarded([](tcp_stream& self, const error_code& failed) {
          self.patience_.cancel();
          if (!failed) return self.begin();
          error_code ignored;
          self.socket_.close(ignored);
          if (self.next_address_ < self.addresses_.size()) {
            return self.try_next_address();
          }
          self.finish(errc::server_unreachable,
                      failed == asio::error::operation_aborted ? asio::error::timed_out : failed);
        }));
  }

  /// What has to be set before a connection is made. What the system refuses is left as usual.
  void prepare(const tcp::endpoint& address) {
    error_code failed;
    const auto source = asio::ip::make_address_v4(how_.source, failed);
    const bool comes_from = !failed && address.address().is_v4();
    if (!comes_from && how_.read_bytes_per_s == 0) return;
    socket_.open(address.protocol(), failed);
    if (how_.read_bytes_per_s != 0) {
      socket_.set_option(asio::socket_base::receive_buffer_size(slow_buffer_bytes), failed);
    }
    if (!comes_from) return;
    // The port is chosen when it is connected: then it needs to be free for this server only.
    const int later = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later,
                 sizeof later);
    socket_.bind({source, 0}, failed);
  }

  void begin() {
    open_ = true;
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    events_->on_open();
    if (over_) return;
    wait_for_bytes();
    if (!waiting_.empty() && !writing_) write();
  }

  void wait_for_bytes() {
    socket_.async_wait(tcp::socket::wait_read,
                       guarded([](tcp_stream& self, const error_code& failed) {
                         if (failed) return self.finish(errc::link_closed, failed);
                         self.read();
                       }));
  }

  void read() {
    error_code failed;
    const bool slowly = how_.read_bytes_per_s != 0;
    const std::size_t most = slowly ? slow_buffer_bytes : core_->read_buffer.size();
    const std::size_t got =
        socket_.read_some(asio::buffer(core_->read_buffer.data(), most), failed);
    if (failed && failed != asio::error::would_block && failed != asio::error::interrupted) {
      return finish(errc::link_closed, failed);
    }
    if (got > 0) events_->on_bytes(bytes_view(core_->read_buffer).substr(0, got));
    if (over_) return;
    if (!slowly) return wait_for_bytes();
    patience_.expires_after(std::chrono::milliseconds(got * 1000 / how_.read_bytes_per_s));
    patience_.async_wait(guarded([](tcp_stream& self, const error_code& cancelled) {
      if (!cancelled) self.wait_for_bytes();
    }));
  }

  /// Sends everything that waits as one; what comes meanwhile goes with the next.
  void write() {
    writing_ = true;
    // Held by the handler: Asio may look at the octets until it is called.
    const auto batch = std::make_shared<std::vector<bytes>>(std::move(waiting_));
    waiting_.clear();
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(batch->size());
    for (const auto& each : *batch) buffers.push_back(asio::buffer(each));
    asio::async_write(socket_, buffers,
                      guarded([batch](tcp_stream& self, const error_code& failed, std::size_t) {
                        self.written(*batch, failed);
                      }));
  }

  void written(const std::vector<bytes>& batch, const error_code& failed) {
    writing_ = false;
    if (failed) return finish(errc::link_closed, failed);
    for (const auto& each : batch) unsent_bytes_ -= each.size();
    if (!waiting_.empty()) return write();
    events_->on_drained();
  }

  void finish(errc code, const error_code& why) {
    channel_events* const events = events_;
    silence();
    const std::string reason = why == asio::error::eof ? "closed by the other side" : why.message();
    events->on_closed({code, to_text(where_) + ": " + reason});
  }

  std::shared_ptr<asio_core> core_;
  endpoint where_;
  dial_options how_;
  channel_events* events_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  asio::steady_timer patience_;
  std::vector<tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  bool open_ = false;
  bool over_ = false;
  bool writing_ = false;
  std::vector<bytes> waiting_;
  std::size_t unsent_bytes_ = 0;
};

class asio_channel final : public channel {
 public:
  explicit asio_channel(std::shared_ptr<tcp_stream> stream) : stream_(std::move(stream)) {}
  ~asio_channel() override { stream_->silence(); }
  asio_channel(const asio_channel&) = delete;
  asio_channel& operator=(const asio_channel&) = delete;

  void send(bytes octets) override { stream_->send(std::move(octets)); }
  [[nodiscard]] std::size_t unsent_bytes() const override { return stream_->unsent_bytes(); }

 private:
  std::shared_ptr<tcp_stream> stream_;
};

}  // namespace

std::unique_ptr<channel> make_asio_channel(const std::shared_ptr<asio_core>& core,
                                           const endpoint& where, channel_events& events,
                                           const dial_options& how) {
  auto stream = std::make_shared<tcp_stream>(core, where, events, how);
  stream->open();
  return std::make_unique<asio_channel>(std::move(stream));
}

}  // namespace uod::client
