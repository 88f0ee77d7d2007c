#include "server/composition.hpp"

#include <algorithm>

#include "actors/account_store.hpp"
#include "actors/authenticator.hpp"
#include "actors/broadcaster.hpp"
#include "actors/directory.hpp"
#include "actors/file_store.hpp"
#include "actors/message_store.hpp"
#include "actors/metered.hpp"
#include "actors/store_reader.hpp"

namespace uod {
namespace {

/// Messages that one actor handles before another gets its turn: without a bound a ping waited
/// 924 ms behind two busy actors, with this one 1.4 ms.
constexpr std::size_t messages_a_turn_max = 300;

/// A worker without work looks for some so often, then sleeps until it is given some. CAF's own way
/// goes on looking for 25 ms, every 50 µs, which was a quarter of a busy node's CPU time.
constexpr std::size_t polls_before_sleep = 10;
/// It is not woken for what lies before another worker, so it looks around from time to time.
constexpr auto look_around_interval = std::chrono::milliseconds(1);

template <class Behaviour, class... Args>
auto spawn_store(caf::actor_system& system, actor_meter& meter, store_threads threads,
                 Behaviour behaviour, Args... args) {
  return threads == store_threads::own
             ? spawn_metered<caf::detached>(system, meter, behaviour, args...)
             : spawn_metered(system, meter, behaviour, args...);
}

}  // namespace

actor_settings::actor_settings(const server_threads& threads) {
  set("scheduler.max-threads", static_cast<std::size_t>(threads.actors));
  set("scheduler.max-throughput", messages_a_turn_max);
  set("work-stealing.aggressive-poll-attempts", polls_before_sleep);
  set("work-stealing.moderate-poll-attempts", std::size_t{0});
  set("work-stealing.relaxed-sleep-duration", caf::timespan(look_around_interval));
}

std::shared_ptr<node_context> compose_node(caf::actor_system& system, const server_config& config,
                                           node_equipment equipment, const wall_clock& clock,
                                           node_counters& counters, store_threads threads) {
  const auto& store = equipment.store;
  auto node = std::make_shared<node_context>(config, clock, counters);
  node->directory = spawn_metered(system, counters.actor(actor_kind::directory), directory, node);
  node->message_store = spawn_store(system, counters.actor(actor_kind::message_store), threads,
                                    message_store, node, store);
  node->broadcaster =
      spawn_metered(system, counters.actor(actor_kind::broadcaster), broadcaster, node);
  // The mailer before whoever may have something to send, and sends it through the account store.
  node->account_store = spawn_store(system, counters.actor(actor_kind::account_store), threads,
                                    account_store, node, store);
  node->mailer = spawn_store(system, counters.actor(actor_kind::mailer), threads, mailer, node,
                             store, std::move(equipment.mail));
  node->file_store = spawn_store(system, counters.actor(actor_kind::file_store), threads,
                                 file_store, node, store, std::move(equipment.files));
  const auto readers = std::max<std::uint32_t>(config.threads.readers, 1);
  for (std::uint32_t index = 0; index < readers; ++index) {
    node->readers.push_back(spawn_store(system, counters.actor(actor_kind::store_reader), threads,
                                        store_reader, store));
  }
  node->authenticator =
      spawn_metered(system, counters.actor(actor_kind::authenticator), authenticator, node,
                    std::move(equipment.secret), std::move(equipment.places));
  return node;
}

supervisor_actor supervise(caf::actor_system& system, const std::shared_ptr<node_context>& node,
                           std::shared_ptr<gate> way_in,
                           std::function<void(std::string)> on_failure) {
  return system.spawn(supervisor, node, std::move(way_in), std::move(on_failure));
}

bool end_node(caf::actor_system& system, const node_context& node, const supervisor_actor& boss,
              std::chrono::milliseconds mail_grace) {
  // The supervisor before anybody, so that it does not take the others' end for a failure.
  caf::anon_send_exit(boss, caf::exit_reason::user_shutdown);
  caf::scoped_actor self(system);
  bool stopped = true;
  self->request(node.mailer, mail_grace, stop_mailing{})
      .receive([](const mailing_stopped&) {},
               // One that is lost holds up nobody.
               [&](const caf::error& why) { stopped = why != caf::sec::request_timeout; });
  self->request(node.account_store, caf::infinite, finish_commits{})
      .receive([](const commits_finished&) {}, [](const caf::error&) {});
  // So that uploads go on where they were, and not where they were last synced.
  self->request(node.file_store, caf::infinite, finish_commits{})
      .receive([](const commits_finished&) {}, [](const caf::error&) {});
  dismiss(node, boss);
  return stopped;
}

void dismiss(const node_context& node, const supervisor_actor& boss) {
  const auto reason = caf::exit_reason::user_shutdown;
  // The supervisor first, so that it does not take the others' end for a failure.
  caf::anon_send_exit(boss, reason);
  caf::anon_send_exit(node.mailer, reason);
  caf::anon_send_exit(node.authenticator, reason);
  caf::anon_send_exit(node.broadcaster, reason);
  caf::anon_send_exit(node.directory, reason);
  caf::anon_send_exit(node.message_store, reason);
  caf::anon_send_exit(node.account_store, reason);
  caf::anon_send_exit(node.file_store, reason);
  for (const auto& reader : node.readers) caf::anon_send_exit(reader, reason);
}

}  // namespace uod
