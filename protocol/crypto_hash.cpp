#include "protocol/crypto_hash.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <new>

#include "protocol/tls_handles.hpp"

namespace uod {
namespace {

using kdf_ptr = std::unique_ptr<EVP_KDF, openssl::releaser<EVP_KDF_free>>;
using kdf_context_ptr = std::unique_ptr<EVP_KDF_CTX, openssl::releaser<EVP_KDF_CTX_free>>;

bytes digest(const EVP_MD* algorithm, bytes_view octets, std::size_t size) {
  bytes made(size, '\0');
  // All that can go wrong here is that there is no memory.
  if (EVP_Digest(octets.data(), octets.size(), reinterpret_cast<unsigned char*>(made.data()),
                 nullptr, algorithm, nullptr) != 1) {
    throw std::bad_alloc();
  }
  return made;
}

/// Looked up once a process and kept until its end: a look-up costs more than a short hash.
const EVP_MD* looked_up(const char* name) {
  const EVP_MD* found = EVP_MD_fetch(nullptr, name, nullptr);
  if (found == nullptr) throw std::bad_alloc();
  return found;
}

/// OpenSSL's parameters take what they only read by pointers that are not const.
OSSL_PARAM octets_parameter(const char* name, bytes_view octets) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(octets.data()), octets.size());
}

}  // namespace

bytes sha256(bytes_view octets) {
  static const EVP_MD* const algorithm = looked_up("SHA256");
  return digest(algorithm, octets, sha256_octets);
}

bytes sha512(bytes_view octets) {
  static const EVP_MD* const algorithm = looked_up("SHA512");
  return digest(algorithm, octets, sha512_octets);
}

secret_bytes hkdf_sha256(bytes_view key, bytes_view salt, bytes_view info, std::size_t length) {
  const kdf_ptr kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const kdf_context_ptr context(EVP_KDF_CTX_new(kdf.get()));
  std::array<char, 7> algorithm{"SHA256"};
  std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, algorithm.data(), 0),
      octets_parameter(OSSL_KDF_PARAM_KEY, key), octets_parameter(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  if (!salt.empty()) parameters[3] = octets_parameter(OSSL_KDF_PARAM_SALT, salt);
  secret_bytes derived = secret_bytes::zeros(length);
  if (!context || EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(derived.data()),
                                 length, parameters.data()) != 1) {
    throw std::bad_alloc();
  }
  return derived;
}

std::string shown_fingerprint(bytes_view digest) {
  std::array<unsigned char, 45> base64{};  // 44 characters and a terminator
  EVP_EncodeBlock(base64.data(), reinterpret_cast<const unsigned char*>(digest.data()),
                  static_cast<int>(sha256_octets));
  std::string shown = "SHA256:" + std::string(reinterpret_cast<const char*>(base64.data()));
  shown.pop_back();  // 32 octets always end in one '=' of padding
  return shown;
}

}  // namespace uod
