#pragma once

#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

/// The server's long-lived key: made once, presented in every handshake, recognised by its
/// fingerprint. Pure: whoever calls keeps the PEM texts (the private one in a file of mode 0600).
namespace uod {

enum class key_kind { rsa_3072, rsa_2048, ec_p256 };

/// As configured: `rsa:3072`, `rsa:2048`, `ec:P-256`. Error: `config_invalid`.
outcome<key_kind> parse_key_kind(std::string_view text);

struct tls_identity {
  bytes certificate_pem;
  bytes private_key_pem;  ///< PKCS #8, not encrypted
};

/// Makes a key and a self-signed certificate for it (RFC 5280), valid from an hour before
/// `now_s` for ten years: it is the pinned key that is trusted, not the date. RSA-3072 takes up
/// to a second.
outcome<tls_identity> make_tls_identity(key_kind kind, std::string_view common_name,
                                        std::int64_t now_s);

/// `SHA256:` and the unpadded base64 of the SHA-256 over the certificate's DER
/// SubjectPublicKeyInfo: it stays the same when a certificate is renewed for the same key.
outcome<std::string> fingerprint_of_certificate(bytes_view certificate_pem);

}  // namespace uod
