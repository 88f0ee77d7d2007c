#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "actors/node_context.hpp"
#include "actors/outlet.hpp"

namespace uod {

/// Wrong passwords or tokens on one connection before it is closed.
inline constexpr std::uint32_t login_failures_max = 10;
/// Chats that a connection has been told of and need not be told again; past it all are told anew.
inline constexpr std::size_t announced_chats_max = 1024;
/// When to come again who wants in while the store has more to do than it can: between this and
/// twice as long, so that not all come at once.
inline constexpr std::uint32_t entry_retry_ms = 1'000;
/// When to come again after the file store had no room.
inline constexpr std::uint32_t file_retry_ms = 250;
/// After a message was refused for its rate, how long those behind it are refused as well unless
/// it comes again: so a pipeline keeps its order.
inline constexpr std::uint32_t refused_send_ms = 5'000;

/// The shortest time to wait that a client is told: who came again a millisecond later would cost
/// more than what the rate allows, and nobody notices a twentieth of a second.
inline constexpr std::uint32_t retry_after_ms_min = 50;

/// A time to wait as a client is told it; none (0) stays none.
constexpr std::uint32_t wait_worth_telling(std::uint32_t wait_ms) {
  return wait_ms == 0 || wait_ms > retry_after_ms_min ? wait_ms : retry_after_ms_min;
}

/// Where a connection stands. What is legal follows from it.
enum class session_phase {
  silent,     ///< nothing but `hello` is taken
  anonymous,  ///< greeted: register, log in, or show a token
  known,      ///< logged in
};

/// How live events reach the client.
enum class feed_phase {
  off,          ///< not subscribed
  starting,     ///< finding out where to begin
  catching_up,  ///< a page of the store is being read; live events only note that there is more
  live,         ///< everything up to `fed_position` is out; commits are passed on as they come
  behind,       ///< the client reads too slowly: the rest is read from the store when it catches up
};

/// The first of a pipeline that its rate refused, and when it may come again.
struct refused_first {
  std::optional<message_id> id;
  caf::actor_clock::time_point retry_at;
};

struct session_state {
  static inline const char* name = "session";

  std::shared_ptr<node_context> node;
  std::shared_ptr<outlet> out;
  std::string address;       ///< of the client, for logs and devices
  std::string host;          ///< the same without the port, for devices and mails
  std::string network;       ///< that it belongs to, for limits and places
  std::uint64_t number = 0;  ///< of the connection, for logs
  store_room::ticket in_line;

  session_phase phase = session_phase::silent;
  account_info account;
  device_id device;

  std::list<client_message> waiting;       ///< in order; bounded by the frames granted
  std::list<client_message> bulk_waiting;  ///< pages, one at a time
  bool authenticating = false;
  bool bulk_in_flight = false;
  std::uint32_t changes_in_flight = 0;
  std::uint32_t login_failures = 0;

  feed_phase feed = feed_phase::off;
  std::uint64_t fed_position = 0;
  std::uint64_t missed_position = 0;  ///< newest live event that was left to the store
  std::unordered_set<chat_id> announced;

  feed_phase home = feed_phase::off;  ///< the home page's feed
  std::uint64_t home_seq = 0;         ///< everything up to it is out
  std::uint64_t missed_home_seq = 0;  ///< newest live one that was left to the store

  refused_first refused_message;
  refused_first refused_broadcast;

  std::optional<error> closing;

  // Gathered during one message, handed over at its end: one hop for all.
  std::vector<submitted_change> submitting;
  std::vector<outgoing_frame> pushing;
  std::uint32_t granting = 0;

  gauge_share counted_known;
  gauge_share counted_subscribed;
};

/// What a session needs to know of its connection.
struct session_link {
  std::shared_ptr<outlet> out;
  std::string address;  ///< as shown, with the port
  std::string host;     ///< without
  std::uint64_t number = 0;
};

/// One connected client: knows what is legal now and who this is, turns requests into messages to
/// the other actors and their answers into frames. Never blocks.
session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self,
                                     std::shared_ptr<node_context> node, session_link link);

}  // namespace uod
