#include "protocol/tls_identity.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/test/unit_test.hpp>
#include <set>

#include "protocol/tls_handles.hpp"
#include "tests/protocol/hex.hpp"
#include "tests/protocol/tls_pair.hpp"

using namespace uod;

namespace {

// One key in two certificates, made by OpenSSL's own program; the fingerprint likewise:
//   openssl x509 -in first.pem -noout -pubkey | openssl pkey -pubin -outform DER |
//   openssl dgst -sha256 -binary | base64
constexpr std::string_view first_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUUBx2JMVUZQ2oJ4j7nwUpYb+98o0wCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFZmlyc3QwIBcNMjYxMTIzMDIzMTE2WhgPMjEyNjEwMzAwMjMx
MTZaMBAxDjAMBgNVBAMMBWZpcnN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
AivkYjfChgkqjQ+3ZtFrUE96v0sHBEQcxVo6zsaImIwdDSPCrAc0heJi9SqJUjL2
lnSFkdzekFzh3spFN3eLMqNTMFEwHQYDVR0OBBYEFHUcTfMIjfR18h0F9VZUavXD
qgh1MB8GA1UdIwQYMBaAFHUcTfMIjfR18h0F9VZUavXDqgh1MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgO/J9boVGLVGK+gRQQ1KMnyd94+QhjJJc
wKD9baO2Sr8CIQC4xtgbNEqZUR4Nf62lTD+/3q39+SLM1/jEySPNz2RzEA==
-----END CERTIFICATE-----
)";
constexpr std::string_view renewed_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBejCCASGgAwIBAgIUHeJzAkU0p8UY7oZz6H22b940hkkwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHcmVuZXdlZDAgFw0yNjExMjMwMjMxMTZaGA8yMTI2MTAzMDAy
MzExNlowEjEQMA4GA1UEAwwHcmVuZXdlZDBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABAIr5GI3woYJKo0Pt2bRa1BPer9LBwREHMVaOs7GiJiMHQ0jwqwHNIXiYvUq
iVIy9pZ0hZHc3pBc4d7KRTd3izKjUzBRMB0GA1UdDgQWBBR1HE3zCI30dfIdBfVW
VGr1w6oIdTAfBgNVHSMEGDAWgBR1HE3zCI30dfIdBfVWVGr1w6oIdTAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIEhM8Pw68Ye4xuLMVwXZxDCQ3ZE3
y63sL3/UzD6OjCfQAiAw5EGNxieahq35yM1Bm+Q75CYvrTReH85DW9GjXSs/Iw==
-----END CERTIFICATE-----
)";
constexpr std::string_view their_fingerprint = "SHA256:nq6xz5DsxXP7B7tuGPBORVkEcsftSDYYJJq4ZrJb/7w";

