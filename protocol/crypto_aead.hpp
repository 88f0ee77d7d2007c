#pragma once

#include <memory>

#include "protocol/bytes.hpp"
#include "protocol/crypto_secret.hpp"
#include "protocol/errors.hpp"

struct evp_cipher_ctx_st;

namespace uod {

inline constexpr std::size_t aead_key_octets = 32;
inline constexpr std::size_t aead_nonce_octets = 12;
inline constexpr std::size_t aead_tag_octets = 16;
/// What sealing adds to a plaintext.
inline constexpr std::size_t aead_overhead_octets = aead_nonce_octets + aead_tag_octets;
/// Far above anything that is sealed in one piece, far below what GCM and an `int` hold.
inline constexpr std::size_t aead_plaintext_octets_max = 64 * 1024 * 1024;

/// AES-256-GCM (NIST SP 800-38D) under one key, which is set up once and used often. Sealed is
///
///   nonce(12) | ciphertext | tag(16)
///
/// Not for two threads at once. A nonce must never come twice under a key: callers give random
/// ones, and seal so little under each key that two are equal by chance less than once in 2^60.
class aead_key {
 public:
  /// Error: `internal` for a key that has not 32 octets.
  static outcome<aead_key> from(bytes_view key);

  /// Gives `head` with what is sealed behind it; `bound` is not in it, but opening needs the same.
  /// Errors: `too_large`, `internal` (a nonce of another length).
  [[nodiscard]] outcome<bytes> seal(bytes head, bytes_view nonce, bytes_view bound,
                                    bytes_view plaintext) const;

  /// Error: `sealed_damaged` for whatever was not sealed so, whatever is wrong with it.
  [[nodiscard]] outcome<secret_bytes> open(bytes_view sealed, bytes_view bound) const;

 private:
  struct release {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  using context_ptr = std::unique_ptr<evp_cipher_ctx_st, release>;

  aead_key(context_ptr sealing, context_ptr opening)
      : sealing_(std::move(sealing)), opening_(std::move(opening)) {}

  context_ptr sealing_;
  context_ptr opening_;
};

}  // namespace uod
