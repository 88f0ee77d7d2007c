#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/messages.hpp"
#include "storage/store.hpp"

/// Every actor of a node and every message between them, in one place. Above each message stands
/// who sends it, what comes back, and which errors. Names: nouns for actors, imperatives for
/// requests, past tense for events. Messages that an actor sends to itself end in `_due`.
namespace uod {

#if CAF_VERSION < 1800
template <class Result, class... Args>
using op = typename caf::replies_to<Args...>::template with<Result>;
template <class... Args>
using cast = typename caf::reacts_to<Args...>;
#else
template <class Result, class... Args>
using op = caf::result<Result>(Args...);
template <class... Args>
using cast = caf::result<void>(Args...);
#endif

/// What comes back where something can fail: a value or the error, as a message of its own.
template <class T>
struct answered {
  outcome<T> value;
};

// -------------------------------------------------------------------------------------- session

/// The bridge: everything that one read of the socket held, in order.
struct frames_received {
  std::vector<client_message> messages;
  std::uint64_t read_ns = 0;  ///< steady, when it was read; 0: no trace is armed
};
/// The bridge: the connection is over, for this reason. The last message of its link.
struct link_ended {
  error why;
};
/// The bridge: the outbox had passed its bound and has emptied again.
struct outlet_drained {};
/// The message store: what became of a submitted change.
struct settled_change {
  std::uint32_t request = 0;
  outcome<storage::message_result> result;
};
/// The message store: all of a session's changes in one commit, in the order of submission.
struct changes_settled {
  std::vector<settled_change> changes;
};
/// What a commit made, shared by all who are told of it.
struct committed_messages {
  std::vector<storage::message_stored> messages;
};
/// The directory: these of a commit's messages concern this session's account.
struct messages_committed {
  std::shared_ptr<const committed_messages> commit;
  std::vector<std::uint32_t> indexes;
};
/// The directory: another member's marks have moved.
struct marks_moved {
  receipt_changed receipt;
};
/// The directory: a contact came or went.
struct presence_moved {
  presence_changed presence;
};
/// A broadcast as every session passes it on: encoded once for all.
struct encoded_broadcast {
  std::uint64_t seq = 0;
  bytes frame;  ///< a server_message
};
/// The broadcaster: a broadcast is on disk.
struct broadcast_committed {
  std::shared_ptr<const encoded_broadcast> told;
  /// What all of a slice have in common: gone when each of them has heard it.
  std::shared_ptr<const void> slice;
};
/// The bridge (the node drains, or the client is silent) or the directory (the device was logged
/// out): finish what is in flight, tell the client why, and close.
struct close_session {
  error why;
};
/// The store's room: work that waited for it can go on.
struct store_room_freed {};

using session_actor =
    caf::typed_actor<cast<frames_received>, cast<link_ended>, cast<outlet_drained>,
                     cast<changes_settled>, cast<messages_committed>, cast<marks_moved>,
                     cast<presence_moved>, cast<broadcast_committed>, cast<close_session>,
                     cast<store_room_freed>>;

// -------------------------------------------------------------------------------- message store

/// A session: make these changes durable. `changes_settled` comes back, after the commit; the
/// directory is told, and the broadcaster of broadcasts. The errors are the store's (see
/// storage/store.hpp). The session has taken room for them in the node's `store_room` before;
/// settling gives it back.
struct submitted_change {
  std::uint32_t request = 0;
  storage::message_change change;
};
struct submit_changes {
  session_actor from;
  std::vector<submitted_change> changes;
};
/// The message store, to itself: commit what has gathered.
struct commit_due {};
/// The supervisor: answers once everything submitted before is committed.
struct finish_commits {};
struct commits_finished {};

using message_store_actor =
    caf::typed_actor<cast<submit_changes>, cast<commit_due>, op<commits_finished, finish_commits>>;

// -------------------------------------------------------------------------------- account store

struct nothing {};
/// The authenticator, sessions, the directory, the mailer and administrators: make one change
/// durable; changes that gather share a commit. Where it queued mail, the mailer is told. Errors:
/// the change's (see storage/accounts.hpp), `storage_full`, `storage_failed`.
struct change_account {
  storage::account_change change;
};
using account_changed = answered<storage::change_result>;

/// The directory: note when somebody was last online. Nobody waits for it, so it is durable a
/// moment later, with others.
struct note_last_seen {
  storage::touch seen;
};
/// The account store, to itself: store those.
struct last_seen_due {};

using account_store_actor =
    caf::typed_actor<op<account_changed, change_account>, cast<note_last_seen>, cast<last_seen_due>,
                     cast<commit_due>, op<commits_finished, finish_commits>>;

// --------------------------------------------------------------------------------- store reader

/// Sessions and the authenticator ask; each answer is what storage/store.hpp's `reader` says of
/// the function of that name, errors included.
struct read_account_by_name {
  std::string name_key;
};
struct read_account_by_id {
  account_id id;
};
struct read_device {
  device_id id;
};
/// A device, and where the token is its own also the account that it belongs to: a wrong one costs
/// the same whether or not there is such a device.
struct read_device_and_owner {
  device_id id;
  bytes stored_token;
};
struct device_and_owner {
  std::optional<storage::device_record> device;  ///< nothing where the token is another
  std::optional<storage::account_record> owner;
};
struct read_devices {
  account_id account;
};
struct read_locations {
  account_id account;
};
struct read_facts {
  std::string name_key;
  std::string network;
};
struct read_home_behind {
  std::uint64_t after_seq = 0;
  std::uint32_t limit = 0;
  std::size_t page_bytes_max = 0;
};
struct read_home {
  fetch_home query;
  std::size_t page_bytes_max = 0;
};
struct read_search {
  std::string part;
  std::string after;
  std::uint32_t limit = 0;
};
struct read_contacts {
  account_id owner;
  std::string after;
  std::uint32_t limit = 0;
};
struct read_mutual_contacts {
  account_id owner;
};
struct read_chat {
  chat_id chat;
  account_id viewer;
};
struct read_chats {
  account_id viewer;
  std::string after;
  std::uint32_t limit = 0;
};
struct read_history {
  account_id viewer;
  fetch_history query;
  std::size_t page_bytes_max = 0;
};
struct read_feed {
  account_id account;
  std::uint64_t after_position = 0;
  std::uint32_t limit = 0;
  std::size_t page_bytes_max = 0;
};
struct read_undelivered_position {
  account_id account;
};
struct read_own_identity {
  account_id account;
};
struct read_public_key {
  find_identity query;
};
struct read_chat_keys {
  account_id viewer;
  fetch_chat_keys query;
};
/// Where the store stands: `last_position` and `last_broadcast`.
struct read_store_end {};
struct store_end {
  std::uint64_t position = 0;
  std::uint64_t broadcast = 0;
};

using account_found = answered<std::optional<storage::account_record>>;
using device_found = answered<std::optional<storage::device_record>>;
using device_and_owner_found = answered<device_and_owner>;
using devices_read = answered<std::vector<storage::device_record>>;
using locations_read = answered<std::vector<storage::location_record>>;
using facts_read = answered<storage::log_in_facts>;
using home_read = answered<storage::home_page>;
using names_read = answered<storage::name_page>;
using contacts_read = answered<storage::contact_page>;
using mutual_contacts_read = answered<std::vector<storage::contact_row>>;
using chat_read = answered<chat_info>;
using chats_read = answered<storage::chat_page>;
using history_read = answered<storage::message_page>;
using feed_read = answered<storage::feed_page>;
using position_read = answered<std::uint64_t>;
using store_end_read = answered<store_end>;
using own_identity_read = answered<identity_shown>;
using public_key_read = answered<identity_found>;
using chat_keys_read = answered<std::vector<bytes>>;

using store_reader_actor = caf::typed_actor<
    op<account_found, read_account_by_name>, op<account_found, read_account_by_id>,
    op<device_found, read_device>, op<device_and_owner_found, read_device_and_owner>,
    op<devices_read, read_devices>, op<facts_read, read_facts>, op<locations_read, read_locations>,
    op<home_read, read_home>, op<home_read, read_home_behind>, op<names_read, read_search>,
    op<contacts_read, read_contacts>, op<mutual_contacts_read, read_mutual_contacts>,
    op<chat_read, read_chat>, op<chats_read, read_chats>, op<history_read, read_history>,
    op<feed_read, read_feed>, op<position_read, read_undelivered_position>,
    op<store_end_read, read_store_end>, op<own_identity_read, read_own_identity>,
    op<public_key_read, read_public_key>, op<chat_keys_read, read_chat_keys>>;

// -------------------------------------------------------------------------------- authenticator

/// Where a client connects from.
struct visitor {
  std::string address;  ///< without the port
  std::string network;  ///< as `network_of` tells it
};

/// A session asks for the salt of a name. Unknown names have one too.
struct find_salt {
  std::string name;
};
/// A session: makes the account and its first device. Errors: `name_*`, `email_*`, `text_invalid`,
/// `parameters_weak`, `malformed`, `id_conflict`, `premium_code_invalid`, the store's. Whoever is
/// let in, here and below, is in the directory before the session hears of it.
struct register_at {
  register_account request;
  visitor from;
  session_actor session;
};
/// A session: `wrong_credentials` for unknown names and wrong keys alike; `account_locked` for a
/// name that is locked, whether or not somebody has it, and with whatever key; `rate_limited` for a
/// network that has guessed too much; the store's.
struct log_in_at {
  log_in request;
  visitor from;
  session_actor session;
};
/// A session: log-in by token, which no lock of a name keeps out. `wrong_credentials`,
/// `account_closed`, the store's.
struct resume_at {
  resume request;
  visitor from;
  session_actor session;
};
/// A session: a new password by a code. `code_wrong`, also for names that nobody has.
struct reset_password_at {
  reset_password request;
  visitor from;
  session_actor session;
};
/// A session: ends a lock by a code, and lets this network in for a while. `code_wrong`.
struct unlock_at {
  unlock_account request;
  visitor from;
};
/// A session: answered at once, whatever becomes of it: a mail, where there is such an account
/// with a confirmed address.
struct forgot_password_at {
  forgot_password request;
  visitor from;
};
/// A session: forgets this device's token, another's, or all of the account's; the directory ends
/// their sessions. `no_such_device`, the store's.
struct log_out_of {
  account_id account;
  device_id device;
  bool all_devices = false;
};

/// Who asks for a change of their own account.
struct owner_at {
  account_id account;
  device_id device;
  visitor from;
  session_actor session;
};
/// A session: the account as it is now. `no_such_account`.
struct find_account {
  account_id account;
};
/// A session. `premium_code_invalid`, `not_allowed` (premium already), the store's.
struct redeem_premium_at {
  owner_at owner;
  redeem_premium request;
};
/// A session. `code_wrong`, `email_taken`, the store's.
struct confirm_email_at {
  owner_at owner;
  confirm_email request;
};
/// A session. `rate_limited` when enough of them were sent today, `overloaded`; the store's.
struct send_email_code_at {
  owner_at owner;
};
/// A session. A wrong password, here and below, is counted as at a log-in, and a lock keeps out:
/// `wrong_credentials`, `account_locked`. `email_*`, `rate_limited`, `overloaded`, the store's.
struct change_email_at {
  owner_at owner;
  change_email request;
};
/// A session. As above; `parameters_weak`, `malformed`, `not_logged_in` (the device was logged out
/// meanwhile), the store's. The sessions of all other devices end, unless they are kept, and any
/// other that this device has.
struct change_password_at {
  owner_at owner;
  change_password request;
};
/// A session. As above; `malformed` where the public key is none, `too_large`, the store's.
struct put_identity_at {
  owner_at owner;
  put_identity request;
};

/// An administrator has closed or deleted an account: its sessions end, and nobody who was on the
/// way in gets past it.
struct end_sessions_of {
  account_id account;
  error why;
};
/// The authenticator, to itself: let go of what has lost its worth.
struct forget_due {};

using account_told = answered<account_info>;

using authenticator_actor = caf::typed_actor<
    op<answered<salt>, find_salt>, op<answered<logged_in>, register_at>,
    op<answered<logged_in>, log_in_at>, op<answered<logged_in>, resume_at>,
    op<answered<logged_in>, reset_password_at>, op<answered<nothing>, unlock_at>,
    op<answered<nothing>, forgot_password_at>, op<answered<nothing>, log_out_of>,
    op<account_told, find_account>, op<account_told, redeem_premium_at>,
    op<account_told, confirm_email_at>, op<answered<nothing>, send_email_code_at>,
    op<answered<nothing>, change_email_at>, op<answered<nothing>, change_password_at>,
    op<answered<nothing>, put_identity_at>, cast<end_sessions_of>, cast<forget_due>>;

// ------------------------------------------------------------------------------------ directory

/// The authenticator: an account is logged in here. The directory monitors the session and forgets
/// it when it ends. (From the authenticator, because what it revokes afterwards must come
/// afterwards.)
struct enlist {
  account_id account;
  device_id device;
  std::string name;
  session_actor session;
};
/// A session has subscribed: from now on it gets the account's events, and the account counts as
/// online. `contacts` are those who see each other's presence; those online are told, and the
/// session is told who of them is. The answer means that every commit announced from here on
/// reaches the session: what came before is in the store to be read.
struct go_online {
  account_id account;
  session_actor session;
  std::vector<account_id> contacts;
};
struct went_online {};
/// A session ends on purpose; a session that dies is noticed all the same.
struct delist {
  account_id account;
  session_actor session;
};
/// A session: two accounts now see each other's presence, or no longer do.
struct join_contacts {
  account_id one;
  std::string one_name;
  account_id other;
  std::string other_name;
};
struct part_contacts {
  account_id one;
  account_id other;
};
/// A session asks who of these is online; the answer has the same order.
struct ask_presence {
  std::vector<account_id> accounts;
};
struct presence_known {
  std::vector<bool> online;
};
/// The message store: a commit. Told to all sessions of the chats' members but the one that each
/// message came from, where `origins` names one.
struct announce_messages {
  std::shared_ptr<const committed_messages> commit;
  std::vector<session_actor> origins;
};
/// The message store: an account's marks have moved; told to the other sessions of the members.
struct announce_marks {
  storage::mark_stored marks;
  chat_id chat;
  account_id by;
  session_actor origin;
};
/// The authenticator or an administrator: a device (nil: all of them) was logged out; its sessions
/// are closed, but for one.
struct revoke_sessions {
  account_id account;
  device_id device;
  session_actor but;  ///< null: none
  error why;
};
/// The broadcaster asks who is to be told: every session that has subscribed.
struct list_subscribed {};
struct subscribed_sessions {
  std::vector<session_actor> sessions;
};

using directory_actor =
    caf::typed_actor<cast<enlist>, op<went_online, go_online>, cast<delist>, cast<join_contacts>,
                     cast<part_contacts>, op<presence_known, ask_presence>, cast<announce_messages>,
                     cast<announce_marks>, cast<revoke_sessions>,
                     op<subscribed_sessions, list_subscribed>>;

// ---------------------------------------------------------------------------------- broadcaster

/// The message store: these broadcasts are on disk, in this order.
struct announce_broadcasts {
  std::vector<broadcast> broadcasts;
};
/// The broadcaster, to itself: tell the next slice of sessions.
struct spread_due {};

using broadcaster_actor = caf::typed_actor<cast<announce_broadcasts>, cast<spread_due>>;

// --------------------------------------------------------------------------------------- mailer

/// The account store: mail has come into the outbox. An administrator: look again.
struct mail_queued {};
/// The mailer, to itself: something is due, or may be.
struct mail_due {};
/// The composition, while the account store is still there: take no more. Answered once the store
/// has what became of the mail in hand, which may take as long as a mail server does.
struct stop_mailing {};
struct mailing_stopped {};

using mailer_actor =
    caf::typed_actor<cast<mail_queued>, cast<mail_due>, op<mailing_stopped, stop_mailing>>;

// ----------------------------------------------------------------------------------- file store

/// A session, which has taken a place of the node's `file_room` for each of these; the answer gives
/// it back. Notes a file, or finds it. `too_large`, `not_allowed`, `no_such_chat`, `id_conflict`,
/// the store's, `storage_full`.
struct begin_file_for {
  account_id account;
  begin_file request;
};
/// Answered when the segment is written: it may still be lost with the machine's power, until the
/// file is complete. `no_such_file` (also when it is another's), `not_allowed` (not the next one),
/// `malformed`, `storage_full`, the store's.
struct put_segment_for {
  account_id account;
  put_file_segment request;
};
/// `no_such_file`, also for who is no member of its chat and while it is not complete.
struct fetch_segment_for {
  account_id account;
  fetch_file_segment request;
};
/// An administrator has deleted an account: remove what was left to be removed.
struct remove_files {};
/// The file store, to itself: look for what nobody wants any more.
struct file_tidy_due {};

using file_store_actor =
    caf::typed_actor<op<answered<file_begun>, begin_file_for>,
                     op<answered<nothing>, put_segment_for>,
                     op<answered<file_segment>, fetch_segment_for>, cast<remove_files>,
                     cast<file_tidy_due>, op<commits_finished, finish_commits>>;

// ----------------------------------------------------------------------------------- supervisor

/// The composition: the node must stop; nobody new is let in, everyone connected is told and
/// closed, and what was submitted is committed. Answered when that is done or its time is over.
struct drain_node {};
struct node_drained {
  bool whole = false;  ///< false: time ran out before every session had ended
};
/// The supervisor, to itself: are all sessions gone?
struct drain_check_due {};

using supervisor_actor = caf::typed_actor<op<node_drained, drain_node>, cast<drain_check_due>>;

}  // namespace uod

#include "actors/local_messages.hpp"  // last: it speaks of all of them
