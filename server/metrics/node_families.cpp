#include "server/metrics/node_families.hpp"

#include <filesystem>

namespace uod::metrics {
namespace {

constexpr double second_in_ns = 1e-9;

template <class Number>
double number(const std::atomic<Number>& from) {
  return static_cast<double>(from.load(std::memory_order_relaxed));
}

/// One value for each error that there is, also those that never came: what may be asked for is
/// there from the beginning.
void add_by_error(families& all, const std::string& name, const std::string& help,
                  const error_counts& counts) {
  auto made = counter(all, name, help);
  for (std::uint32_t wire = 1; wire < errc_numbers_max; ++wire) {
    const errc code = errc_from_wire(wire);
    if (static_cast<std::uint32_t>(code) != wire) continue;  // no such error
    made.add(static_cast<double>(counts.of(code)), {{"reason", std::string(code_name(code))}});
  }
}

double running_s(const store_counts& store) {
  const auto begun_ns = store.commit_begun_ns.load(std::memory_order_relaxed);
  const auto now_ns = steady_ns();
  return begun_ns == 0 || now_ns < begun_ns ? 0
                                            : static_cast<double>(now_ns - begun_ns) * second_in_ns;
}

}  // namespace

void add_bridge(families& all, const node_context& node) {
  const auto& c = node.counters;
  gauge(all, "uod_connections", "Connections that are open.").add(number(c.connections_open));
  gauge(all, "uod_connections_max", "Connections that may be open: limits.connections_max.")
      .add(node.config.limits.connections_max);
  counter(all, "uod_connections_opened_total", "Connections taken in.")
      .add(number(c.connections_opened));
  counter(all, "uod_connections_refused_total",
          "Connections closed at once because of a bound on connections.")
      .add(number(c.connections_refused));
  add_by_error(all, "uod_connections_ended_total", "Connections that ended, by why.",
               c.connections_ended);
  counter(all, "uod_handshakes_total", "TLS handshakes, by what came of them.")
      .add(number(c.handshakes_full), {{"kind", "full"}})
      .add(number(c.handshakes_resumed), {{"kind", "resumed"}})
      .add(number(c.handshakes_failed), {{"kind", "failed"}});
  counter(all, "uod_frames_received_total", "Frames from clients.").add(number(c.frames_received));
  counter(all, "uod_frames_sent_total", "Frames to clients.").add(number(c.frames_sent));
  counter(all, "uod_received_bytes_total", "Bytes from clients' sockets, encrypted.")
      .add(number(c.octets_received));
  counter(all, "uod_sent_bytes_total", "Bytes to clients' sockets, encrypted.")
      .add(number(c.octets_sent));
  counter(all, "uod_frames_malformed_total", "Frames that were no message of the protocol.")
      .add(number(c.frames_malformed));
  counter(all, "uod_replays_total", "Frames that came again or belong to another link; ignored.")
      .add(number(c.replays_ignored));
  gauge(all, "uod_send_queue_bytes",
        "Bytes that wait for clients to read them, all together; looked at once a second.")
      .add(number(c.outbox_octets));
  distribution(all, "uod_io_lag_seconds",
               "How late a thread of sockets came to what was due; sampled once a second on each.")
      .add(c.io_lag_ns.read(), lag_ns_bounds, second_in_ns);
}

void add_sessions(families& all, const node_context& node) {
  const auto& c = node.counters;
  gauge(all, "uod_sessions_authenticated", "Sessions that are logged in.")
      .add(number(c.sessions_known));
  gauge(all, "uod_sessions_subscribed", "Sessions that listen to what comes.")
      .add(number(c.sessions_subscribed));
  auto logins = counter(all, "uod_logins_total", "Log-ins that succeeded, by how.");
  for (std::size_t at = 0; at < login_kind_names.size(); ++at) {
    logins.add(number(c.logins[at]), {{"kind", std::string(login_kind_names[at])}});
  }
  add_by_error(all, "uod_requests_refused_total", "Requests that were answered with an error.",
               c.requests_refused);
  auto rates = counter(all, "uod_rate_refusals_total",
                       "Requests refused because a rate (rates.*) was used up.");
  for (std::size_t at = 0; at < limited_names.size(); ++at) {
    rates.add(number(c.rate_refusals[at]), {{"rate", std::string(limited_names[at])}});
  }
  counter(all, "uod_locks_total", "Names locked after wrong passwords.").add(number(c.locks));
  counter(all, "uod_events_deferred_total",
          "Times that a session left live messages to the store because its client reads slowly.")
      .add(number(c.events_deferred));
}

void add_stores(families& all, const node_context& node) {
  const auto& c = node.counters;
  const labels messages{{"store", "messages"}};
  const labels accounts{{"store", "accounts"}};
  counter(all, "uod_messages_stored_total", "Chat messages stored.").add(number(c.messages_stored));
  counter(all, "uod_messages_repeated_total",
          "Chat messages that were stored already and came again.")
      .add(number(c.messages_repeated));
  counter(all, "uod_commits_failed_total", "Commits that failed, of which nothing is stored.")
      .add(number(c.messages.commits_failed), messages)
      .add(number(c.accounts.commits_failed), accounts);
  distribution(all, "uod_commit_seconds", "How long commits took, the failed ones too.")
      .add(c.messages.commit_ns.read(), commit_ns_bounds, second_in_ns, messages)
      .add(c.accounts.commit_ns.read(), commit_ns_bounds, second_in_ns, accounts);
  distribution(all, "uod_commit_changes", "Changes in a commit.")
      .add(c.messages.commit_changes.read(), commit_changes_bounds, 1, messages)
      .add(c.accounts.commit_changes.read(), commit_changes_bounds, 1, accounts);
  gauge(all, "uod_commit_running_seconds", "How long the commit that is on has taken; 0: none is.")
      .add(running_s(c.messages), messages)
      .add(running_s(c.accounts), accounts);
  gauge(all, "uod_store_queue_changes", "Changes of chats that wait for the store.")
      .add(static_cast<double>(node.room.taken()));
  gauge(all, "uod_store_queue_changes_max", "How many may: limits.store_queue_max.")
      .add(static_cast<double>(node.room.changes_max()));
  gauge(all, "uod_file_queue_requests", "Requests that wait for the file store.")
      .add(static_cast<double>(node.file_room.taken()));
  gauge(all, "uod_file_queue_requests_max", "How many may.")
      .add(static_cast<double>(node.file_room.changes_max()));
}

void add_mail(families& all, const node_context& node, storage::reader& reader) {
  const auto& c = node.counters;
  counter(all, "uod_mails_queued_total", "Mails put into the outbox.").add(number(c.mails_queued));
  counter(all, "uod_mails_delivered_total", "Mails handed over.").add(number(c.mails_delivered));
  counter(all, "uod_mails_postponed_total", "Attempts that failed and are to be made again.")
      .add(number(c.mails_postponed));
  counter(all, "uod_mails_refused_total", "Mails refused for good, or given up.")
      .add(number(c.mails_refused));
  counter(all, "uod_mails_expired_total", "Mails dropped because their code was no longer good.")
      .add(number(c.mails_expired));
  counter(all, "uod_mails_dropped_total", "Mails not kept because the outbox was full.")
      .add(number(c.mails_dropped));
  // A database that cannot be read leaves these out, and makes the node not ready.
  if (const auto lying = reader.count_outbox()) {
    gauge(all, "uod_mail_outbox_mails", "Mails in the outbox.")
        .add(static_cast<double>(lying->waiting), {{"state", "waiting"}})
        .add(static_cast<double>(lying->refused), {{"state", "refused"}});
  }
}

void add_spread(families& all, const node_context& node) {
  const auto& c = node.counters;
  counter(all, "uod_broadcasts_stored_total", "Broadcasts stored.")
      .add(number(c.broadcasts_stored));
  counter(all, "uod_broadcasts_told_total", "Sessions told of a broadcast, all together.")
      .add(number(c.broadcasts_told));
  counter(all, "uod_broadcasts_skipped_total",
          "Broadcasts that nobody was told of because too many waited; they are in the store.")
      .add(number(c.broadcasts_skipped));
  gauge(all, "uod_broadcasts_waiting", "Broadcasts that not everybody was told of yet.")
      .add(number(c.broadcasts_waiting));
  counter(all, "uod_files_begun_total", "Files that somebody began to send.")
      .add(number(c.files_begun));
  counter(all, "uod_files_completed_total", "Files that came to their end.")
      .add(number(c.files_completed));
  counter(all, "uod_files_removed_total", "Files removed.").add(number(c.files_removed));
  counter(all, "uod_files_failed_total", "Requests for files that the disk or database failed.")
      .add(number(c.files_failed));
  counter(all, "uod_file_received_bytes_total", "Bytes of files taken in, sealed.")
      .add(number(c.file_octets_received));
  counter(all, "uod_file_sent_bytes_total", "Bytes of files handed out, sealed.")
      .add(number(c.file_octets_sent));
}

void add_actors(families& all, const node_context& node) {
  const auto& actors = node.counters.actors;
  {
    auto alive = gauge(all, "uod_actors",
                       "Actors in memory; an ended session is until nobody holds it any more.");
    for (std::size_t at = 0; at < actor_kinds; ++at) {
      alive.add(static_cast<double>(actors[at].alive()),
                {{"actor", std::string(actor_kind_names[at])}});
    }
  }
  {
    auto waiting = gauge(all, "uod_actor_mailbox_messages",
                         "Messages that wait in mailboxes, of all actors of a kind.");
    for (std::size_t at = 0; at < actor_kinds; ++at) {
      waiting.add(static_cast<double>(actors[at].waiting()),
                  {{"actor", std::string(actor_kind_names[at])}});
    }
  }
  auto handling = distribution(all, "uod_actor_message_seconds",
                               "How long actors of a kind worked on one message.");
  for (std::size_t at = 0; at < actor_kinds; ++at) {
    handling.add(actors[at].handling(), handling_ns_bounds, second_in_ns,
                 {{"actor", std::string(actor_kind_names[at])}});
  }
}

void add_disk(families& all, const node_context& node) {
  std::error_code failed;
  const auto space = std::filesystem::space(node.config.data_dir, failed);
  if (!failed) {
    gauge(all, "uod_data_free_bytes", "Room that is left where the data directory lies.")
        .add(static_cast<double>(space.available));
    gauge(all, "uod_data_size_bytes", "Room that there is, used or not.")
        .add(static_cast<double>(space.capacity));
  }
  double octets = 0;
  const auto database = database_file(node.config);
  for (const char* suffix : {"", "-wal"}) {
    const auto size = std::filesystem::file_size(database.string() + suffix, failed);
    if (!failed) octets += static_cast<double>(size);
  }
  gauge(all, "uod_database_bytes", "The database and its log, as files.").add(octets);
}

}  // namespace uod::metrics
