#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "protocol/errors.hpp"
#include "protocol/ids.hpp"
#include "protocol/messages.hpp"

/// The narrow interface to the system of record. Everything is plain data in and out; every call
/// blocks and belongs on a thread of its own. Each object is used by one thread at a time;
/// different objects of one store may be used by different threads at once.
///
/// Contract (tests/storage/contract.hpp proves it for each engine):
///  - When `commit` returns a value, everything in it survives kill -9 and loss of power.
///  - A commit is whole or not at all; when it fails, nothing of it is there and the next commit
///    may be tried.
///  - In each chat `seq` counts 1, 2, 3 … without a gap or a double.
///  - A message id is stored once. The same id, sender and chat again gives the first result;
///    with another sender or chat it gives `id_conflict`.
///  - Positions grow in the order of commits: who has read everything up to a position never
///    sees a smaller one appear.
///  - Exceptions of the database's library never leave it.
namespace uod::storage {

// ------------------------------------------------------------------------------------- accounts

struct account_record {
  account_id id;
  std::string name;
  std::string name_key;       ///< unique
  std::string name_skeleton;  ///< unique
  std::string email;
  std::string email_key;  ///< unique
  bytes salt;
  argon2_parameters argon2;
  bytes stored_auth_key;
  bool premium = false;
  std::uint64_t created_at_ms = 0;
  std::uint64_t last_seen_ms = 0;  ///< 0: never

  bool operator==(const account_record&) const = default;
};

struct device_record {
  device_id id;
  account_id account;
  std::string name;
  std::string address;
  bytes stored_token;
  std::uint64_t created_at_ms = 0;
  std::uint64_t last_seen_ms = 0;

  bool operator==(const device_record&) const = default;
};

/// Makes an account together with its first device. The same account id again with the same
/// stored_auth_key (a retry) replaces the device's token and succeeds; with another key
/// `id_conflict`. Otherwise `name_taken`, `name_confusable` (same skeleton), `email_taken`.
struct create_account {
  account_record account;
  device_record device;
};
/// Adds a device, or replaces token, name and address of the same id of the same account
/// (another account's: `id_conflict`). `no_such_account`. Past `devices_per_account_max` the one
/// seen longest ago goes.
struct put_device {
  device_record device;
};
/// `no_such_device`.
struct remove_device {
  account_id account;
  device_id device;
};
struct remove_all_devices {
  account_id account;
};
/// One-sided and idempotent. `no_such_account`; past `contacts_per_account_max` `too_large`.
struct put_contact {
  account_id owner;
  account_id contact;
};
/// `no_such_contact`.
struct delete_contact {
  account_id owner;
  account_id contact;
};
/// When an account (and the device, unless nil) was last online.
struct touch {
  account_id account;
  device_id device;
  std::uint64_t seen_at_ms = 0;
};

using account_change = std::variant<create_account, put_device, remove_device, remove_all_devices,
                                    put_contact, delete_contact, touch>;

inline constexpr std::size_t devices_per_account_max = 64;       ///< a list a person can survey
inline constexpr std::size_t contacts_per_account_max = 10'000;  ///< presence fans out to these

class account_writer {
 public:
  virtual ~account_writer() = default;

  /// Makes the changes durable in one commit, in order. Each succeeds or fails by itself; the
  /// outer error (`storage_full`, `storage_failed`) means that none happened.
  virtual outcome<std::vector<outcome<void>>> commit(std::span<const account_change> changes) = 0;
};

// ------------------------------------------------------------------------------------- messages

/// Makes a chat with these members (at least one, at most `chat_members_max`), or finds it.
/// `no_such_account`; the same id with other members: `id_conflict`.
struct create_chat {
  chat_id id;
  std::vector<account_id> members;
};
/// `no_such_chat` when it does not exist or the sender is no member.
struct new_message {
  message_id id;
  chat_id chat;
  account_id sender;
  content_type content = content_type::text;
  bytes body;
};
/// Moves a member's marks forward; values past the last seq are cut to it, lower ones ignored.
/// A read message is delivered too. `no_such_chat`.
struct new_mark {
  chat_id chat;
  account_id account;
  std::uint64_t delivered_seq = 0;
  std::uint64_t read_seq = 0;
};
using message_change = std::variant<create_chat, new_message, new_mark>;

inline constexpr std::size_t chat_members_max = 256;

/// Who a chat concerns. Immutable and shared between all who are told of the chat's messages.
struct chat_members {
  chat_id id;
  std::vector<member> members;  ///< marks as of when this was read; not kept up to date
};

struct message_stored {
  message stored;
  bool repeated = false;  ///< the id was there before; nothing new was stored
  std::shared_ptr<const chat_members> chat;
};
struct mark_stored {
  bool changed = false;
  std::uint64_t delivered_seq = 0;  ///< where the marks stand now
  std::uint64_t read_seq = 0;
  std::shared_ptr<const chat_members> chat;
};
struct chat_stored {
  std::shared_ptr<const chat_members> chat;
};
using message_result = std::variant<chat_stored, message_stored, mark_stored>;

class message_writer {
 public:
  virtual ~message_writer() = default;

