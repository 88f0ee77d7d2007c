#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/DialogSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// The lines of SMTP over Poco's sockets, and what keeps them from going on for ever. Poco's own
/// SMTPClientSession is not used: it has no timeout for connecting, hides at which command a
/// server refused and what it offers, reads answers without a bound, does not check a loopback
/// server's name, and leaves the dot away that a line beginning with one needs (RFC 5321, 4.5.2).
///
/// Everything here throws Poco's exceptions; smtp_transport.cpp catches them.
namespace uod::mail {

inline constexpr std::size_t reply_octets_max = 64 * 1024;  ///< dozens of extensions fit

/// A server's answer (RFC 5321, 4.2).
struct smtp_reply {
  int code = 0;                    ///< 0: that was no SMTP
  std::vector<std::string> lines;  ///< without the code

  /// 2: done, 3: go on, 4: not now, 5: no.
  [[nodiscard]] int kind() const { return code / 100; }
  /// Code and text on one line, as the server wrote them.
  [[nodiscard]] std::string text() const;
};

/// One side of a conversation. One thread.
class smtp_dialogue {
 public:
  /// Takes a connected socket, with the timeout for each answer.
  smtp_dialogue(const Poco::Net::StreamSocket& connected, std::chrono::milliseconds timeout);

  /// Goes on inside TLS. What the server sent before that and was not read yet is dropped: it was
  /// not protected. Returns when the certificate was checked, also against `host`.
  void secure(const std::string& host, const Poco::Net::Context::Ptr& context);

  /// Reads an answer.
  smtp_reply read();
  /// Sends a command (without its line end; it holds none) and reads the answer.
  smtp_reply say(std::string_view command);
  /// The same, and overwrites the command.
  smtp_reply say_secret(std::string&& command);
  /// Sends the text of a mail (RFC 5321, 4.5.2: with dots doubled) and reads the answer.
  smtp_reply say_text(std::string_view octets);
  /// For what comes now.
  void set_timeout(std::chrono::milliseconds timeout);

  /// This end's address, as EHLO wants one of a machine whose name nobody knows (RFC 5321, 4.1.3).
  [[nodiscard]] std::string address_literal() const;

 private:
  void send(std::string_view octets);
  std::string read_line(std::size_t octets_max);

  Poco::Net::DialogSocket socket_;
};

/// Cuts a connection when its time is over, from a thread of its own: whatever its user waits
/// for then ends with an error.
class conversation_limit {
 public:
  conversation_limit(const Poco::Net::StreamSocket& connected, std::chrono::milliseconds time);
  ~conversation_limit();
  conversation_limit(const conversation_limit&) = delete;
  conversation_limit& operator=(const conversation_limit&) = delete;

  [[nodiscard]] bool reached() const;

 private:
  Poco::Net::StreamSocket connection_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  bool reached_ = false;
  std::thread waits_;
};

}  // namespace uod::mail
