#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "client/engine/asio_core.hpp"

/// Reading standard input without changing it: Asio would make the descriptor non-blocking, and
/// that sticks to the terminal which the shell and our own output share. So an epoll descriptor
/// of ours watches it, Asio waits for that one, and we read when there is something.
namespace uod::client {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class input_source : public std::enable_shared_from_this<input_source> {
 public:
  input_source(std::shared_ptr<asio_core> core, int descriptor, aside_runner aside,
               std::function<void(bytes_view)> act)
      : core_(std::move(core)),
        descriptor_(descriptor),
        aside_(std::move(aside)),
        act_(std::move(act)),
        watcher_(core_->io) {}

  void begin() {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    if (epoll >= 0) {
      if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor_, &wanted) == 0) {
        watcher_.assign(epoll);
      } else {
        close(epoll);  // a regular file is always ready, and epoll refuses it
      }
    }
    go_on();
  }

  void pause() { paused_ = true; }

  void resume() {
    if (!paused_) return;
    paused_ = false;
    go_on();
  }

  void end() {
    over_ = true;
    act_ = nullptr;
    error_code ignored;
    watcher_.close(ignored);
  }

 private:
  void go_on() {
    if (paused_ || over_ || busy_) return;
    busy_ = true;
    if (kept_) {
      asio::post(core_->io, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self && self->kept_) self->take_aside(*std::exchange(self->kept_, std::nullopt));
      });
    } else if (watcher_.is_open()) {
      watcher_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [weak = weak_from_this()](const error_code& failed) {
                            if (const auto self = weak.lock(); self && !failed) self->read_ready();
                          });
    } else {
      read_aside();
    }
  }

  void read_ready() {
    busy_ = false;
    if (paused_ || over_) return;  // resume waits again
    const ssize_t got = read(descriptor_, core_->read_buffer.data(), core_->read_buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return go_on();
    give(bytes_view(core_->read_buffer).substr(0, got > 0 ? static_cast<std::size_t>(got) : 0));
  }

  void read_aside() {
    const auto piece = std::make_shared<bytes>();
    aside_(
        [piece, descriptor = descriptor_] {
          piece->resize(asio_core::read_bytes_max);
          ssize_t got = 0;
          do {
            got = read(descriptor, piece->data(), piece->size());
          } while (got < 0 && errno == EINTR);
          piece->resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        },
        [piece, weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->take_aside(std::move(*piece));
        });
  }

  void take_aside(bytes piece) {
    busy_ = false;
    if (over_) return;
    if (!paused_) return give(piece);
    kept_ = std::move(piece);
  }

  void give(bytes_view piece) {
    const bool at_end = piece.empty();
    if (at_end) over_ = true;
    const auto act = act_;  // held: the input may be destroyed from within
    act(piece);
    if (!at_end) go_on();
  }

  std::shared_ptr<asio_core> core_;
  int descriptor_;
  aside_runner aside_;
  std::function<void(bytes_view)> act_;
  asio::posix::stream_descriptor watcher_;
  bool paused_ = false;
  bool over_ = false;
  bool busy_ = false;          ///< something waits or reads
  std::optional<bytes> kept_;  ///< read when a pause had begun
};

class asio_input final : public asio_runtime::input {
 public:
  explicit asio_input(std::shared_ptr<input_source> source) : source_(std::move(source)) {}
  ~asio_input() override { source_->end(); }
  asio_input(const asio_input&) = delete;
  asio_input& operator=(const asio_input&) = delete;

  void pause() override { source_->pause(); }
  void resume() override { source_->resume(); }

 private:
  std::shared_ptr<input_source> source_;
};

}  // namespace

std::unique_ptr<asio_runtime::input> make_asio_input(const std::shared_ptr<asio_core>& core,
                                                     int descriptor, aside_runner aside,
                                                     std::function<void(bytes_view)> act) {
  auto source = std::make_shared<input_source>(core, descriptor, std::move(aside), std::move(act));
  source->begin();
  return std::make_unique<asio_input>(std::move(source));
}

}  // namespace uod::client
