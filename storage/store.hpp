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
#include "storage/accounts.hpp"
#include "storage/files.hpp"

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

// ------------------------------------------------------------------------------------- messages

/// Makes a chat with these members (at least one, at most `chat_members_max`), or finds it.
/// `no_such_account`; the same id with other members: `id_conflict`.
struct create_chat {
  chat_id id;
  std::vector<account_id> members;
};
/// `no_such_chat` when it does not exist or the sender is no member; `no_such_account` when nobody
/// else is left in it, or the sender is not there any more (but what is there already is told).
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
/// `not_premium` where the sender is no premium member (any more).
struct new_broadcast {
  message_id id;
  account_id sender;
  bytes body;
};
using message_change = std::variant<create_chat, new_message, new_mark, new_broadcast>;

inline constexpr std::size_t chat_members_max = 256;

/// Who a chat concerns. Immutable and shared between all who are told of the chat's messages.
struct chat_members {
  chat_id id;
  /// Marks as of when this was read, not kept up to date; names and identities are those of now.
  std::vector<member> members;
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
struct broadcast_stored {
  broadcast stored;
  bool repeated = false;  ///< the id was there before; nothing new was stored
};
using message_result = std::variant<chat_stored, message_stored, mark_stored, broadcast_stored>;

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
  bytes identity = {};  ///< the fingerprint; empty: none
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

struct home_page {
  std::vector<broadcast> broadcasts;  ///< with rising seq
  bool more = false;
};

/// What a log-in is judged by.
struct log_in_facts {
  std::optional<account_record> account;  ///< of those that are there; deleted ones are not
  lock_state name_lock;
  lock_state network_lock;
};

struct account_page {
  std::vector<account_record> accounts;  ///< in the order of their keys
  std::string next;
};
struct premium_code_page {
  std::vector<premium_code_record> codes;  ///< the oldest first
  std::optional<code_id> next;
};
struct outbox_page {
  std::vector<outbox_row> mails;  ///< in the order in which they were written
  std::uint64_t next = 0;         ///< to be passed as `after`; 0 at the end
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

  /// Broadcasts with after_seq < seq < before_seq, chosen as `history` chooses messages.
  virtual outcome<home_page> home(const fetch_home& query, std::size_t page_bytes_max) = 0;
  /// The oldest broadcasts behind a seq.
  virtual outcome<home_page> home_behind(std::uint64_t after_seq, std::uint32_t limit,
                                         std::size_t page_bytes_max) = 0;
  virtual outcome<std::uint64_t> last_broadcast() = 0;

  virtual outcome<log_in_facts> facts_for(const std::string& name_key,
                                          const std::string& network) = 0;
  /// Where an account was used from, the place that was seen last first.
  virtual outcome<std::vector<location_record>> locations(const account_id& account) = 0;

  /// Waiting mails that are due, the one that has been due longest first.
  virtual outcome<std::vector<outbox_row>> due_mails(std::uint64_t now_ms, std::uint32_t limit) = 0;
  /// When the next waiting mail is due; nothing when none waits.
  virtual outcome<std::optional<std::uint64_t>> next_mail_due() = 0;
  /// How many mails lie in the outbox, by state.
  virtual outcome<outbox_counts> count_outbox() = 0;

  /// An account's own identity; everything empty where it has none.
  virtual outcome<identity_shown> own_identity(const account_id& account) = 0;
  /// As `uod::find_identity` says. `no_such_account`, `identity_missing`.
  virtual outcome<identity_found> identity(const find_identity& query) = 0;
  /// The records of these epochs of a chat that are there, in the order asked for. `no_such_chat`
  /// for who is no member.
  virtual outcome<std::vector<bytes>> chat_keys(const account_id& viewer,
                                                const fetch_chat_keys& query) = 0;

  // For administrators

  virtual outcome<account_page> accounts(const std::string& after_key, std::uint32_t limit) = 0;
  virtual outcome<lock_state> name_lock(const std::string& name_key) = 0;
  virtual outcome<premium_code_page> premium_codes(const std::optional<code_id>& after,
                                                   std::uint32_t limit) = 0;
  virtual outcome<outbox_page> outbox(std::uint64_t after, std::uint32_t limit) = 0;
};

/// One database, opened. Hands out writers (one of each kind) and any number of readers.
class store {
 public:
  virtual ~store() = default;

  virtual outcome<std::unique_ptr<account_writer>> make_account_writer() = 0;
  virtual outcome<std::unique_ptr<message_writer>> make_message_writer() = 0;
  virtual outcome<std::unique_ptr<file_register>> make_file_register() = 0;
  virtual outcome<std::unique_ptr<reader>> make_reader() = 0;
};

}  // namespace uod::storage
