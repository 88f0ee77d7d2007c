#pragma once

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "actors/mail/letter.hpp"
#include "actors/mail/smtp_transport.hpp"
#include "tests/process/child.hpp"
#include "tests/process/house.hpp"

/// What mails are sent to in tests: real servers, on the loopback only.
namespace uod::mail {

using nlohmann::json;
using process::child;

inline constexpr const char* good_user = "mailer";
inline constexpr const char* good_password = "pass wörd";

/// A letter to Bob that is as it should be.
letter letter_to_bob();

/// Files that OpenSSL's command line makes once: an authority, what it has signed for this
/// machine and for another host, and what another authority has signed.
struct certificates {
  process::fresh_directory directory;
  std::filesystem::path authority;
  struct pair {
    std::filesystem::path certificate;
    std::filesystem::path key;
  };
  pair good;         ///< for localhost and 127.0.0.1
  pair other_host;   ///< for post.example.org
  pair self_signed;  ///< for localhost and 127.0.0.1, but by nobody
};
const certificates& all_certificates();

/// What Python's library reads in a mail.
json read_mail(const std::string& octets);
/// The value of a header that occurs once; fails the test otherwise.
std::string header_of(const json& mail, const std::string& name);

/// scripted_server.py, running.
class scripted_server {
 public:
  /// `plan` as described there; `shows` is its certificate, nothing for none.
  explicit scripted_server(json plan, const certificates::pair* shows = &all_certificates().good);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Waits for the next thing of this kind that happens.
  json awaits(const std::string& event);
  /// Goes on where its plan told it to hold.
  void goes_on() const { process_->signal(SIGUSR1); }
  /// Ends it; everything that happened.
  std::vector<json> end();

 private:
  std::optional<child> process_;
  std::uint16_t port_ = 0;
};

/// Settings for a server on this machine that has `port`, with a good log-in.
smtp_settings settings_for(std::uint16_t port);

/// The transport, and one letter through it.
delivery send(const smtp_settings& settings, const letter& what = letter_to_bob());

/// Exim, with a configuration of its own and in the foreground: STARTTLS on one port and TLS on
/// the other, nobody without a log-in, everything into a Maildir.
class real_server {
 public:
  /// Whether this machine has one.
  static bool is_here();
  explicit real_server(const certificates::pair& shows);
  ~real_server();

  [[nodiscard]] std::uint16_t starttls_port() const { return starttls_port_; }
  [[nodiscard]] std::uint16_t tls_port() const { return tls_port_; }
  /// Waits until a mail lies in the Maildir and takes it out.
  std::string take_mail();

 private:
  void start(const certificates::pair& shows);

  process::fresh_directory home_;
  std::optional<child> process_;
  std::uint16_t starttls_port_ = 0;
  std::uint16_t tls_port_ = 0;
  int watch_ = -1;  ///< inotify on the Maildir
};

}  // namespace uod::mail
