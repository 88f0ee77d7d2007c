#include "tests/bench/bare_sealing.hpp"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <ctime>
#include <stdexcept>

#include "protocol/tls_identity.hpp"
#include "tests/bench/measure.hpp"

namespace uod::bench {
namespace {

using cms_ptr = std::unique_ptr<CMS_ContentInfo, openssl::releaser<CMS_ContentInfo_free>>;

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("bare sealing: ") + what);
}

const unsigned char* raw(bytes_view octets) {
  return reinterpret_cast<const unsigned char*>(octets.data());
}
unsigned char* raw(bytes& octets) { return reinterpret_cast<unsigned char*>(octets.data()); }

openssl::bio_ptr reader(bytes_view octets) {
  return openssl::bio_ptr(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
}

}  // namespace

sodium_box::sodium_box() {
  check(sodium_init() >= 0, "libsodium");
  check(crypto_box_keypair(public_.data(), secret_.data()) == 0, "a box's keys");
}

bytes sodium_box::seal(bytes_view text) const {
  bytes sealed(text.size() + crypto_box_SEALBYTES, '\0');
  check(crypto_box_seal(raw(sealed), raw(text), text.size(), public_.data()) == 0, "a box");
  return sealed;
}

bytes sodium_box::open(bytes_view sealed) const {
  bytes text(sealed.size() - crypto_box_SEALBYTES, '\0');
  check(crypto_box_seal_open(raw(text), raw(sealed), sealed.size(), public_.data(),
                             secret_.data()) == 0,
        "opening a box");
  return text;
}

openssl_cms::openssl_cms() {
  const auto identity =
      must(make_tls_identity(key_kind::rsa_3072, "uod-bench", std::time(nullptr)), "a key");
  certificate_.reset(
      PEM_read_bio_X509(reader(identity.certificate_pem).get(), nullptr, nullptr, nullptr));
  key_.reset(
      PEM_read_bio_PrivateKey(reader(identity.private_key_pem).get(), nullptr, nullptr, nullptr));
  check(certificate_ && key_, "a certificate");
}

bytes openssl_cms::seal(bytes_view text) const {
  constexpr unsigned flags = CMS_BINARY | CMS_PARTIAL;
  const cms_ptr message(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), flags));
  CMS_RecipientInfo* const recipient =
      message ? CMS_add1_recipient_cert(message.get(), certificate_.get(), flags | CMS_KEY_PARAM)
              : nullptr;
  EVP_PKEY_CTX* const wrapping =
      recipient != nullptr ? CMS_RecipientInfo_get0_pkey_ctx(recipient) : nullptr;
  check(wrapping != nullptr &&
            EVP_PKEY_CTX_set_rsa_padding(wrapping, RSA_PKCS1_OAEP_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_oaep_md(wrapping, EVP_sha256()) == 1 &&
            CMS_final(message.get(), reader(text).get(), nullptr, CMS_BINARY) == 1,
        "CMS");
  unsigned char* der = nullptr;
  const int length = i2d_CMS_ContentInfo(message.get(), &der);
  check(length > 0, "CMS in DER");
  bytes sealed(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return sealed;
}

bytes openssl_cms::open(bytes_view sealed) const {
  const unsigned char* at = raw(sealed);
  const cms_ptr message(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(sealed.size())));
  const openssl::bio_ptr text(BIO_new(BIO_s_mem()));
  check(message && text &&
            CMS_decrypt(message.get(), key_.get(), certificate_.get(), nullptr, text.get(),
                        CMS_BINARY) == 1,
        "opening CMS");
  return openssl::contents(text.get());
}

}  // namespace uod::bench
