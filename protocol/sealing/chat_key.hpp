#pragma once

#include <span>

#include "protocol/crypto_aead.hpp"
#include "protocol/sealing/chat_key_record.hpp"

/// Makes, verifies and opens chat keys. A device makes its own key in each chat and seals with no
/// other; it opens with those of all members' devices.
namespace uod {

/// A device makes a new key after so many messages. Nonces are random and have 96 bits, so that
/// two of 10,000 are equal once in 2^70; and how many messages one stolen key opens is bounded.
inline constexpr std::uint32_t messages_per_epoch_max = 10'000;

/// …or after a week: by then a person who changed an identity key, or was removed, is left out of
/// what is written in a quiet chat too; and a record of 1.4 kB a week is no burden.
inline constexpr std::uint64_t epoch_kept_ms = 7ULL * 24 * 3600 * 1000;

/// Whether a device needs a new key before its next message; also when the clock was set back to
/// before the key was made, because its age is not known then.
bool is_used_up(std::uint64_t made_at_ms, std::uint32_t messages_sealed, std::uint64_t now_ms);

/// A key that is ready to seal and open with. Not for two threads at once.
class chat_key {
 public:
  /// For a key that a client has kept. Error: `internal` where there are not 32 octets.
  static outcome<chat_key> from(const chat_id& chat, const epoch_id& epoch, const account_id& maker,
                                secret_bytes octets);

  [[nodiscard]] const chat_id& chat() const { return chat_; }
  [[nodiscard]] const epoch_id& epoch() const { return epoch_; }
  [[nodiscard]] const account_id& maker() const { return maker_; }
  [[nodiscard]] bytes_view octets() const { return octets_.view(); }
  [[nodiscard]] const aead_key& cipher() const { return cipher_; }

 private:
  chat_key(const chat_id& chat, const epoch_id& epoch, const account_id& maker, secret_bytes octets,
           aead_key cipher)
      : chat_(chat),
        epoch_(epoch),
        maker_(maker),
        octets_(std::move(octets)),
        cipher_(std::move(cipher)) {}

  chat_id chat_;
  epoch_id epoch_;
  account_id maker_;
  secret_bytes octets_;
  aead_key cipher_;
};

struct chat_member {
  account_id account;
  identity_public identity;
};

struct made_chat_key {
  chat_key key;
  bytes record;
};

/// Makes a random key for all members, of whom the maker is one, in any order. Costs a signature.
/// Errors: `identity_missing` (the maker is not among them, or under another key), `too_large`
/// (more than `chat_key_members_max`), `malformed` (an epoch or a predecessor that cannot be, a
/// member twice), `internal`.
outcome<made_chat_key> make_chat_key(const chat_key_about& about,
                                     std::span<const chat_member> members,
                                     const identity_private& maker);

/// Whether the maker signed this, by the key that the maker is known by. To be asked before a
/// record is opened. Errors: `identity_changed` (the record names another key of the maker's),
/// `signature_wrong`.
outcome<void> verify_chat_key(const chat_key_record& record, const identity_public& maker);

/// Opens a record that was verified. Errors: `sealed_for_another` (this account is no member, or
/// under another key), `sealed_damaged` (not wrapped for this chat, epoch and account, or not the
/// key that the others have).
outcome<chat_key> open_chat_key(const chat_key_record& record, const account_id& own,
                                const identity_private& identity);

}  // namespace uod
