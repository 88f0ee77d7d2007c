#pragma once

#include "protocol/tls_handles.hpp"
#include "protocol/tls_identity.hpp"

namespace uod::bench {

/// OpenSSL and nothing else, set as our link sets it (TLS 1.3, X25519, AES-128-GCM, one ticket,
/// released buffers), both sides in this process over a pair of memory BIOs.
class bare_tls {
 public:
  explicit bare_tls(const tls_identity& identity);

  struct connection {
    openssl::ssl_ptr client;
    openssl::ssl_ptr server;
    bool resumed = false;
    double server_cpu_s = 0;  ///< what the handshake cost the server's side
  };
  /// Shakes hands, and lets the client take its ticket.
  connection connect(bool resume);

  /// Client to server: `records` times one SSL_write of `record`, then reads all of it.
  static void carry(connection& over, const bytes& record, int records);

 private:
  using session_ptr = std::unique_ptr<SSL_SESSION, openssl::releaser<SSL_SESSION_free>>;

  openssl::context_ptr client_;
  openssl::context_ptr server_;
  session_ptr session_;
};

}  // namespace uod::bench
