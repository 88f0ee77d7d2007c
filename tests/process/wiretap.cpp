#include "tests/process/wiretap.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "tests/process/child.hpp"
#include "tests/process/must.hpp"

namespace uod::process {
namespace {

sockaddr_in local(std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return where;
}

bool send_all(int to, const char* octets, std::size_t size) {
  while (size > 0) {
    const auto sent = ::send(to, octets, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    octets += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

wiretap::wiretap(std::uint16_t server_port) : server_port_(server_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  auto where = local(0);
  must(::bind(listener_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0, "bind");
  must(::listen(listener_, 8) == 0, "listen");
  socklen_t size = sizeof where;
  must(::getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size) == 0, "getsockname");
  port_ = ntohs(where.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

wiretap::~wiretap() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(stop_, &one, sizeof one));
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  acceptor_.join();
  for (auto& each : lines_) each.join();
  ::close(listener_);
  ::close(stop_);
}

std::string wiretap::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::string wiretap::captured() const {
  const std::lock_guard guard(mutex_);
  return captured_;
}

void wiretap::hold_after(std::uint64_t octets) {
  const std::lock_guard guard(mutex_);
  hold_at_ = passed_ + octets;
}

void wiretap::await_hold() {
  std::unique_lock guard(mutex_);
  const auto holds = [this] { return passed_ >= hold_at_; };
  must(changed_.wait_for(guard, std::chrono::milliseconds(wait_ms_max), holds), "a hold");
}

void wiretap::go_on() {
  {
    const std::lock_guard guard(mutex_);
    hold_at_ = ~std::uint64_t{0};
  }
  changed_.notify_all();
}

/// Keeps it, and waits where it is to be held.
void wiretap::pass(std::string_view octets) {
  std::unique_lock guard(mutex_);
  captured_.append(octets);
  passed_ += octets.size();
  if (passed_ < hold_at_) return;
  changed_.notify_all();
  changed_.wait(guard, [this] { return passed_ < hold_at_ || ending_; });
}

void wiretap::accept_all() {
  while (true) {
    std::array<pollfd, 2> waiting{{{listener_, POLLIN, 0}, {stop_, POLLIN, 0}}};
    ::poll(waiting.data(), waiting.size(), -1);
    if (waiting[1].revents != 0) return;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) lines_.emplace_back([this, client] { hand_on(client); });
  }
}

void wiretap::hand_on(int client) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto where = local(server_port_);
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  while (open) {
    std::array<pollfd, 3> waiting{{{client, POLLIN, 0}, {server, POLLIN, 0}, {stop_, POLLIN, 0}}};
    ::poll(waiting.data(), waiting.size(), -1);
    if (waiting[2].revents != 0) break;
    for (const auto& [from, to] : {std::pair{client, server}, std::pair{server, client}}) {
      const auto& ready = waiting[from == client ? 0 : 1];
      if (ready.revents == 0 || !open) continue;
      std::array<char, 16 * 1024> buffer{};
      const auto count = ::recv(from, buffer.data(), buffer.size(), 0);
      open = count > 0 && send_all(to, buffer.data(), static_cast<std::size_t>(count));
      if (count <= 0) continue;
      pass({buffer.data(), static_cast<std::size_t>(count)});
    }
  }
  ::close(client);
  ::close(server);
}

}  // namespace uod::process
