#include "tests/process/raw_client.hpp"

#include "protocol/crypto_identity.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "protocol/password.hpp"
#include "tests/process/child.hpp"
#include "tests/process/must.hpp"

namespace uod::process {
namespace {

sockaddr_in at(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  must(::inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1, host + " is no address");
  return address;
}

tls_context trusting_anybody() {
  auto made = tls_context::client({});
  must(made.has_value(), "no TLS");
  return std::move(*made);
}

template <class Id>
Id new_id() {
  const bytes random = random_bytes(10);
  std::array<std::uint8_t, 10> octets{};
  std::copy(random.begin(), random.end(), octets.begin());
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return Id(make_uuid_v7(static_cast<std::uint64_t>(ms), octets));
}

}  // namespace

message_id new_message_id() { return new_id<message_id>(); }

// ------------------------------------------------------------------------------------ the socket

tcp_client::tcp_client(std::uint16_t port, const tcp_manner& how)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  must(socket_ >= 0, "no socket");
  if (how.receive_bytes != 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &how.receive_bytes, sizeof how.receive_bytes);
  }
  const auto from = at(how.from, 0);
  must(::bind(socket_, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0,
       how.from + " cannot be called from");
  const auto to = at("127.0.0.1", port);
  must(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0,
       "nobody listens at port " + std::to_string(port));
}

tcp_client::~tcp_client() {
  if (socket_ >= 0) ::close(socket_);
}

bool tcp_client::write(bytes_view octets) const {
  while (!octets.empty()) {
    const ssize_t written = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (written < 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::uint16_t tcp_client::own_port() const {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  must(::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &size) == 0,
       "a socket at no port");
  return ntohs(own.sin_port);
}

void tcp_client::finish() const { ::shutdown(socket_, SHUT_WR); }

bytes tcp_client::read_some() const {
  pollfd watched{socket_, POLLIN, 0};
  must(::poll(&watched, 1, wait_ms_max) == 1, "the server says nothing");
  char piece[64 * 1024];
  const ssize_t got = ::recv(socket_, piece, sizeof piece, 0);
  return got > 0 ? bytes(piece, static_cast<std::size_t>(got)) : bytes{};
}

bytes tcp_client::read_to_end() const {
  bytes all;
  for (bytes piece = read_some(); !piece.empty(); piece = read_some()) all += piece;
  return all;
}

// ------------------------------------------------------------------------------------ the client

raw_client::raw_client(std::uint16_t port, const tcp_manner& how)
    : context_(trusting_anybody()), tcp_(port, how), link_(context_) {
  bytes flight;
  must(link_.start(flight).has_value(), "no TLS");
  must(transmit(flight), "the server closes before the handshake");
  while (!link_.established()) must(read_more(), "no handshake" + how_it_broke());
}

/// Takes one read's worth; false at the connection's end.
bool raw_client::read_more() {
  const bytes received = tcp_.read_some();
  if (received.empty()) return false;
  bytes plaintext;
  bytes output;
  const auto taken = link_.receive(received, plaintext, output);
  if (!taken) {
    broken_ = taken.error();
    return false;
  }
  if (!output.empty()) transmit(output);
  if (!writer_ && link_.established()) {
    const auto prefix = [&](std::string_view label) {
      frame_prefix made{};
      const bytes secret = link_.export_secret(label, made.size());
      std::copy(secret.begin(), secret.end(), made.begin());
      return made;
    };
    prefix_ = prefix("EXPORTER-uod/1 client frames");
    writer_.emplace(prefix_);
    reader_.emplace(prefix("EXPORTER-uod/1 server frames"), 1024 * 1024);
  }
  if (!plaintext.empty()) {
    must(reader_->receive(plaintext, *this).has_value(), "the server sends what is no segment");
  }
  return !link_.peer_closed();
}

void raw_client::on_frame(bytes_view payload) {
  auto message = decode_server_message(payload);
  must(message.has_value(), "the server sends what is no message");
  if (message->request != 0) answered_.push_back(message->request);
  received_.push_back(std::move(*message));
}

void raw_client::on_replay(const frame_id& id) {
  give_up("the server repeated its frame " + to_text(id));
}

bytes raw_client::segments_of(client_message message, lane in) {
  writer_->enqueue(in, encode(message));
  bytes segments;
  while (!writer_->empty()) writer_->write(segments, record_plaintext_bytes_max);
  ++frames_sent_;
  return segments;
}

bytes raw_client::encrypted(bytes_view plaintext) {
  bytes output;
  must(link_.send(plaintext, output).has_value(), "nothing can be encrypted");
  return output;
}

bool raw_client::transmit(bytes_view ciphertext) {
  transmitted_ += ciphertext;
  return tcp_.write(ciphertext);
}

bool raw_client::write(bytes_view plaintext) { return transmit(encrypted(plaintext)); }

std::uint32_t raw_client::send(client_body body) {
  const auto request = ++last_request_;
  write(segments_of({request, std::move(body)}));
  return request;
}

server_body raw_client::answer_to(std::uint32_t request) {
  for (;;) {
    for (; !received_.empty(); received_.pop_front()) {
      auto& message = received_.front();
      if (const auto* closing = std::get_if<server_closing>(&message.body)) {
        give_up("the server closes: " + to_text(closing->reason));
      }
      if (message.request != request) continue;
      server_body body = std::move(message.body);
      received_.pop_front();
      return body;
    }
    must(read_more(), "the connection ended before the answer" + how_it_broke());
  }
}

std::optional<error> raw_client::farewell() {
  while (read_more()) {
  }
  for (const auto& message : received_) {
    if (const auto* closing = std::get_if<server_closing>(&message.body)) return closing->reason;
  }
  return broken_;
}

std::string raw_client::how_it_broke() const { return broken_ ? ": " + to_text(*broken_) : ""; }

register_account registration_of(const std::string& name, const std::string& device) {
  return {.id = new_id<account_id>(),
          .name = name,
          .email = name + "@example.org",
          .salt = random_bytes(salt_octets),
          .argon2 = argon2_default,
          .auth_key = random_bytes(auth_key_octets),
          .device = {new_id<device_id>(), device}};
}

logged_in raw_client::registers(const std::string& name, const std::string& device) {
  ask_for<welcome>(hello{"a raw client"});
  const auto asked = registration_of(name, device);
  auth_key_ = asked.auth_key;
  return ask_for<logged_in>(asked);
}

void raw_client::takes_an_identity() {
  const auto key = make_identity().value();
  const bytes closed(100, 's');
  ask_for<done>(put_identity{auth_key_, key.public_half().octets(), closed, closed});
}

void raw_client::resumes(const logged_in& as) {
  ask_for<welcome>(hello{"a raw client"});
  ask_for<logged_in>(resume{as.device, as.token});
}

std::size_t raw_client::answers_to(std::uint32_t request) const {
  return static_cast<std::size_t>(std::ranges::count(answered_, request));
}

std::string raw_client::last_frame() const { return to_text(frame_id{prefix_, frames_sent_}); }

}  // namespace uod::process
