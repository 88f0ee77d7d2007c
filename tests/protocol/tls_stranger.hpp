#pragma once

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "protocol/tls_handles.hpp"
#include "tests/protocol/tls_pair.hpp"

namespace uod::tests {

/// An end that is not ours: OpenSSL as it comes, with whatever versions and protocols it likes.
class tls_stranger {
 public:
  struct habits {
    int version_max = TLS1_3_VERSION;
    std::string alpn;  ///< in the wire's form: each name behind its length
  };

  static tls_stranger client(const habits& own) {
    tls_stranger made(TLS_client_method(), own);
    SSL_set_connect_state(made.ssl_.get());
    if (!own.alpn.empty()) {
      SSL_set_alpn_protos(made.ssl_.get(), reinterpret_cast<const unsigned char*>(own.alpn.data()),
                          static_cast<unsigned>(own.alpn.size()));
    }
    return made;
  }

  /// Chooses no protocol, whatever is offered.
  static tls_stranger server(const tls_identity& identity) {
    tls_stranger made(TLS_server_method(), {});
    const auto read = [](const bytes& pem) {
      return openssl::bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    };
    const openssl::certificate_ptr certificate(
        PEM_read_bio_X509(read(identity.certificate_pem).get(), nullptr, nullptr, nullptr));
    const openssl::key_ptr key(
        PEM_read_bio_PrivateKey(read(identity.private_key_pem).get(), nullptr, nullptr, nullptr));
    SSL_use_certificate(made.ssl_.get(), certificate.get());
    SSL_use_PrivateKey(made.ssl_.get(), key.get());
    SSL_set_accept_state(made.ssl_.get());
    return made;
  }

  /// Takes `input`, goes on, and gives what it has to say.
  bytes take(bytes_view input) {
    BIO_write(SSL_get_rbio(ssl_.get()), input.data(), static_cast<int>(input.size()));
    SSL_do_handshake(ssl_.get());
    bytes said = openssl::contents(SSL_get_wbio(ssl_.get()));
    BIO_reset(SSL_get_wbio(ssl_.get()));
    return said;
  }

 private:
  tls_stranger(const SSL_METHOD* method, const habits& own) : context_(SSL_CTX_new(method)) {
    SSL_CTX_set_max_proto_version(context_.get(), own.version_max);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }

  openssl::context_ptr context_;
  openssl::ssl_ptr ssl_;
};

}  // namespace uod::tests
