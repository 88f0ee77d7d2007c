#pragma once

#include "protocol/crypto_secret.hpp"
#include "protocol/errors.hpp"

/// What a client keeps on its own disk under a key of its own (in a keyring, say):
///
///   01 | nonce(12) | AES-256-GCM | tag(16)      bound = "uod/1 local" | label
namespace uod {

/// `label` says what it is and where it lies, so that one cannot be put in another's place. `key`
/// has 32 octets. Errors: `too_large`, `internal`.
outcome<bytes> seal_blob(bytes_view key, bytes_view label, bytes_view plaintext);

/// Errors: `sealed_damaged`, `sealed_by_newer`, `internal` (a key of another length).
outcome<secret_bytes> open_blob(bytes_view key, bytes_view label, bytes_view sealed);

}  // namespace uod
