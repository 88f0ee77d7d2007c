#include "tests/support/plain_http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace uod::test {
namespace {

constexpr int wait_ms_max = 60'000;

void await(int link, short events) {
  pollfd watched{link, events, 0};
  for (;;) {
    const int ready = ::poll(&watched, 1, wait_ms_max);
    if (ready > 0) return;
    if (ready == 0) throw std::runtime_error("nothing happened in a minute");
    if (errno != EINTR) throw std::runtime_error(std::strerror(errno));
  }
}

}  // namespace

plain_client::plain_client(std::uint16_t port)
    : link_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(link_, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
    const std::string why = std::strerror(errno);
    ::close(link_);
    throw std::runtime_error("port " + std::to_string(port) + ": " + why);
  }
}

plain_client::plain_client(plain_client&& other) noexcept : link_(std::exchange(other.link_, -1)) {}

plain_client::~plain_client() {
  if (link_ >= 0) ::close(link_);
}

void plain_client::says(std::string_view text) const {
  while (!text.empty()) {
    await(link_, POLLOUT);
    const ssize_t sent = ::send(link_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string plain_client::hears() const {
  std::string told;
  char piece[16 * 1024];
  for (;;) {
    await(link_, POLLIN);
    const ssize_t got = ::recv(link_, piece, sizeof piece, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return told;
    told.append(piece, static_cast<std::size_t>(got));
  }
}

http_answer parse_answer(const std::string& text) {
  http_answer answer;
  const auto end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || end == std::string::npos) return answer;
  answer.status = std::stoi(text.substr(9, 3));
  answer.headers = text.substr(0, end);
  answer.body = text.substr(end + 4);
  return answer;
}

http_answer http_get(std::uint16_t port, const std::string& path) {
  const plain_client client(port);
  client.says("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return parse_answer(client.hears());
}

std::uint16_t port_of(std::string_view address) {
  return static_cast<std::uint16_t>(
      std::stoul(std::string(address.substr(address.rfind(':') + 1))));
}

}  // namespace uod::test
