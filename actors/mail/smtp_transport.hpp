#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "actors/mail/transport.hpp"
#include "protocol/errors.hpp"
#include "protocol/password.hpp"

namespace uod::mail {

/// How the way to the server is protected.
enum class smtp_security {
  starttls,  ///< RFC 3207, and never without: a server that does not offer it gets nothing
  tls,       ///< from the first octet (RFC 8314, 3.3)
  none,      ///< plain text: only to a relay on this machine, and without a log-in
};

inline constexpr std::uint16_t starttls_port = 587;  ///< RFC 6409, 3.1
inline constexpr std::uint16_t tls_port = 465;       ///< RFC 8314, 7.3
inline constexpr std::uint16_t plain_port = 25;

/// A letter's whole conversation may take this many timeouts: a server that sends an octet now
/// and then must not hold the mailer for ever.
inline constexpr std::uint32_t conversation_timeouts_max = 4;

/// Where mails go. Copies of the password are overwritten when their owner goes.
struct smtp_settings {
  std::string host;        ///< a name, or an address literal
  std::uint16_t port = 0;  ///< 0: the usual one of `security`
  smtp_security security = smtp_security::starttls;
  std::string user;  ///< empty: no log-in
  std::string password;
  std::filesystem::path ca_file;  ///< PEM; empty: the system's authorities
  std::string from_address;
  std::string from_name;
  std::uint32_t timeout_ms = 30'000;  ///< for connecting, and for each answer

  smtp_settings() = default;
  smtp_settings(const smtp_settings&) = default;
  smtp_settings& operator=(const smtp_settings&) = default;
  ~smtp_settings() { wipe(password); }
};

/// Hands letters to an SMTP server (RFC 5321), one connection a letter. The server must show a
/// certificate for `host` that an authority has signed, in TLS 1.2 or newer; only then it gets
/// the password (AUTH PLAIN or LOGIN, RFC 4954). A non-ASCII recipient needs a server with
/// SMTPUTF8 (RFC 6531) and is refused elsewhere.
///
/// What answers mean: 4xx, a connection that fails or breaks, and silence: `try_again`. 5xx for
/// the recipient or the text: `refused`. 5xx before that (greeting, STARTTLS, log-in, sender), a
/// certificate that cannot be trusted, a host that has no address: `try_again` and
/// `misconfigured`. Once the server has taken the text, nothing changes `delivered`.
///
/// Looking up `host` takes as long as the system's resolver does. The process must ignore
/// SIGPIPE. Errors: as `composer::make`; `config_invalid` (with what does not fit).
outcome<std::unique_ptr<transport>> make_smtp_transport(smtp_settings settings);

}  // namespace uod::mail