openssl::certificate_ptr parsed(const tls_identity& identity) {
  const openssl::bio_ptr text(BIO_new_mem_buf(identity.certificate_pem.data(),
                                              static_cast<int>(identity.certificate_pem.size())));
  return openssl::certificate_ptr(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
}

bytes serial_of(const X509* certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
  return bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
               static_cast<std::size_t>(ASN1_STRING_length(serial)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_identities)

BOOST_AUTO_TEST_CASE(the_kinds_of_keys_have_these_names_and_no_others) {
  BOOST_TEST((parse_key_kind("rsa:3072").value() == key_kind::rsa_3072));
  BOOST_TEST((parse_key_kind("rsa:2048").value() == key_kind::rsa_2048));
  BOOST_TEST((parse_key_kind("ec:P-256").value() == key_kind::ec_p256));
  for (const auto* text : {"", "rsa", "rsa:1024", "rsa:3072 ", "RSA:3072", "ec:p-256", "ed25519"}) {
    const auto kind = parse_key_kind(text);
    BOOST_REQUIRE(!kind);
    BOOST_TEST((kind.error().code == errc::config_invalid));
    BOOST_TEST(kind.error().detail.find("rsa:3072, rsa:2048, ec:P-256") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_key_is_of_the_kind_that_was_asked_for) {
  const std::pair<key_kind, std::pair<int, int>> kinds[] = {
      {key_kind::rsa_3072, {EVP_PKEY_RSA, 3072}},
      {key_kind::rsa_2048, {EVP_PKEY_RSA, 2048}},
      {key_kind::ec_p256, {EVP_PKEY_EC, 256}}};
  for (const auto& [kind, expected] : kinds) {
    const tls_identity& identity = tests::identity_of(kind);
    const auto certificate = parsed(identity);
    BOOST_REQUIRE(certificate);
    BOOST_TEST(EVP_PKEY_get_base_id(X509_get0_pubkey(certificate.get())) == expected.first);
    BOOST_TEST(EVP_PKEY_get_bits(X509_get0_pubkey(certificate.get())) == expected.second);
    BOOST_TEST(identity.private_key_pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    BOOST_TEST(identity.certificate_pem.find("PRIVATE") == bytes::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_is_well_formed_and_its_own_issuer) {
  constexpr std::int64_t now_s = 1'700'000'000;
  const auto identity = make_tls_identity(key_kind::ec_p256, "Zo\u00eb's server", now_s);
  BOOST_REQUIRE(identity);
  const auto certificate = parsed(*identity);
  BOOST_REQUIRE(certificate);
  X509* const raw = certificate.get();
  BOOST_TEST(X509_get_version(raw) == X509_VERSION_3);
  BOOST_TEST(X509_NAME_cmp(X509_get_subject_name(raw), X509_get_issuer_name(raw)) == 0);
  BOOST_TEST(X509_verify(raw, X509_get0_pubkey(raw)) == 1);
  BOOST_TEST(X509_check_ca(raw) == 0);
  BOOST_TEST((X509_get_extended_key_usage(raw) == XKU_SSL_SERVER));
  time_t begins = now_s - 3600;
  time_t ends = now_s + 10LL * 365 * 24 * 3600;
  BOOST_TEST(ASN1_TIME_cmp_time_t(X509_get0_notBefore(raw), begins) == 0);
  BOOST_TEST(ASN1_TIME_cmp_time_t(X509_get0_notAfter(raw), ends) == 0);
}

BOOST_AUTO_TEST_CASE(serial_numbers_are_random_and_within_their_bounds) {
  std::set<bytes> seen;
  for (int number = 0; number < 50; ++number) {
    const auto certificate = parsed(tests::new_identity());
    BOOST_REQUIRE(certificate);
    const bytes serial = serial_of(certificate.get());
    BOOST_TEST((serial.size() <= 20u && serial.size() >= 15u));
    BOOST_TEST((static_cast<unsigned char>(serial.at(0)) < 0x80 || serial.size() < 20u));
    BOOST_TEST(ASN1_STRING_type(X509_get0_serialNumber(certificate.get())) == V_ASN1_INTEGER);
    BOOST_TEST(seen.insert(serial).second);
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_no_certificate_can_carry_is_an_error) {
  BOOST_TEST(make_tls_identity(key_kind::ec_p256, bytes(64, 'n'), 0).has_value());
  BOOST_TEST(!make_tls_identity(key_kind::ec_p256, bytes(65, 'n'), 0).has_value());
  BOOST_TEST(!make_tls_identity(key_kind::ec_p256, "\xff\xfe", 0).has_value());
}

BOOST_AUTO_TEST_CASE(a_fingerprint_belongs_to_the_key_and_not_to_the_certificate) {
  BOOST_TEST(fingerprint_of_certificate(first_certificate).value() == their_fingerprint);
  BOOST_TEST(fingerprint_of_certificate(renewed_certificate).value() == their_fingerprint);
  const std::string own = tests::fingerprint_of(tests::new_identity());
  BOOST_TEST(own != their_fingerprint);
  BOOST_TEST(own.size() == their_fingerprint.size());
  BOOST_TEST(own.starts_with("SHA256:"));
  BOOST_TEST(own.find('=') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_has_no_fingerprint) {
  const tls_identity& identity = tests::identity_of(key_kind::ec_p256);
  bytes damaged = identity.certificate_pem;
  damaged[damaged.size() / 2] = '!';
  for (const bytes& text : {bytes{}, bytes("nonsense"), bytes(1000, '\0'), identity.private_key_pem,
                            identity.certificate_pem.substr(0, 200), damaged}) {
    const auto fingerprint = fingerprint_of_certificate(text);
    BOOST_REQUIRE(!fingerprint);
    BOOST_TEST((fingerprint.error().code == errc::certificate_invalid));
    // A private key by mistake must not come back in the error.
    BOOST_TEST(fingerprint.error().detail.find("PRIVATE") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
