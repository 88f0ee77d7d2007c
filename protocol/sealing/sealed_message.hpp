#pragma once

#include "protocol/sealing/chat_key.hpp"
#include "protocol/sealing/content.hpp"

/// A message as it travels and is stored.
///
///   01 | epoch(16) | counter(4) | nonce(12) | AES-256-GCM of a content | tag(16)
///
///   bound = "uod/1 message" | chat | sender's account | message id | epoch | counter
///
/// Only the device that made an epoch's key seals in it, and counts 1, 2, 3…: what is missing
/// between two, or came twice, shows.
namespace uod {

/// What sealing adds to a text, its type included.
inline constexpr std::size_t sealed_message_overhead_octets = 1 + 16 + 4 + aead_overhead_octets + 1;

/// What can be read without the key.
struct sealed_message_head {
  epoch_id epoch;             ///< the key it is sealed with
  std::uint32_t counter = 0;  ///< from 1
};

/// Errors: `sealed_damaged`, `sealed_by_newer`.
outcome<sealed_message_head> parse_sealed_message(bytes_view sealed);

/// Seals the maker's message with this counter, from 1 to `messages_per_epoch_max`; the caller has
/// put it on disk before, so that no counter comes twice. Errors: those of `encode_content`;
/// `internal` (the counter).
outcome<bytes> seal_message(const chat_key& key, const message_id& id, std::uint32_t counter,
                            const content& what);

/// What the server says about a message beside its octets.
struct message_origin {
  chat_id chat;
  account_id sender;
  message_id id;
};

/// Opens a message, if it is what the server says. Errors: `sealed_damaged` (also where it is of
/// another chat, sender or id), `chat_key_unknown` (it is of another epoch), `sealed_by_newer`.
outcome<content> open_message(const chat_key& key, const message_origin& said, bytes_view sealed);

}  // namespace uod
