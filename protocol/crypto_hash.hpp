#pragma once

#include "protocol/bytes.hpp"
#include "protocol/crypto_secret.hpp"

/// Hashes and keys made from keys. Pure and thread-safe; they fail for want of memory only.
namespace uod {

inline constexpr std::size_t sha256_octets = 32;
inline constexpr std::size_t sha512_octets = 64;

/// FIPS 180-4.
bytes sha256(bytes_view octets);
bytes sha512(bytes_view octets);

/// HKDF with SHA-256 (RFC 5869), extract and expand. `key` is not empty, `length` at most 8,160;
/// an empty salt means one of zeros (2.2).
secret_bytes hkdf_sha256(bytes_view key, bytes_view salt, bytes_view info, std::size_t length);

/// `SHA256:` and the unpadded base64 of a SHA-256: how a key's fingerprint is shown.
std::string shown_fingerprint(bytes_view digest);

}  // namespace uod
