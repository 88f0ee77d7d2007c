#pragma once

#include "protocol/crypto_identity.hpp"
#include "protocol/ids.hpp"

/// The private identity key as it lies at the server, so that a new device can have it: sealed by
/// the password, and once more by the recovery code, neither of which the server learns.
///
///   01 | kind | nonce(12) | AES-256-GCM of PKCS #8 | tag(16)
///
///   key   = HKDF-SHA256(secret, salt = account id, "uod/1 identity by password", 32)
///           HKDF-SHA256(secret, salt = account id, "uod/1 identity by recovery code", 32)
///   bound = "uod/1 sealed identity" | kind | account id(16) | fingerprint(32)
///
/// The secret is `vault_key` of password.hpp, or the recovery code's 20 octets.
namespace uod {

enum class sealed_by : std::uint8_t { password = 1, recovery_code = 2 };

inline constexpr std::size_t sealed_identity_octets_max = 2'048 + 30;

/// Errors: `internal`.
outcome<bytes> seal_identity(const identity_private& identity, const account_id& account,
                             sealed_by kind, bytes_view secret);

/// Opens, and makes sure that the private key belongs to the public one that the account is known
/// by: by its octets, and by a signature. Takes some milliseconds. Errors: `sealed_damaged` (also
/// for a wrong secret: the two cannot be told apart), `sealed_by_newer`, `identity_changed` (it
/// holds another key).
outcome<identity_private> open_identity(bytes_view sealed, const account_id& account,
                                        sealed_by kind, bytes_view secret,
                                        const identity_public& known);

}  // namespace uod
