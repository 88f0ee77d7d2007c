#include "server/run.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "actors/bridge/asio_gate.hpp"
#include "config/host_port.hpp"
#include "protocol/password.hpp"
#include "server/administration/admin_socket.hpp"
#include "server/administration/offline_host.hpp"
#include "server/audit_log.hpp"
#include "server/composition.hpp"
#include "server/data_directory.hpp"
#include "server/log_sink.hpp"
#include "server/mail_setup.hpp"
#include "server/metrics/http_endpoint.hpp"
#include "server/metrics/node_metrics.hpp"
#include "server/node_host.hpp"
#include "storage/sqlite_store.hpp"

namespace uod {
namespace {

constexpr std::size_t salt_secret_octets = 32;
constexpr int killed_exit_code = 130;
/// A mail server may take minutes to answer; whoever ends a node does not wait for it.
constexpr std::chrono::seconds mail_grace{5};

/// Signals are waited for, not handled: blocked in every thread from the first on.
sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR1);  // ours: an essential actor was lost
  return set;
}

int await_signal() {
  const sigset_t set = awaited_signals();
  int number = 0;
  while (sigwait(&set, &number) != 0) {
  }
  return number;
}

void block_signals() {
  const sigset_t set = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on files is an error like a full disk
}

/// As many descriptors as the administrator allows: a connection is one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void print_ready(const std::string& address, const std::string& fingerprint, bool json) {
  if (json) {
    const nlohmann::ordered_json line{
        {"type", "listening"}, {"address", address}, {"fingerprint", fingerprint}};
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::printf("listening on %s fingerprint %s\n", address.c_str(), fingerprint.c_str());
  }
  std::fflush(stdout);
}

log::level lowest_level(const std::string& name) {
  if (name == "debug") return log::level::debug;
  if (name == "warning") return log::level::warning;
  if (name == "error") return log::level::error;
  return log::level::info;
}

void log_totals(const node_counters& counters) {
  log::info("node.ended", {{"connections", counters.connections_opened.load()},
                           {"handshakes_full", counters.handshakes_full.load()},
                           {"handshakes_resumed", counters.handshakes_resumed.load()},
                           {"frames", counters.frames_received.load()},
                           {"malformed", counters.frames_malformed.load()},
                           {"replays", counters.replays_ignored.load()},
                           {"messages", counters.messages_stored.load()},
                           {"repeated", counters.messages_repeated.load()},
                           {"commits", counters.commits.load()},
                           {"broadcasts", counters.broadcasts_stored.load()},
                           {"deferred", counters.events_deferred.load()},
                           {"mails", counters.mails_delivered.load()},
                           {"mails_refused", counters.mails_refused.load()},
                           {"locks", counters.locks.load()},
                           {"rate_limited", counters.rate_refusals_total()}});
}

/// Everything a node holds on disk, opened.
struct opened_parts {
  data_directory directory;
  tls_identity identity;
  bytes ticket_key;
  node_equipment equipment;
};

outcome<opened_parts> open_parts(const server_config& config) {
  auto directory = data_directory::open(config.data_dir);
  if (!directory) return tl::unexpected(directory.error());
  auto identity = directory->identity(config);
  if (!identity) return tl::unexpected(identity.error());
  auto ticket_key = directory->secret("ticket.key", ticket_key_octets);
  if (!ticket_key) return tl::unexpected(ticket_key.error());
  auto salt_secret = directory->secret("salt.key", salt_secret_octets);
  if (!salt_secret) return tl::unexpected(salt_secret.error());
  auto store = storage::open_sqlite({.file = database_file(config)});
  if (!store) return tl::unexpected(store.error());
  auto mail = set_up_mail(config);
  if (!mail) return tl::unexpected(mail.error());
  std::shared_ptr<const place_finder> places;
  if (!config.geo_database_file.empty()) {
    auto opened = place_finder::open(config.geo_database_file);
    if (!opened) return tl::unexpected(opened.error());
    places = std::make_shared<const place_finder>(std::move(*opened));
  }
  node_equipment equipment{std::shared_ptr<storage::store>(std::move(*store)),
                           std::move(*salt_secret), std::move(*mail), std::move(places),
                           config.data_dir / "files"};
  return opened_parts{std::move(*directory), std::move(*identity), std::move(*ticket_key),
                      std::move(equipment)};
}

/// Waits for the end and drains. True when it was asked for, false when an actor was lost.
bool serve_until_signalled(caf::actor_system& system, const supervisor_actor& boss) {
  const int number = await_signal();
  std::thread([] {
    await_signal();
    ::_exit(killed_exit_code);
  }).detach();
  if (number == SIGUSR1) return false;
  caf::scoped_actor self(system);
  self->request(boss, caf::infinite, drain_node{})
      .receive([](const node_drained&) {}, [](const caf::error&) {});
  return true;
}

