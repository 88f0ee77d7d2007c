#include "protocol/crypto_identity.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "protocol/crypto_hash.hpp"
#include "protocol/tls_handles.hpp"

namespace uod {
namespace {

using key_context_ptr = std::unique_ptr<EVP_PKEY_CTX, openssl::releaser<EVP_PKEY_CTX_free>>;
using digest_context_ptr = std::unique_ptr<EVP_MD_CTX, openssl::releaser<EVP_MD_CTX_free>>;
using pkcs8_ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, openssl::releaser<PKCS8_PRIV_KEY_INFO_free>>;

/// Leaves OpenSSL's queue of errors empty: TLS, on the same thread, takes what is in it for its
/// own.
struct clean_queue {
  clean_queue() = default;
  ~clean_queue() { ERR_clear_error(); }
  clean_queue(const clean_queue&) = delete;
  clean_queue& operator=(const clean_queue&) = delete;
};

const unsigned char* raw(bytes_view octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}

unsigned char* raw(char* octets) { return reinterpret_cast<unsigned char*>(octets); }

/// OpenSSL only reads what a parameter of these points to, but does not say so.
OSSL_PARAM word(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}

std::array<OSSL_PARAM, 5> oaep(bytes_view label) {
  return {word(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, OSSL_PKEY_RSA_PAD_MODE_OAEP),
          word(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, "SHA256"),
          word(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, "SHA256"),
          OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL,
                                            const_cast<char*>(label.data()), label.size()),
          OSSL_PARAM_construct_end()};
}

std::array<OSSL_PARAM, 4> pss() {
  return {word(OSSL_SIGNATURE_PARAM_PAD_MODE, OSSL_PKEY_RSA_PAD_MODE_PSS),
          word(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA256"),
          word(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, "32"), OSSL_PARAM_construct_end()};
}

bytes public_octets(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key, &der);
  if (length <= 0) return {};
  bytes octets(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return octets;
}

bool has_our_numbers(EVP_PKEY* key) {
  BIGNUM* exponent = nullptr;
  if (EVP_PKEY_is_a(key, "RSA") != 1 || EVP_PKEY_get_bits(key) != identity_bits ||
      EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) {
    return false;
  }
  const openssl::number_ptr owner(exponent);
  return BN_is_word(exponent, RSA_F4) == 1;
}

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) { return {key, openssl::releaser<EVP_PKEY_free>{}}; }

}  // namespace

std::optional<key_fingerprint> key_fingerprint::from_octets(bytes_view octets) {
  key_fingerprint read;
  if (octets.size() != read.octets.size()) return std::nullopt;
  std::copy(octets.begin(), octets.end(), read.octets.begin());
  return read;
}

std::string to_text(const key_fingerprint& fingerprint) {
  return shown_fingerprint(fingerprint.view());
}

identity_public::identity_public(std::shared_ptr<evp_pkey_st> key, bytes_view octets)
    : key_(std::move(key)),
      octets_(octets),
      fingerprint_(*key_fingerprint::from_octets(sha256(octets))) {}

outcome<identity_public> identity_public::parse(bytes_view octets) {
  const clean_queue at_end;
  if (octets.size() != identity_public_octets) return fail(errc::sealed_damaged, "public key");
  const unsigned char* at = raw(octets);
  auto key = owned(d2i_PUBKEY(nullptr, &at, static_cast<long>(octets.size())));
  if (!key || !has_our_numbers(key.get()) || public_octets(key.get()) != octets) {
    return fail(errc::sealed_damaged, "public key");
  }
  return identity_public(std::move(key), octets);
}

outcome<bytes> identity_public::seal_for(bytes_view secret, bytes_view label) const {
  const clean_queue at_end;
  const key_context_ptr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  const auto parameters = oaep(label);
  bytes sealed(identity_block_octets, '\0');
  std::size_t size = sealed.size();
  if (!context || EVP_PKEY_encrypt_init_ex(context.get(), parameters.data()) != 1 ||
      EVP_PKEY_encrypt(context.get(), raw(sealed.data()), &size, raw(secret), secret.size()) != 1 ||
      size != identity_block_octets) {
    return fail(errc::internal, "RSA-OAEP");
  }
  return sealed;
}

bool identity_public::verify(bytes_view text, bytes_view signature) const {
  const clean_queue at_end;
  const digest_context_ptr context(EVP_MD_CTX_new());
  const auto parameters = pss();
  return context && signature.size() == identity_block_octets &&
         EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(),
                                 parameters.data()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(text),
                          text.size()) == 1;
}

outcome<identity_private> identity_private::of_key(std::shared_ptr<evp_pkey_st> key) {
  auto public_half = identity_public::parse(public_octets(key.get()));
  if (!public_half) return tl::unexpected(public_half.error());
  return identity_private(std::move(key), std::move(*public_half));
}

outcome<identity_private> identity_private::parse(bytes_view octets) {
  const clean_queue at_end;
  if (octets.size() > identity_private_octets_max) return fail(errc::sealed_damaged, "private key");
  const unsigned char* at = raw(octets);
  const pkcs8_ptr read(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(octets.size())));
  if (!read || at != raw(octets) + octets.size()) return fail(errc::sealed_damaged, "private key");
  auto key = owned(EVP_PKCS82PKEY(read.get()));
  if (!key) return fail(errc::sealed_damaged, "private key");
  return of_key(std::move(key));
}

outcome<secret_bytes> identity_private::octets() const {
  const clean_queue at_end;
  const pkcs8_ptr written(EVP_PKEY2PKCS8(key_.get()));
  unsigned char* der = nullptr;
  const int length = written ? i2d_PKCS8_PRIV_KEY_INFO(written.get(), &der) : 0;
  if (length <= 0) return fail(errc::internal, "the private key cannot be written");
  const auto size = static_cast<std::size_t>(length);
  auto octets = secret_bytes::copy_of({reinterpret_cast<const char*>(der), size});
  OPENSSL_clear_free(der, size);
  return octets;
}

outcome<secret_bytes> identity_private::open(bytes_view sealed, bytes_view label) const {
  const clean_queue at_end;
  const key_context_ptr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  const auto parameters = oaep(label);
  auto secret = secret_bytes::zeros(identity_block_octets);
  std::size_t size = secret.size();
  if (!context || sealed.size() != identity_block_octets ||
      EVP_PKEY_decrypt_init_ex(context.get(), parameters.data()) != 1 ||
      EVP_PKEY_decrypt(context.get(), raw(secret.data()), &size, raw(sealed), sealed.size()) != 1) {
    return fail(errc::sealed_damaged);
  }
  secret.cut(size);
  return secret;
}

outcome<bytes> identity_private::sign(bytes_view text) const {
  const clean_queue at_end;
  const digest_context_ptr context(EVP_MD_CTX_new());
  const auto parameters = pss();
  bytes signature(identity_block_octets, '\0');
  std::size_t size = signature.size();
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(),
                            parameters.data()) != 1 ||
      EVP_DigestSign(context.get(), raw(signature.data()), &size, raw(text), text.size()) != 1 ||
      size != identity_block_octets) {
    return fail(errc::internal, "RSA-PSS");
  }
  return signature;
}

outcome<identity_private> make_identity() {
  const clean_queue at_end;
  auto key = owned(EVP_RSA_gen(identity_bits));
  if (!key) return fail(errc::internal, "no identity key could be made");
  return identity_private::of_key(std::move(key));
}

}  // namespace uod
