#include "tests/support/toy_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <vector>

namespace uod::test {
namespace {

const client::endpoint inside{"port", 1};
constexpr int tick_ms = 5;

}  // namespace

class toy_port::socket_end final : public server_end {
 public:
  explicit socket_end(int descriptor_in) : descriptor(descriptor_in) {}
  ~socket_end() override { ::close(descriptor); }
  socket_end(const socket_end&) = delete;
  socket_end& operator=(const socket_end&) = delete;

  /// What is said here is small: the kernel takes it, or the client has gone.
  void send(bytes octets) override {
    for (std::size_t at = 0; at < octets.size();) {
      const auto sent = ::send(descriptor, &octets[at], octets.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
  }
  void close() override { ::shutdown(descriptor, SHUT_RDWR); }

  const int descriptor;
};

toy_port::toy_port() : server(world, inside) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* address = reinterpret_cast<sockaddr*>(&where);
  if (listener_ < 0 || ::bind(listener_, address, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, address, &size) != 0)
    throw std::runtime_error("no port for a toy server");
  port_ = ntohs(where.sin_port);
  thread_ = std::thread([this] { run(); });
}

toy_port::~toy_port() {
  over_ = true;
  thread_.join();
  ::close(listener_);
}

void toy_port::run() {
  using clock = std::chrono::steady_clock;
  auto lived_until = clock::now();
  while (!over_) {
    std::vector<pollfd> watched = {{listener_, POLLIN, 0}};
    for (const auto& [descriptor, end] : ends_) watched.push_back({descriptor, POLLIN, 0});
    ::poll(watched.data(), watched.size(), tick_ms);
    const auto held = lock();
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - lived_until);
    lived_until += passed;
    world.run_for(static_cast<std::uint64_t>(passed.count()));
    for (const auto& each : watched) {
      if (each.revents == 0) continue;
      if (each.fd == listener_) {
        accept();
      } else {
        read(*ends_.at(each.fd));
      }
    }
  }
}

void toy_port::accept() {
  const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor < 0) return;
  auto end = std::make_shared<socket_end>(descriptor);
  ends_[descriptor] = end;
  world.admit(inside, std::move(end));
}

void toy_port::read(socket_end& from) {
  char piece[16 * 1024];
  const auto got = ::recv(from.descriptor, piece, sizeof piece, 0);
  if (got > 0 && from.on_bytes) return from.on_bytes({piece, static_cast<std::size_t>(got)});
  if (got > 0) return;
  if (const auto told = from.on_closed) told();
  ends_.erase(from.descriptor);
}

}  // namespace uod::test
