#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

/// What client and server say to each other, as plain structs. PROTOCOL.md tells the meaning of
/// each; `protocol/codec.hpp` turns them into bytes and back. Times are Unix milliseconds in UTC.
namespace uod {

// ---------------------------------------------------------------------------------------------
// Parts

/// How a client stretches its password (RFC 9106). Kept with the account, so that it can grow.
struct argon2_parameters {
  std::uint32_t memory_kib = 0;
  std::uint32_t passes = 0;

  bool operator==(const argon2_parameters&) const = default;
};

/// The device that an account is used from. The client makes the id, so that a log-in that is
/// sent again after a lost answer does not leave a second device behind.
struct device_info {
  device_id id;
  std::string name;

  bool operator==(const device_info&) const = default;
};

/// What the server will take from this client. See PROTOCOL.md, Limits.
struct wire_limits {
  std::uint32_t frame_bytes_max = 0;
  std::uint32_t message_bytes_max = 0;
  std::uint32_t requests_in_flight_max = 0;
  std::uint32_t page_rows_max = 0;
  std::uint32_t silence_ms = 0;
  std::uint32_t broadcast_bytes_max = 0;
  std::uint64_t file_octets_max = 0;  ///< of the plaintext; 0: the server takes no files

  bool operator==(const wire_limits&) const = default;
};

struct account_info {
  account_id id;
  std::string name;
  std::string email;
  bool premium = false;
  bool email_confirmed = false;

  bool operator==(const account_info&) const = default;
};

/// A place where an account is logged in, as its owner sees it.
struct device {
  device_id id;
  std::string name;
  std::string address;  ///< that it was last seen at
  std::uint64_t created_at_ms = 0;
  std::uint64_t last_seen_ms = 0;
  bool current = false;  ///< the one that asks

  bool operator==(const device&) const = default;
};

struct member {
  account_id id;
  std::string name;
  std::uint64_t delivered_seq = 0;
  std::uint64_t read_seq = 0;
  bytes identity = {};  ///< fingerprint of the public key, 32 octets; empty: there is none

  bool operator==(const member&) const = default;
};

/// A chat as one of its members sees it. Two members today; groups later.
struct chat_info {
  chat_id id;
  std::vector<member> members;
  std::uint64_t last_seq = 0;
  std::uint64_t unread = 0;

  bool operator==(const chat_info&) const = default;
};

/// How the body of a message is to be read. To the server a body is opaque.
enum class content_type : std::uint8_t {
  text = 1,    ///< UTF-8
  sealed = 2,  ///< protocol/sealing: what it holds is said inside
};

/// A message as the store has it.
struct message {
  message_id id;
  chat_id chat;
  std::uint64_t seq = 0;       ///< counts 1, 2, 3 … in its chat
  std::uint64_t position = 0;  ///< grows with every commit of the store; what cursors are made of
  account_id sender;
  content_type content = content_type::text;
  bytes body;
  std::uint64_t sent_at_ms = 0;

  bool operator==(const message&) const = default;
};

/// A message to everybody, as it stands on the home page.
struct broadcast {
  message_id id;
  std::uint64_t seq = 0;  ///< counts 1, 2, 3 … over all broadcasts of a store
  account_id sender;
  std::string sender_name;
  bytes body;  ///< UTF-8
  std::uint64_t sent_at_ms = 0;

  bool operator==(const broadcast&) const = default;
};

struct contact {
  account_id id;
  std::string name;
  bool online = false;
  std::uint64_t last_seen_ms = 0;  ///< 0: not known, or not for this viewer
  bytes identity = {};             ///< as in `member`

