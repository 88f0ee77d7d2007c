#include "protocol/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "protocol/crypto_hash.hpp"
#include "protocol/tls_handles.hpp"

namespace uod {
namespace {

using openssl::bio_ptr;
using openssl::certificate_ptr;
using openssl::contents;
using openssl::key_ptr;

constexpr std::int64_t validity_s = 10LL * 365 * 24 * 3600;
constexpr std::int64_t backdate_s = 3600;  // clocks differ

key_ptr make_key(key_kind kind) {
  switch (kind) {
    case key_kind::rsa_3072:
      return key_ptr(EVP_RSA_gen(3072));
    case key_kind::rsa_2048:
      return key_ptr(EVP_RSA_gen(2048));
    case key_kind::ec_p256:
      return key_ptr(EVP_EC_gen("P-256"));
  }
  return nullptr;
}

bool set_random_serial(X509* certificate) {
  const openssl::number_ptr number(BN_new());
  // 159 bits: unique without a register, positive, and at most 20 octets (RFC 5280, 4.1.2.2).
  return number && BN_rand(number.get(), 159, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const openssl::extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

}  // namespace

outcome<key_kind> parse_key_kind(std::string_view text) {
  if (text == "rsa:3072") return key_kind::rsa_3072;
  if (text == "rsa:2048") return key_kind::rsa_2048;
  if (text == "ec:P-256") return key_kind::ec_p256;
  return fail(errc::config_invalid,
              "key kind '" + std::string(text) + "' is none of rsa:3072, rsa:2048, ec:P-256");
}

outcome<tls_identity> make_tls_identity(key_kind kind, std::string_view common_name,
                                        std::int64_t now_s) {
  ERR_clear_error();
  const key_ptr key = make_key(kind);
  const certificate_ptr certificate(X509_new());
  if (!key || !certificate) return fail(errc::internal, "no key could be made");

  X509* const raw = certificate.get();
  X509_NAME* const name = X509_get_subject_name(raw);
  time_t begins = static_cast<time_t>(now_s - backdate_s);
  time_t ends = static_cast<time_t>(now_s + validity_s);
  const bool made =
      X509_set_version(raw, X509_VERSION_3) == 1 && set_random_serial(raw) &&
      X509_time_adj_ex(X509_getm_notBefore(raw), 0, 0, &begins) != nullptr &&
      X509_time_adj_ex(X509_getm_notAfter(raw), 0, 0, &ends) != nullptr &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1 &&
      X509_set_issuer_name(raw, name) == 1 && X509_set_pubkey(raw, key.get()) == 1 &&
      add_extension(raw, NID_basic_constraints, "critical,CA:FALSE") &&
      add_extension(raw, NID_ext_key_usage, "serverAuth") &&
      X509_sign(raw, key.get(), EVP_sha256()) > 0;
  if (!made) return fail(errc::internal, "no certificate could be made");

  const bio_ptr certificate_text(BIO_new(BIO_s_mem()));
  // A secure-memory BIO is wiped when it is freed.
  const bio_ptr key_text(BIO_new(BIO_s_secmem()));
  if (!certificate_text || !key_text || PEM_write_bio_X509(certificate_text.get(), raw) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return fail(errc::internal, "the key could not be written");
  }
  return tls_identity{contents(certificate_text.get()), contents(key_text.get())};
}

outcome<std::string> fingerprint_of_certificate(bytes_view certificate_pem) {
  ERR_clear_error();
  const bio_ptr text(
      BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const certificate_ptr certificate(text ? PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)
                                         : nullptr);
  if (!certificate) return fail(errc::certificate_invalid, "no certificate in PEM form");
  auto fingerprint = openssl::fingerprint_of(certificate.get());
  if (fingerprint.empty()) return fail(errc::certificate_invalid, "its public key cannot be read");
  return fingerprint;
}

// The key's own octets, as they stand in the certificate: OpenSSL 3.0 takes a tenth of a
// millisecond to make a key of them.
std::string openssl::fingerprint_of(const X509* certificate) {
  if (certificate == nullptr) return {};
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (length <= 0) return {};
  const bytes digest =
      sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  return shown_fingerprint(digest);
}

}  // namespace uod