/// The audit log, for as long as this lives.
class installed_audit_log {
 public:
  explicit installed_audit_log(const std::filesystem::path& file)
      : log_(file, [](const error& why) {
          log::error("audit.not_written", {{"detail", to_text(why)}});
        }) {
    audit::install(&log_);
  }
  void flush() { log_.flush(); }
  ~installed_audit_log() { audit::install(nullptr); }
  installed_audit_log(const installed_audit_log&) = delete;
  installed_audit_log& operator=(const installed_audit_log&) = delete;

 private:
  audit_log log_;
};

/// Lets monitoring look at the node from now on; null where it is not to.
outcome<std::unique_ptr<metrics::http_endpoint>> open_metrics(
    const std::shared_ptr<node_context>& node, storage::store& store) {
  const auto& config = node->config.metrics;
  if (config.listen.empty()) return nullptr;
  const auto place = parse_host_port(config.listen);
  if (!place) return tl::unexpected(place.error());
  auto reader = store.make_reader();
  if (!reader) return tl::unexpected(reader.error());
  const auto seen = std::make_shared<const metrics::node_metrics>(node, std::move(*reader));
  auto opened = metrics::http_endpoint::open(
      place->host, place->port,
      {[seen] { return seen->text(); }, [seen] { return seen->not_ready(); }});
  if (opened) log::info("metrics.ready", {{"address", (*opened)->address()}});
  return opened;
}

/// Listens for administrators and for clients, until the end.
outcome<void> serve(caf::actor_system& system, const std::shared_ptr<node_context>& node,
                    storage::store& store, asio_gate& way_in, const supervisor_actor& boss,
                    const std::string& fingerprint, bool json) {
  const auto& config = node->config;
  const auto ear = administration::admin_socket::open(
      administration::socket_file(config), [&] { return make_node_host(system, node, store); });
  if (!ear) return tl::unexpected(ear.error());
  const auto place = parse_host_port(config.listen);
  if (!place) return tl::unexpected(place.error());
  const auto address = way_in.listen(place->host, place->port);
  if (!address) return tl::unexpected(address.error());
  node->counters.open_to_people = true;
  log::info("node.ready", {{"address", *address},
                           {"fingerprint", fingerprint},
                           {"data", config.data_dir.string()},
                           {"version", UOD_VERSION}});
  audit::write("node.started", {{"address", *address}, {"version", UOD_VERSION}});
  print_ready(*address, fingerprint, json);
  if (!serve_until_signalled(system, boss)) {
    return fail(errc::internal, "an essential actor was lost; see the log");
  }
  audit::write("node.ended");
  return {};
}

}  // namespace

outcome<void> run_node(const server_config& config, bool json) {
  block_signals();
  raise_descriptor_limit();
  const auto sink =
      make_log_sink(lowest_level(config.log_level),
                    config.log_format == "json" ? log_format::json : log_format::text);
  log::install(sink.get());
  const auto uninstall = std::shared_ptr<void>(nullptr, [](void*) { log::install(nullptr); });

  auto parts = open_parts(config);
  if (!parts) return tl::unexpected(parts.error());
  const auto fingerprint = fingerprint_of_certificate(parts->identity.certificate_pem);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  const auto tls = tls_context::server(parts->identity, parts->ticket_key);
  if (!tls) return tl::unexpected(tls.error());
  wipe(parts->identity.private_key_pem);

  installed_audit_log audit_trail(administration::audit_file(config));
  const system_clock clock;
  node_counters counters;
  actor_settings settings(config.threads);
  caf::actor_system system(settings);
  const auto store = parts->equipment.store;
  const auto node = compose_node(system, config, std::move(parts->equipment), clock, counters,
                                 store_threads::own);
  const auto way_in =
      std::make_shared<asio_gate>(connection::environment{system, node, *tls}, config.threads.io);
  const auto boss =
      supervise(system, node, way_in, [](const std::string&) { ::kill(::getpid(), SIGUSR1); });
  auto watched = open_metrics(node, *store);
  auto result = watched ? serve(system, node, *store, *way_in, boss, *fingerprint, json)
                        : outcome<void>(tl::unexpected(watched.error()));
  counters.open_to_people = false;
  way_in->stop();
  const bool all_ended = end_node(system, *node, boss, mail_grace);
  log_totals(counters);
  if (!all_ended) {
    // Everything that was acknowledged is committed, and the mail is tried again by the next life.
    log::warning("mail.cut_short", {{"grace_s", mail_grace.count()}});
    audit_trail.flush();
    ::_exit(result ? 0 : 1);
  }
  return result;
}

}  // namespace uod
