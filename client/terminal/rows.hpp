#pragma once

#include <cstdint>
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
};

struct chat_row {
  std::string chat;
  std::uint64_t last_seq = 0;
  std::uint64_t unread = 0;
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
};

struct sent_row {
  message_id id;
  std::string chat;
  std::uint64_t seq = 0;
  std::uint64_t sent_at_ms = 0;
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
