#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

/// What `uod` can say on stdout, a struct each. Times are Unix milliseconds. Texts and names may
/// come from anybody: making them safe is the renderers' work.
namespace uod::terminal {

struct account_row {
  std::string user;
  account_id account;
  device_id device;
  bool premium = false;
  std::string server;  ///< `host:port`
  std::string server_fingerprint;
  std::string email;  ///< empty: not known
  bool email_confirmed = false;
  std::string identity_fingerprint = {};  ///< of the account's own key; empty: it is not here
};

struct device_row {
  device_id device;
  std::string name;
  std::string address;
  std::uint64_t last_seen_ms = 0;
  bool current = false;
  std::uint64_t created_at_ms = 0;
};

struct account_found_row {
  std::string user;
};

struct contact_row {
  std::string user;
  bool online = false;
  bool verified = false;
  std::uint64_t last_seen_ms = 0;  ///< 0: not known
  bool key_changed = false;        ///< another than the one pinned: nothing is sent until confirmed
};

struct chat_row {
  std::string chat;
  std::uint64_t last_seq = 0;
  std::uint64_t unread = 0;
  bool key_changed = false;  ///< as above, of the other one
};

/// What two people compare.
struct safety_number_row {
  std::string user;
  std::string safety_number;  ///< in groups of five
  std::string scannable;      ///< what the QR code holds
  bool verified = false;
  bool key_changed = false;
};

/// What opens the identity key when the password is lost. A secret, shown once.
struct recovery_code_row {
  std::string user;
  std::string recovery_code;
};

/// A file that came with a message.
struct file_part {
  std::string name;
  std::uint64_t size = 0;
};

struct message_row {
  message_id id;
  std::string chat;
  std::uint64_t seq = 0;
  std::string from;
  std::string to;
  std::string text;
  std::uint64_t sent_at_ms = 0;
  std::string cursor;
  std::optional<error> trouble = {};  ///< it could not be opened: there is no text
  bool misplaced = false;             ///< where it cannot follow what was read before
  bool key_changed = false;           ///< sealed by a key of the sender's that nobody has confirmed
  std::optional<file_part> file = {};
};

/// Messages of somebody that the server has not shown, though others around them were.
struct gap_row {
  std::string chat;
  std::string from;  ///< empty: of whomever
  std::uint64_t missing = 0;
  std::uint64_t before_seq = 0;
};

struct sent_row {
  message_id id;
  std::string chat;
  std::uint64_t seq = 0;
  std::uint64_t sent_at_ms = 0;
};

/// A file of a message that was saved.
struct saved_row {
  std::string chat;
  std::uint64_t seq = 0;
  std::string path;
  std::uint64_t size = 0;
};

struct broadcast_row {
  message_id id;
  std::uint64_t seq = 0;
  std::string from;
  std::string text;
  std::uint64_t sent_at_ms = 0;
  std::string cursor;
};

struct broadcast_sent_row {
  message_id id;
  std::uint64_t seq = 0;
  std::uint64_t sent_at_ms = 0;
};

struct receipt_row {
  std::string chat;
  std::string by;
  std::uint64_t delivered_seq = 0;
  std::uint64_t read_seq = 0;
};

struct presence_row {
  std::string user;
  bool online = false;
  std::uint64_t last_seen_ms = 0;  ///< 0: not known
};

struct connection_row {
  std::string_view state;  ///< `connected`, `reconnecting`, `resumed`
  std::string server;
};

}  // namespace uod::terminal