  bool operator==(const contact&) const = default;
};

// ---------------------------------------------------------------------------------------------
// From the client

struct hello {
  std::string client;  ///< program and version, for the server's log
  bool operator==(const hello&) const = default;
};
/// "Exit": the client closes on purpose.
struct goodbye {
  bool operator==(const goodbye&) const = default;
};
/// "Still there?", from either side.
struct ping {
  bool operator==(const ping&) const = default;
};
struct pong {
  bool operator==(const pong&) const = default;
};
struct get_salt {
  std::string name;
  bool operator==(const get_salt&) const = default;
};
struct register_account {
  account_id id;  ///< made by the client: sent again it is the same registration
  std::string name;
  std::string email;
  bytes salt;  ///< 16 octets
  argon2_parameters argon2;
  bytes auth_key;  ///< 32 octets derived from the password; see protocol/password.hpp
  device_info device;
  std::string premium_code = {};  ///< empty: none
  bool operator==(const register_account&) const = default;
};
struct log_in {
  std::string name;
  bytes auth_key;
  device_info device;
  bool operator==(const log_in&) const = default;
};
/// Log-in by the token that registration or log-in gave to this device.
struct resume {
  device_id device;
  bytes token;  ///< 32 octets
  bool operator==(const resume&) const = default;
};
struct log_out {
  bool all_devices = false;
  bool operator==(const log_out&) const = default;
};
struct get_account {
  bool operator==(const get_account&) const = default;
};
struct list_devices {
  bool operator==(const list_devices&) const = default;
};
struct revoke_device {
  device_id device;
  bool operator==(const revoke_device&) const = default;
};
struct redeem_premium {
  std::string code;
  bool operator==(const redeem_premium&) const = default;
};
struct search_accounts {
  std::string text;
  std::string after;  ///< the previous page's `next`, or empty
  std::uint32_t limit = 0;
  bool operator==(const search_accounts&) const = default;
};
struct add_contact {
  std::string name;
  bool operator==(const add_contact&) const = default;
};
struct remove_contact {
  std::string name;
  bool operator==(const remove_contact&) const = default;
};
struct list_contacts {
  std::string after;
  std::uint32_t limit = 0;
  bool operator==(const list_contacts&) const = default;
};
/// Makes the direct chat with an account where there is none yet.
struct open_chat {
  std::string name;
  bool operator==(const open_chat&) const = default;
};
struct list_chats {
  std::string after;
  std::uint32_t limit = 0;
  bool operator==(const list_chats&) const = default;
};
struct send_message {
  message_id id;
  chat_id chat;
  content_type content = content_type::text;
  bytes body;
  bool operator==(const send_message&) const = default;
};
/// Messages with `after_seq < seq < before_seq`, the newest `limit` of them where `before_seq` is
/// given or neither is, else the oldest `limit`; always answered in rising order.
struct fetch_history {
  chat_id chat;
  std::uint64_t before_seq = 0;  ///< 0: no bound
  std::uint64_t after_seq = 0;
  std::uint32_t limit = 0;
  bool operator==(const fetch_history&) const = default;
};
/// Everything up to these has reached this account, or has been read by it. Only ever grows.
struct mark_chat {
  chat_id chat;
  std::uint64_t delivered_seq = 0;
  std::uint64_t read_seq = 0;
  bool operator==(const mark_chat&) const = default;
};
/// Wants events from now on, and first everything behind a position. Without a position the
/// stream begins with the first message that has not been delivered to the account yet.
struct subscribe {
  std::optional<std::uint64_t> after_position;
  std::optional<std::uint64_t> after_broadcast = {};  ///< absent: since this device logged in
  bool operator==(const subscribe&) const = default;
};
/// A message to everybody's home page; for premium members.
struct send_broadcast {
  message_id id;
  bytes body;
  bool operator==(const send_broadcast&) const = default;
};
/// Broadcasts, chosen as `fetch_history` chooses messages.
struct fetch_home {
  std::uint64_t before_seq = 0;  ///< 0: no bound
  std::uint64_t after_seq = 0;
  std::uint32_t limit = 0;
  bool operator==(const fetch_home&) const = default;
};
struct confirm_email {
  std::string code;
  bool operator==(const confirm_email&) const = default;
};
struct send_email_code {
  bool operator==(const send_email_code&) const = default;
};
struct change_email {
  bytes auth_key;
  std::string email;
  bool operator==(const change_email&) const = default;
};
struct change_password {
  bytes auth_key;  ///< from the present password
  bytes salt;
  argon2_parameters argon2;
  bytes new_auth_key;
  bool keep_devices = false;
  bytes token;                    ///< of this device from then on
  bytes sealed_by_password = {};  ///< by the new one; empty: the account has no identity
  bool operator==(const change_password&) const = default;
};
struct forgot_password {
  std::string name;
  bool operator==(const forgot_password&) const = default;
};
struct reset_password {
  std::string name;
  std::string code;
  bytes salt;
  argon2_parameters argon2;
  bytes auth_key;
  device_info device;
  bool operator==(const reset_password&) const = default;
};
struct unlock_account {
  std::string name;
  std::string code;
  bool operator==(const unlock_account&) const = default;
};
/// Makes this the account's identity, or seals the one that it has anew.
struct put_identity {
  bytes auth_key;            ///< from the present password
  bytes public_key;          ///< 422 octets
  bytes sealed_by_password;  ///< see protocol/sealing/sealed_identity.hpp
  bytes sealed_by_recovery;  ///< empty: there is no recovery code
  bool operator==(const put_identity&) const = default;
};
struct get_identity {
  bool operator==(const get_identity&) const = default;
};
/// Somebody's public key.
struct find_identity {
  account_id account;
  bytes fingerprint;  ///< 32 octets: that one, also a former one; empty: the present one
  bool operator==(const find_identity&) const = default;
};
struct put_chat_key {
  bytes record;  ///< see protocol/sealing/chat_key_record.hpp
  bool operator==(const put_chat_key&) const = default;
};
/// An answer stays as small as a page: 32 direct chats' records have 46 kB, the largest 237.
inline constexpr std::size_t fetch_epochs_max = 32;
struct fetch_chat_keys {
  chat_id chat;
  std::vector<epoch_id> epochs;  ///< at most `fetch_epochs_max`
  bool operator==(const fetch_chat_keys&) const = default;
};
/// Begins to bring a file into a chat, or goes on with it. The id is the client's: begun again with
/// the same chat and size it is the same file.
struct begin_file {
  file_id id;
  chat_id chat;
  std::uint64_t size = 0;  ///< octets of the plaintext
  bool operator==(const begin_file&) const = default;
};
/// A segment of 65,536 octets, sealed: see protocol/sealing/sealed_file.hpp.
inline constexpr std::size_t sealed_segment_octets_max = 65'564;
struct put_file_segment {
  file_id id;
  std::uint64_t index = 0;  ///< counts from 0; the next that the server does not hold
  bytes sealed;
  bool operator==(const put_file_segment&) const = default;
};
struct fetch_file_segment {
  file_id id;
  std::uint64_t index = 0;
  bool operator==(const fetch_file_segment&) const = default;
};

using client_body =
    std::variant<hello, goodbye, ping, pong, get_salt, register_account, log_in, resume, log_out,
                 search_accounts, add_contact, remove_contact, list_contacts, open_chat, list_chats,
                 send_message, fetch_history, mark_chat, subscribe, get_account, list_devices,
                 revoke_device, redeem_premium, send_broadcast, fetch_home, confirm_email,
                 send_email_code, change_email, change_password, forgot_password, reset_password,
                 unlock_account, put_identity, get_identity, find_identity, put_chat_key,
                 fetch_chat_keys, begin_file, put_file_segment, fetch_file_segment>;

/// `request` is chosen by the client and comes back with the answer; 0 where none is wanted.
struct client_message {
  std::uint32_t request = 0;
  client_body body;
  bool operator==(const client_message&) const = default;
};

// ---------------------------------------------------------------------------------------------
// From the server: answers

struct welcome {
  std::string server;
  wire_limits limits;
  argon2_parameters argon2;  ///< for new accounts
  std::uint64_t time_ms = 0;
  bool operator==(const welcome&) const = default;
};
struct salt {
  bytes value;
  argon2_parameters argon2;
  bool operator==(const salt&) const = default;
};
struct logged_in {
  account_info account;
  device_id device;
  bytes token;  ///< 32 octets; empty as the answer to `resume`
  bool operator==(const logged_in&) const = default;
};
struct account_shown {
  account_info account;
  bool operator==(const account_shown&) const = default;
};
struct devices_listed {
  std::vector<device> devices;
  bool operator==(const devices_listed&) const = default;
};
struct done {
  bool operator==(const done&) const = default;
};
struct failure {
  error reason;
  bool operator==(const failure&) const = default;
};
struct accounts_found {
  std::vector<std::string> names;
  std::string next;  ///< pass as `after`; empty at the end
  bool operator==(const accounts_found&) const = default;
};
struct contact_added {
  contact added;
  bool operator==(const contact_added&) const = default;
};
struct contacts_listed {
  std::vector<contact> contacts;
  std::string next;
  bool operator==(const contacts_listed&) const = default;
};
struct chat_opened {
  chat_info chat;
  bool operator==(const chat_opened&) const = default;
};
struct chats_listed {
  std::vector<chat_info> chats;  ///< the one with the newest message first
  std::string next;
  bool operator==(const chats_listed&) const = default;
};
/// The message is on disk.
struct message_sent {
  message_id id;
  chat_id chat;
  std::uint64_t seq = 0;
  std::uint64_t position = 0;
  std::uint64_t sent_at_ms = 0;
  bool operator==(const message_sent&) const = default;
};
struct history {
  std::vector<message> messages;
  bool more = false;  ///< there is more in the direction that was read
  bool operator==(const history&) const = default;
};
struct subscribed {
  std::uint64_t position = 0;   ///< the stream begins behind this one
  std::uint64_t broadcast = 0;  ///< and the home page's behind this `seq`
  bool operator==(const subscribed&) const = default;
};

/// The broadcast is on disk.
struct broadcast_sent {
  message_id id;
  std::uint64_t seq = 0;
  std::uint64_t sent_at_ms = 0;
  bool operator==(const broadcast_sent&) const = default;
};
struct home {
  std::vector<broadcast> broadcasts;
  bool more = false;  ///< there is more in the direction that was read
  bool operator==(const home&) const = default;
};

/// One's own identity; everything empty where there is none.
struct identity_shown {
  bytes public_key;
  bytes sealed_by_password;  ///< empty beside a key: the password was reset
  bytes sealed_by_recovery;
  bool operator==(const identity_shown&) const = default;
};
struct identity_found {
  account_id account;
  std::string name;
  bytes public_key;
  bool operator==(const identity_found&) const = default;
};
struct chat_keys {
  std::vector<bytes> records;  ///< those that are there, in the order asked for
  bool operator==(const chat_keys&) const = default;
};

struct file_begun {
  std::uint64_t segments_held = 0;  ///< from the first on; all of them: the file is complete
  bool operator==(const file_begun&) const = default;
};
struct file_segment {
  bytes sealed;
  bool operator==(const file_segment&) const = default;
};

// ---------------------------------------------------------------------------------------------
// From the server: events

/// Messages in the order of their positions. `chats` holds each chat that this connection has not
/// been told about yet, before its first message.
struct messages_arrived {
  std::vector<chat_info> chats;
  std::vector<message> messages;
  bool operator==(const messages_arrived&) const = default;
};
/// Broadcasts with rising `seq`, without a gap.
struct broadcasts_arrived {
  std::vector<broadcast> broadcasts;
  bool operator==(const broadcasts_arrived&) const = default;
};
/// Another member's marks in a chat have moved.
struct receipt_changed {
  chat_id chat;
  account_id by;
  std::string by_name;
  std::uint64_t delivered_seq = 0;
  std::uint64_t read_seq = 0;
  bool operator==(const receipt_changed&) const = default;
};
struct presence_changed {
  account_id account;
  std::string name;
  bool online = false;
  std::uint64_t last_seen_ms = 0;
  bool operator==(const presence_changed&) const = default;
};
/// The server is about to close this connection; come back, here or elsewhere, after the time.
struct server_closing {
  error reason;
  bool operator==(const server_closing&) const = default;
};

using server_body =
    std::variant<welcome, ping, pong, salt, logged_in, done, failure, accounts_found, contact_added,
                 contacts_listed, chat_opened, chats_listed, message_sent, history, subscribed,
                 messages_arrived, receipt_changed, presence_changed, server_closing, account_shown,
                 devices_listed, broadcast_sent, home, broadcasts_arrived, identity_shown,
                 identity_found, chat_keys, file_begun, file_segment>;

/// `request` names the request that this answers; 0 for events.
struct server_message {
  std::uint32_t request = 0;
  server_body body;
  bool operator==(const server_message&) const = default;
};

}  // namespace uod
