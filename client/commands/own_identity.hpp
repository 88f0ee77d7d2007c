#pragma once

#include "client/commands/context.hpp"
#include "client/commands/conversation.hpp"
#include "client/sealing/keyring.hpp"
#include "protocol/password.hpp"

/// One's own identity key: made, brought back, sealed anew.
namespace uod::client {

/// After a log-in: opens the account's identity key by the password, or makes one where the account
/// has none, and keeps it in this profile. Where it cannot be opened (the password was reset, and
/// nobody has given the recovery code since) it says what to do, and that is no failure.
outcome<void> settle_identity(context& with, conversation& talk, const account_info& account,
                              const password_keys& keys);

/// Makes a new identity key, shows its recovery code, and puts it in place of any other.
outcome<void> make_own_identity(context& with, conversation& talk, keyring& ring,
                                const std::string& user, const password_keys& keys);

/// Opens the identity key by its recovery code, and seals it by the password as well.
outcome<void> recover_own_identity(conversation& talk, keyring& ring, bytes_view recovery_code,
                                   const password_keys& keys);

/// Whether the key here is the account's still: one that was replaced elsewhere must not be sealed
/// in the place of the new one. Error: `identity_changed`.
outcome<void> check_own_identity(conversation& talk, const keyring& ring);

/// Seals one's identity by a new vault key, for a change of password.
identity_resealer resealer_of(const keyring& ring);

/// The keyring of a log-in, with or without an identity key. One that was left by another log-in is
/// forgotten, and that is said.
outcome<keyring> fresh_keyring(context& with, const kept_login& kept);

}  // namespace uod::client
