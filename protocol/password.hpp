#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/crypto_secret.hpp"
#include "protocol/errors.hpp"
#include "protocol/messages.hpp"

/// From a password to what the server may know of it. The only door to libsodium.
///
///   stretched = Argon2id(NFC(password), salt, parameters, 1 lane, 32 octets)     RFC 9106
///   auth_key  = HKDF-SHA256(stretched, no salt, "uod/1 authentication key", 32)  RFC 5869
///   vault_key = HKDF-SHA256(stretched, no salt, "uod/1 vault key", 32)
///   stored    = SHA-256("uod/1 stored authentication key" || account id || auth_key)
///
/// The server gets `auth_key` inside the encrypted link and keeps only `stored`. `vault_key` seals
/// the private identity key and never leaves the client.
namespace uod {

inline constexpr std::size_t salt_octets = 16;
inline constexpr std::size_t salt_octets_max = 64;  ///< what a message may carry, for later
inline constexpr std::size_t auth_key_octets = 32;
inline constexpr std::size_t vault_key_octets = 32;
inline constexpr std::size_t token_octets = 32;
inline constexpr std::size_t password_characters_min = 8;  ///< OWASP ASVS 5.0, 6.2.1
inline constexpr std::size_t password_octets_max = 1024;   ///< more is no secret, but work

/// The weakest parameters a client accepts from a server, so that a hostile one cannot ask for a
/// key that is cheap to guess, and the strongest, so that it cannot exhaust the client.
inline constexpr argon2_parameters argon2_weakest{8 * 1024, 1};
inline constexpr argon2_parameters argon2_strongest{1024 * 1024, 16};
/// The second of RFC 9106, 4: 64 MiB, three passes.
inline constexpr argon2_parameters argon2_default{64 * 1024, 3};

/// Whether parameters lie between the weakest and the strongest.
bool acceptable(const argon2_parameters& parameters);

/// Judges a new password: long enough, and none that everybody tries first, in capitals or not
/// (OWASP ASVS 5.0, 6.2.4). Errors: `text_invalid`, `password_weak` (with what is wrong).
outcome<void> check_new_password(std::string_view password);

/// Derives the authentication key; takes as long and as much memory as the parameters say, so
/// never on a thread that serves others. Errors: `text_invalid`, `parameters_weak` (not
/// acceptable), `malformed` (salt), `too_large` (password), `internal` (no memory).
outcome<bytes> derive_auth_key(std::string_view password, bytes_view salt,
                               const argon2_parameters& parameters);

/// Both keys of one password, from one stretch.
struct password_keys {
  secret_bytes auth_key;
  secret_bytes vault_key;
};

/// As `derive_auth_key`, at the same price.
outcome<password_keys> derive_password_keys(std::string_view password, bytes_view salt,
                                            const argon2_parameters& parameters);

/// What the server stores for an authentication key: 32 octets.
bytes stored_auth_key(const account_id& account, bytes_view auth_key);

/// What the server stores for a device's token: SHA-256, 32 octets.
bytes stored_token(bytes_view token);

/// The salt that an account which does not exist seems to have: HMAC-SHA256 of its name's key
/// under the server's secret, cut to `salt_octets`. Stable, so that asking twice tells nothing.
bytes made_up_salt(bytes_view server_secret, std::string_view name_key);

/// HMAC-SHA256 (RFC 2104): 32 octets.
bytes keyed_hash(bytes_view key, bytes_view text);

/// Compares without telling by the time it takes where two differ.
bool equal_in_constant_time(bytes_view one, bytes_view other);

/// Random octets from the system, for keys, tokens and salts.
bytes random_bytes(std::size_t count);

/// The same, wiped when they go.
secret_bytes random_secret(std::size_t count);
/// A version 7 UUID of this time, with random octets from there.
uuid random_uuid_v7(std::uint64_t unix_ms);

/// Overwrites a secret before its memory is given back.
void wipe(std::string& secret);

}  // namespace uod
