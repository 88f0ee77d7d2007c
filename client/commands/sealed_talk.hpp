#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "client/commands/conversation.hpp"
#include "client/sealing/keyring.hpp"

/// The keyring and the server brought together: what the one lacks, the other is asked for.
namespace uod::client {

/// Opens this profile's keyring. Error: `identity_missing` where the profile is from before there
/// was sealing, or its log-in could not open the identity key.
outcome<keyring> open_keyring(const context& with, const kept_login& kept);

/// Somebody's key as the server has it: the current one, or the one with a fingerprint. Errors:
/// `identity_missing`, those of `conversation::ask`; `sealed_damaged` where it is another one than
/// was asked for.
outcome<identity_public> find_key(conversation& talk, const account_id& account,
                                  bytes_view fingerprint);

/// Makes sure that everybody in a chat has a key that is trusted, and pins those met for the first
/// time. Errors: `identity_missing`, `identity_changed`, with the name.
outcome<void> meet(conversation& talk, keyring& keys, const chat_info& chat);

/// Opens messages of one chat, in order of `seq`: asks for the chat keys and makers' keys that are
/// lacking. `sender_names` are those of whoever may be met here for the first time.
outcome<std::vector<opened_message>> open_sealed(
    conversation& talk, keyring& keys, std::span<const message> messages,
    const std::map<account_id, std::string>& sender_names);

}  // namespace uod::client
