#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

/// Owners of OpenSSL's objects, for the files behind OpenSSL's door only.
namespace uod::openssl {

template <auto Release>
struct releaser {
  template <class T>
  void operator()(T* held) const {
    Release(held);
  }
};

using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;
using certificate_ptr = std::unique_ptr<X509, releaser<X509_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, releaser<SSL_CTX_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, releaser<X509_EXTENSION_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using number_ptr = std::unique_ptr<BIGNUM, releaser<BN_free>>;
using ssl_ptr = std::unique_ptr<SSL, releaser<SSL_free>>;

/// What a memory BIO holds.
inline std::string contents(BIO* memory) {
  char* start = nullptr;
  const long length = BIO_get_mem_data(memory, &start);
  return length > 0 ? std::string(start, static_cast<std::size_t>(length)) : std::string{};
}

/// As `fingerprint_of_certificate`; empty where there is no certificate, or its key is unreadable.
std::string fingerprint_of(const X509* certificate);

}  // namespace uod::openssl