  /// Makes the changes durable in one commit, in order; one result for each change. A new
  /// message's `sent_at_ms` is `now_ms`, but never earlier than its chat's previous message's.
  /// Takes the changes by value to move the bodies through. The outer error (`storage_full`,
  /// `storage_failed`) means that none happened, and that no seq or position was used up.
  virtual outcome<std::vector<outcome<message_result>>> commit(std::vector<message_change> changes,
                                                               std::uint64_t now_ms) = 0;
};

// ---------------------------------------------------------------------------------------- reads

struct name_page {
  std::vector<std::string> names;  ///< as shown, in the order of their keys
  std::string next;                ///< key to go on after; empty at the end
};
struct contact_row {
  account_id id;
  std::string name;
  std::uint64_t last_seen_ms = 0;
  bool mutual = false;  ///< the other has the owner as a contact too
};
struct contact_page {
  std::vector<contact_row> contacts;  ///< in the order of their keys
  std::string next;
};
struct chat_page {
  std::vector<chat_info> chats;  ///< with at least one message; newest message first
  std::string next;
};
struct message_page {
  std::vector<message> messages;
  bool more = false;
};
struct feed_page {
  std::vector<message> messages;  ///< of all chats of the account, in the order of positions
  /// Chats of these messages, once each.
  std::vector<std::shared_ptr<const chat_members>> chats;
  bool more = false;
};

/// Reads see every commit that was acknowledged before they began. The error is `storage_failed`
/// or `database_corrupt` where not said otherwise. Pages end early, with `more` or `next` set,
/// once their bodies pass `page_bytes_max` (but hold at least one row).
class reader {
 public:
  virtual ~reader() = default;

  virtual outcome<std::optional<account_record>> account_by_name(const std::string& name_key) = 0;
  virtual outcome<std::optional<account_record>> account_by_id(const account_id& id) = 0;
  virtual outcome<std::optional<device_record>> device(const device_id& id) = 0;
  virtual outcome<std::vector<device_record>> devices(const account_id& account) = 0;

  /// Names whose key contains `part` (already normalised), after a key.
  virtual outcome<name_page> search(const std::string& part, const std::string& after_key,
                                    std::uint32_t limit) = 0;

  virtual outcome<contact_page> contacts(const account_id& owner, const std::string& after_key,
                                         std::uint32_t limit) = 0;
  /// Those who are the owner's contacts and have the owner as theirs: who sees whose presence.
  virtual outcome<std::vector<contact_row>> mutual_contacts(const account_id& owner) = 0;

  /// Chat as `viewer` sees it. `no_such_chat` when it does not exist or the viewer is no member.
  virtual outcome<chat_info> chat(const chat_id& chat, const account_id& viewer) = 0;
  virtual outcome<chat_page> chats(const account_id& viewer, const std::string& after,
                                   std::uint32_t limit) = 0;

  /// As `uod::fetch_history` says. `no_such_chat` for who is no member.
  virtual outcome<message_page> history(const account_id& viewer, const fetch_history& query,
                                        std::size_t page_bytes_max) = 0;

  /// What an account's chats got behind a position.
  virtual outcome<feed_page> feed(const account_id& account, std::uint64_t after_position,
                                  std::uint32_t limit, std::size_t page_bytes_max) = 0;
  /// The position just before the first message that others sent and that is not marked
  /// delivered to the account; the store's last position when there is none.
  virtual outcome<std::uint64_t> undelivered_position(const account_id& account) = 0;
  virtual outcome<std::uint64_t> last_position() = 0;
};

/// One database, opened. Hands out writers (one of each kind) and any number of readers.
class store {
 public:
  virtual ~store() = default;

  virtual outcome<std::unique_ptr<account_writer>> make_account_writer() = 0;
  virtual outcome<std::unique_ptr<message_writer>> make_message_writer() = 0;
  virtual outcome<std::unique_ptr<reader>> make_reader() = 0;
};

}  // namespace uod::storage
