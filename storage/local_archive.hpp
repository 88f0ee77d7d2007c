#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

/// What a client keeps on its own disk of what it has read and whom it trusts: a small database of
/// its own, beside the server's. Whatever is secret or was said comes in here sealed already; this
/// only keeps it, and knows the order in which things may follow each other.
namespace uod::storage {

/// Whom this device has met, and the key that it then took for theirs.
struct pinned_peer {
  account_id account;
  std::string name;
  std::string name_key;  ///< `account_name::key` of it; empty: nobody is looked up by it
  bytes public_key;
  bytes fingerprint;      ///< of it
  bool verified = false;  ///< a person has compared the safety numbers
};

/// A chat key as this device has opened it.
struct kept_chat_key {
  epoch_id epoch;
  chat_id chat;
  account_id maker;
  bytes maker_fingerprint;  ///< the key that its record was signed by
  epoch_id previous_epoch;  ///< of the same device; nil: none
  std::uint32_t previous_count = 0;
  bytes sealed_key;
};

/// The key that this device seals with in a chat, and how many messages it has sealed with it.
struct sending_epoch {
  epoch_id epoch;
  chat_id chat;
  std::uint64_t made_at_ms = 0;
  std::uint32_t sealed = 0;  ///< or, where it has ended, the highest count that is stored
  bool ended = false;        ///< nothing more is sealed with it
};

/// A message that was opened, and the place that it has in its sender's count.
struct read_message {
  chat_id chat;
  std::uint64_t seq = 0;
  message_id id;
  account_id sender;
  epoch_id epoch;
  std::uint32_t counter = 0;
  std::uint64_t sent_at_ms = 0;
  bytes sealed_content;
  bool is_doubtful = false;   ///< by a key of its sender's that nobody had confirmed
  bool is_misplaced = false;  ///< as in `message_place`; only where it is read back
};

/// How a message goes with those that were read before.
enum class message_place {
  good,       ///< as it should be, or as it was before
  misplaced,  ///< new, but where it cannot follow: the store was set back, or something was moved
  replayed,   ///< the sender has said this at another place
  disorder,   ///< the sender said it before what the server puts in front of it
};
struct place_verdict {
  message_place place = message_place::good;
  bool is_doubtful = false;  ///< as it was given, or was when it was read first
  /// Messages of this sender that must lie between the one read before and this one, and do not,
  /// though nothing in between is unread: withheld.
  std::uint32_t missing = 0;
};

/// One process may have several open, and several processes one file. Not for two threads at once.
/// Errors of all: those of the store (`storage_full`, `database_corrupt`, `database_locked`,
/// `storage_failed`), with the file's name.
class local_archive {
 public:
  virtual ~local_archive() = default;

  virtual outcome<std::optional<bytes>> fact(const std::string& name) = 0;
  virtual outcome<void> put_fact(const std::string& name, const bytes& value) = 0;

  virtual outcome<std::optional<pinned_peer>> peer(const account_id& account) = 0;
  /// Who goes by a name.
  virtual outcome<std::optional<pinned_peer>> peer_called(const std::string& name_key) = 0;
  /// In place of what is pinned; nobody else goes by the name then. Where another key was pinned,
  /// every key that this device seals with is given up.
  virtual outcome<void> put_peer(const pinned_peer& peer) = 0;

  virtual outcome<std::optional<kept_chat_key>> chat_key(const epoch_id& epoch) = 0;
  /// Once; a second time changes nothing.
  virtual outcome<void> put_chat_key(const kept_chat_key& key) = 0;

  /// Takes the chat's key to seal with, if there is one that no process holds, or else what is
  /// known of the end of one. On disk before this returns: a process that ends without giving it
  /// back has lost it, so that no count comes twice.
  virtual outcome<std::optional<sending_epoch>> claim_sending(const chat_id& chat) = 0;
  /// One that was just made, held by this process.
  virtual outcome<void> put_sending(const sending_epoch& made) = 0;
  /// Gives it back for the next process, which goes on behind `sealed`; not where it was given up.
  virtual outcome<void> release_sending(const epoch_id& epoch, std::uint32_t sealed) = 0;
  /// Nothing more is sealed with it, and this is the highest count under it that is stored.
  virtual outcome<void> end_sending(const epoch_id& epoch, std::uint32_t acknowledged) = 0;
  /// Whether it was given up since it was taken.
  virtual outcome<bool> is_given_up(const epoch_id& epoch) = 0;

  /// Keeps messages and judges their places, in order of `seq` for each chat; those that are
  /// replayed or in disorder are not kept. A verdict for each. One that is misplaced was said after
  /// what stands behind it, or stands where another was read: that one is kept beside it, and both
  /// are misplaced from then on.
  virtual outcome<std::vector<place_verdict>> keep(std::span<const read_message> messages) = 0;

  /// Goes through all messages, the newest first, until `visit` says false.
  virtual outcome<void> for_each(const std::function<bool(const read_message&)>& visit) = 0;
};

/// Opens the file, and makes it (0600) where there is none. Error beside those above:
/// `database_newer`.
outcome<std::unique_ptr<local_archive>> open_local_archive(const std::filesystem::path& file);

}  // namespace uod::storage
