#include "actors/mail/smtp_dialogue.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Timespan.h>

#include <charconv>

#include "protocol/password.hpp"

namespace uod::mail {
namespace {

Poco::Timespan timespan_of(std::chrono::milliseconds time) {
  return Poco::Timespan(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

/// The code of a line, and whether more lines follow; 0 for a line that has none.
int code_of(std::string_view line, bool& more) {
  int code = 0;
  const auto digits = line.substr(0, 3);
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  const bool three_digits = problem == std::errc{} && end - digits.data() == 3 && code >= 200;
  more = line.size() > 3 && line[3] == '-';
  const bool ends_well = line.size() == 3 || more || line[3] == ' ';
  return three_digits && ends_well && code < 600 ? code : 0;
}

}  // namespace

std::string smtp_reply::text() const {
  if (code == 0) return lines.empty() ? "nothing" : "no SMTP: " + lines.front();
  std::string text = std::to_string(code);
  for (const auto& line : lines) text += " " + line;
  return text;
}

smtp_dialogue::smtp_dialogue(const Poco::Net::StreamSocket& connected,
                             std::chrono::milliseconds timeout)
    : socket_(connected) {
  set_timeout(timeout);
}

void smtp_dialogue::set_timeout(std::chrono::milliseconds timeout) {
  socket_.setReceiveTimeout(timespan_of(timeout));
  socket_.setSendTimeout(timespan_of(timeout));
}

void smtp_dialogue::secure(const std::string& host, const Poco::Net::Context::Ptr& context) {
  auto secured = Poco::Net::SecureStreamSocket::attach(socket_, host, context);
  // When its time runs out, attach returns as if all were well, and without having looked at the
  // certificate's names (Poco 1.11); so both are seen to here.
  if (secured.completeHandshake() != 1 || !secured.havePeerCertificate()) {
    throw Poco::TimeoutException("no TLS handshake in time");
  }
  secured.verifyPeerCertificate(host);
  socket_ = secured;
}

void smtp_dialogue::send(std::string_view octets) {
  while (!octets.empty()) {
    const int sent = socket_.sendBytes(octets.data(), static_cast<int>(octets.size()));
    if (sent <= 0) throw Poco::TimeoutException("it does not read");
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string smtp_dialogue::read_line(std::size_t octets_max) {
  std::string line;
  for (;;) {
    const int c = socket_.get();
    if (c < 0) throw Poco::Net::ConnectionResetException("the server closed the connection");
    if (c == '\n') break;
    if (line.size() >= octets_max) throw Poco::Net::NetException("an answer without an end");
    line += static_cast<char>(c);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

smtp_reply smtp_dialogue::read() {
  smtp_reply reply;
  std::size_t octets = 0;
  for (bool more = true; more;) {
    auto line = read_line(reply_octets_max - octets);
    octets += line.size() + 1;
    if (octets >= reply_octets_max) throw Poco::Net::NetException("an answer without an end");
    const int code = code_of(line, more);
    const bool fits = code != 0 && (reply.code == 0 || reply.code == code);
    if (!fits) return {0, {std::move(line)}};
    reply.code = code;
    reply.lines.push_back(line.size() > 4 ? line.substr(4) : "");
  }
  return reply;
}

smtp_reply smtp_dialogue::say(std::string_view command) {
  send(std::string(command) + "\r\n");
  return read();
}

smtp_reply smtp_dialogue::say_secret(std::string&& command) {
  std::string line;
  line.reserve(command.size() + 2);  // so that it is written to one place only
  line.append(command).append("\r\n");
  wipe(command);
  try {
    send(line);
  } catch (...) {
    wipe(line);
    throw;
  }
  wipe(line);
  return read();
}

smtp_reply smtp_dialogue::say_text(std::string_view octets) {
  std::string text;
  text.reserve(octets.size() + 64);
  bool line_begins = true;
  for (const char c : octets) {
    if (line_begins && c == '.') text += '.';
    text += c;
    line_begins = c == '\n';
  }
  send(text += ".\r\n");
  return read();
}

std::string smtp_dialogue::address_literal() const {
  const auto host = socket_.address().host();
  const bool is_v6 = host.family() == Poco::Net::IPAddress::IPv6;
  auto text = host.toString();
  text.resize(std::min(text.find('%'), text.size()));  // the interface is nobody's business
  return (is_v6 ? "[IPv6:" : "[") + text + "]";
}

conversation_limit::conversation_limit(const Poco::Net::StreamSocket& connected,
                                       std::chrono::milliseconds time)
    : connection_(connected), waits_([this, end = std::chrono::steady_clock::now() + time] {
        std::unique_lock lock(mutex_);
        if (changed_.wait_until(lock, end, [this] { return over_; })) return;
        reached_ = true;
        try {
          connection_.shutdown();
        } catch (const Poco::Exception&) {
          // The other side was faster.
        }
      }) {}

conversation_limit::~conversation_limit() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  waits_.join();
}

bool conversation_limit::reached() const {
  const std::lock_guard lock(mutex_);
  return reached_;
}

}  // namespace uod::mail
