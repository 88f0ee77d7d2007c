#pragma once

#include <map>
#include <memory>
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

/// Seals what is sent to one chat. All on the engine's thread. Held by a shared pointer, because
/// answers may still come when the conversation is closed.
class sealed_sender : public std::enable_shared_from_this<sealed_sender> {
 public:
  sealed_sender(conversation& talk, keyring& keys, chat_info chat)
      : talk_(talk), keys_(keys), chat_(std::move(chat)) {}

  /// Meets the members and has a key ready. Before anything else.
  outcome<void> prepare();

  /// Sends under an id; the same id again goes out as it was sealed the first time.
  void send(const message_id& id, const content& what, answer<message_sent> then);

  /// At the end: leaves the key to the next process, where nothing is lost by that.
  outcome<void> finish();

 private:
  struct under_way {
    std::shared_ptr<sealing_chat> sealed_in;
    bytes body;
  };

  /// A new key goes out ahead of the messages that are sealed with it.
  outcome<void> renew();
  outcome<bytes> body_for(const message_id& id, const content& what);
  void settle(const message_id& id, const outcome<message_sent>& sent);

  conversation& talk_;
  keyring& keys_;
  chat_info chat_;
  std::shared_ptr<sealing_chat> current_;
  std::map<message_id, under_way> under_way_;
  std::vector<std::unique_ptr<timer>> refusals_;
  std::optional<error> failure_;  ///< a key did not reach the server: nothing more is sealed
};

}  // namespace uod::client
