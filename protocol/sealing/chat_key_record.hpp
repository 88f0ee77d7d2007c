#pragma once

#include <vector>

#include "protocol/crypto_identity.hpp"
#include "protocol/ids.hpp"

/// A chat key as it travels: wrapped for each member, signed by the device that made it.
///
///   01 | chat(16) | epoch(16) | maker(16) | made_at_ms(8) | previous_epoch(16) |
///   previous_count(4) | check(32) | members(1) |
///   members × { account(16) | fingerprint(32) | wrapped(384) } | signature(384)
///
///   wrapped   = RSA-OAEP of the 32 octets, label "uod/1 chat key" | chat | epoch | account
///   check     = SHA-256("uod/1 chat key check" | epoch | key)
///   signature = RSA-PSS by the maker over "uod/1 chat key signature" | all octets before it
///
/// `check` is there because neither OAEP nor GCM commits to a key: a maker could wrap another key
/// for each member, and craft one ciphertext that opens under both to two different texts. With
/// it, whoever opens the record knows that all members have the same key or none.
///
/// `previous_epoch` and `previous_count` say how many messages the same device sealed under the
/// key it used in this chat before, so that a withheld epoch shows, and a withheld end of one.
namespace uod {

/// A record is fetched whole and signed whole; groups that are larger need another scheme.
inline constexpr std::size_t chat_key_members_max = 16;
inline constexpr std::size_t chat_key_octets = 32;
inline constexpr std::size_t chat_key_record_octets_max = 110 + 16 * 432 + 384;

/// What a record says beside the key.
struct chat_key_about {
  chat_id chat;
  epoch_id epoch;    ///< random or UUID version 7, made by the maker; never nil
  account_id maker;  ///< whose device seals with it, and nobody else
  std::uint64_t made_at_ms = 0;
  epoch_id previous_epoch;           ///< nil: this device's first in this chat
  std::uint32_t previous_count = 0;  ///< messages sealed in it; 0 where it is nil
  bool operator==(const chat_key_about&) const = default;
};

struct chat_key_member {
  account_id account;
  key_fingerprint fingerprint;
  bytes wrapped;
  bool operator==(const chat_key_member&) const = default;
};

struct chat_key_record {
  chat_key_about about;
  bytes check;
  std::vector<chat_key_member> members;  ///< ascending by account, the maker among them
  bytes signature;
  bool operator==(const chat_key_record&) const = default;

  /// Nothing for somebody who is no member.
  [[nodiscard]] const chat_key_member* find(const account_id& account) const;
};

/// Reads a record and judges its form: lengths, order, the maker's place. No key is needed, and
/// nothing is believed yet. Errors: `sealed_damaged`, `sealed_by_newer`.
outcome<chat_key_record> parse_chat_key(bytes_view octets);

/// The octets of a record: what `parse_chat_key` was given.
bytes encode_chat_key(const chat_key_record& record);

/// What is signed: the label, and the record without its signature.
bytes signed_part(const chat_key_record& record);

}  // namespace uod
