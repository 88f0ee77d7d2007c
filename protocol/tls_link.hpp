#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/tls_identity.hpp"

/// TLS 1.3 (RFC 8446) without a socket: ciphertext in, plaintext out, and the other way round,
/// the same class on both sides. OpenSSL works on the caller's buffers through a BIO of ours, so
/// that an idle link holds no buffer at all. Nothing here blocks, reads a clock of its own or
/// starts a thread.
namespace uod {

/// The application protocol that both sides must name (RFC 7301): the wire version.
inline constexpr std::string_view alpn_name = "uod/1";

/// Octets of a key for stateless session tickets (RFC 5077 layout as OpenSSL takes it).
inline constexpr std::size_t ticket_key_octets = 80;

/// Whom a client believes it talks to. With neither set, whatever key is shown is accepted, and
/// the caller pins `tls_link::peer_fingerprint()` (trust on first use).
struct tls_trust {
  std::optional<std::string> fingerprint;  ///< as `fingerprint_of_certificate` writes it
  std::optional<std::string> ca_file;      ///< PEM file with the authorities to believe
  std::string host;                        ///< checked against the certificate with `ca_file`

  bool operator==(const tls_trust&) const = default;
};

/// What all links of one side share: key or trust, versions, algorithms. Thread-safe once made.
class tls_context {
 public:
  /// Error `certificate_invalid`: the PEM texts do not parse or do not belong together.
  static outcome<tls_context> server(const tls_identity& identity, bytes_view ticket_key);
  /// Error `certificate_invalid`: the authority's file cannot be used.
  static outcome<tls_context> client(const tls_trust& trust);

  tls_context(tls_context&&) noexcept;
  tls_context& operator=(tls_context&&) noexcept;
  ~tls_context();

 private:
  friend class tls_link;
  struct state;
  explicit tls_context(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

enum class link_side { client, server };

class tls_link {
 public:
  /// The context must outlive the link. A client may give the session of an earlier link to the
  /// same server (`take_session`) to resume it; one that cannot be used is ignored.
  explicit tls_link(const tls_context& context, bytes_view session = {});
  tls_link(tls_link&&) noexcept;
  tls_link& operator=(tls_link&&) noexcept;
  ~tls_link();

  /// A client's first flight; nothing at a server. Appends to `output`.
  outcome<void> start(bytes& output);

  /// Takes all of `ciphertext` as it came from the other side, in pieces of any size. Appends
  /// what it decrypts to `plaintext` and what must be sent back to `output` (also when it fails:
  /// the alert). Errors: `link_failed` (no TLS 1.3, damaged, hostile), `key_changed` (another
  /// fingerprint than the trusted one), `certificate_invalid`. After an error the link is dead.
  outcome<void> receive(bytes_view ciphertext, bytes& plaintext, bytes& output);

  /// Encrypts into `output`, in records of at most 16 KiB. Only once established.
  outcome<void> send(bytes_view plaintext, bytes& output);

  /// Says that nothing more comes (close_notify).
  void close(bytes& output);

  [[nodiscard]] bool established() const;
  [[nodiscard]] bool resumed() const;
  /// The other side has said that nothing more comes.
  [[nodiscard]] bool peer_closed() const;
  /// Client, once established: the server's fingerprint.
  [[nodiscard]] std::string peer_fingerprint() const;

  /// Octets that both sides of this link compute alike and nobody else can (RFC 8446, 7.5).
  /// Only once established.
  [[nodiscard]] bytes export_secret(std::string_view label, std::size_t octets) const;

  /// Client: the newest session that the server has offered, for a later link; empty where none
  /// came since the last call. It is a secret.
  bytes take_session();

 private:
  friend class tls_context;
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace uod
