#pragma once

#include <array>

#include "protocol/bytes.hpp"
#include "protocol/tls_handles.hpp"

namespace uod::bench {

/// libsodium's sealed box: an ephemeral X25519 key for each message, XSalsa20-Poly1305.
class sodium_box {
 public:
  sodium_box();
  [[nodiscard]] bytes seal(bytes_view text) const;
  [[nodiscard]] bytes open(bytes_view sealed) const;

 private:
  std::array<unsigned char, 32> public_{};
  std::array<unsigned char, 32> secret_{};
};

/// OpenSSL's CMS (RFC 5083, 5652) for one recipient: RSA-3072 with OAEP, AES-256-GCM, in DER.
class openssl_cms {
 public:
  openssl_cms();
  [[nodiscard]] bytes seal(bytes_view text) const;
  [[nodiscard]] bytes open(bytes_view sealed) const;

 private:
  openssl::certificate_ptr certificate_;
  openssl::key_ptr key_;
};

}  // namespace uod::bench
