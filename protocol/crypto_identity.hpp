#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/crypto_secret.hpp"
#include "protocol/errors.hpp"

struct evp_pkey_st;

/// The key that an account is known by: RSA-3072, e = 65,537. Whoever has the public half can seal
/// a short secret for it (RSA-OAEP, RFC 8017, 7.1) and verify what it has signed (RSA-PSS, 8.1);
/// hash and mask are SHA-256 everywhere. Keys are read once and used often; they may be copied
/// cheaply, and one key may be used by several threads.
namespace uod {

inline constexpr int identity_bits = 3072;
inline constexpr std::size_t identity_public_octets = 422;  ///< there is one encoding of each key
inline constexpr std::size_t identity_private_octets_max = 2'048;  ///< 1,794 are usual
inline constexpr std::size_t identity_block_octets = 384;  ///< a sealed secret, and a signature

/// SHA-256 over the public half: what people compare and records name.
struct key_fingerprint {
  std::array<std::uint8_t, 32> octets{};

  auto operator<=>(const key_fingerprint&) const = default;
  [[nodiscard]] bytes_view view() const {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
  }
  /// Takes 32 octets; nothing for another number of them.
  static std::optional<key_fingerprint> from_octets(bytes_view octets);
};

/// As the server's fingerprint is shown: `SHA256:` and unpadded base64.
std::string to_text(const key_fingerprint& fingerprint);

class identity_public {
 public:
  /// Takes SubjectPublicKeyInfo in DER (RFC 5280, 4.1), in the one canonical form: another way to
  /// write the same key would have another fingerprint. Error: `sealed_damaged`.
  static outcome<identity_public> parse(bytes_view octets);

  [[nodiscard]] const bytes& octets() const { return octets_; }
  [[nodiscard]] const key_fingerprint& fingerprint() const { return fingerprint_; }

  /// Seals up to 318 octets for the private half; `label` is not in it, but opening needs the
  /// same. 384 octets. Error: `internal`.
  [[nodiscard]] outcome<bytes> seal_for(bytes_view secret, bytes_view label) const;

  /// Whether the private half has signed this.
  [[nodiscard]] bool verify(bytes_view text, bytes_view signature) const;

 private:
  identity_public(std::shared_ptr<evp_pkey_st> key, bytes_view octets);

  std::shared_ptr<evp_pkey_st> key_;
  bytes octets_;
  key_fingerprint fingerprint_;
};

class identity_private {
 public:
  /// Takes PKCS #8 in DER (RFC 5208), not encrypted. Error: `sealed_damaged`.
  static outcome<identity_private> parse(bytes_view octets);

  [[nodiscard]] const identity_public& public_half() const { return public_half_; }
  /// PKCS #8 in DER. Error: `internal` (memory).
  [[nodiscard]] outcome<secret_bytes> octets() const;

  /// Opens what `seal_for` has sealed. One error for whatever is wrong, because telling more about
  /// the padding would help to open without the key: `sealed_damaged`.
  [[nodiscard]] outcome<secret_bytes> open(bytes_view sealed, bytes_view label) const;

  /// Signs with 32 octets of salt: 384 octets. Error: `internal`.
  [[nodiscard]] outcome<bytes> sign(bytes_view text) const;

 private:
  friend outcome<identity_private> make_identity();
  identity_private(std::shared_ptr<evp_pkey_st> key, identity_public public_half)
      : key_(std::move(key)), public_half_(std::move(public_half)) {}
  static outcome<identity_private> of_key(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  identity_public public_half_;
};

/// Makes a key from the system's randomness; takes up to a second. Error: `internal`.
outcome<identity_private> make_identity();

}  // namespace uod
