#include "tests/bench/bare_tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>

#include "tests/bench/measure.hpp"

namespace uod::bench {
namespace {

constexpr std::size_t pair_bytes = 256 * 1024;  // holds whatever is under way
constexpr std::size_t read_bytes = 16 * 1024;   // as our link reads

void check(bool good, const char* what) {
  if (good) return;
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  throw std::runtime_error(std::string("bare OpenSSL: ") + what + ": " +
                           (reason != nullptr ? reason : "failed"));
}

void set_common(SSL_CTX* context) {
  check(context != nullptr, "context");
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  check(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1, "version");
  check(SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1, "cipher");
  check(SSL_CTX_set1_groups_list(context, "X25519") == 1, "groups");
}

}  // namespace

bare_tls::bare_tls(const tls_identity& identity)
    : client_(SSL_CTX_new(TLS_client_method())), server_(SSL_CTX_new(TLS_server_method())) {
  set_common(client_.get());
  set_common(server_.get());
  const auto text = [](const bytes& pem) {
    return openssl::bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  const openssl::certificate_ptr certificate(
      PEM_read_bio_X509(text(identity.certificate_pem).get(), nullptr, nullptr, nullptr));
  const openssl::key_ptr key(
      PEM_read_bio_PrivateKey(text(identity.private_key_pem).get(), nullptr, nullptr, nullptr));
  check(SSL_CTX_use_certificate(server_.get(), certificate.get()) == 1, "certificate");
  check(SSL_CTX_use_PrivateKey(server_.get(), key.get()) == 1, "key");
  SSL_CTX_set_num_tickets(server_.get(), 1);
  SSL_CTX_set_session_cache_mode(server_.get(), SSL_SESS_CACHE_OFF);
}

bare_tls::connection bare_tls::connect(bool resume) {
  connection made{openssl::ssl_ptr(SSL_new(client_.get())),
                  openssl::ssl_ptr(SSL_new(server_.get())), false, 0};
  BIO* to_client = nullptr;
  BIO* to_server = nullptr;
  check(BIO_new_bio_pair(&to_client, pair_bytes, &to_server, pair_bytes) == 1, "BIO pair");
  SSL_set_bio(made.client.get(), to_client, to_client);
  SSL_set_bio(made.server.get(), to_server, to_server);
  SSL_set_connect_state(made.client.get());
  SSL_set_accept_state(made.server.get());
  if (resume && session_) {
    const session_ptr copy(SSL_SESSION_dup(session_.get()));
    SSL_set_session(made.client.get(), copy.get());
  }
  bool client_done = false;
  bool server_done = false;
  for (int turn = 0; turn < 8 && !(client_done && server_done); ++turn) {
    client_done = SSL_do_handshake(made.client.get()) == 1;
    const double from = cpu_s();
    server_done = SSL_do_handshake(made.server.get()) == 1;
    made.server_cpu_s += cpu_s() - from;
  }
  check(client_done && server_done, "handshake");
  char nothing = 0;
  SSL_read(made.client.get(), &nothing, 1);  // the ticket
  // Copies, because a connection that ends without a goodbye spoils the session it used.
  if (!session_) session_.reset(SSL_SESSION_dup(SSL_get0_session(made.client.get())));
  made.resumed = SSL_session_reused(made.server.get()) == 1;
  ERR_clear_error();
  return made;
}

void bare_tls::carry(connection& over, const bytes& record, int records) {
  for (int sent = 0; sent < records; ++sent) {
    std::size_t written = 0;
    check(SSL_write_ex(over.client.get(), record.data(), record.size(), &written) == 1, "write");
  }
  std::array<char, read_bytes> buffer;
  std::size_t left = record.size() * static_cast<std::size_t>(records);
  while (left > 0) {
    std::size_t got = 0;
    check(SSL_read_ex(over.server.get(), buffer.data(), buffer.size(), &got) == 1, "read");
    left -= got;
  }
}

}  // namespace uod::bench
