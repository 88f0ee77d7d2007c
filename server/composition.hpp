#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "actors/mailer.hpp"
#include "actors/node_context.hpp"
#include "actors/places.hpp"
#include "actors/supervisor.hpp"

/// How a node is put together: which actors there are, and who knows whom. The same wiring serves
/// the real server, tests and simulations; what differs is passed in.
namespace uod {

/// Whether what blocks in the database gets threads of its own (a real node) or runs where
/// everything runs (a simulation under virtual time).
enum class store_threads { own, none };

/// What a node is made of beside its actors.
struct node_equipment {
  std::shared_ptr<storage::store> store;
  bytes secret;  ///< of the authenticator: see there
  mail_equipment mail;
  std::shared_ptr<const place_finder> places;  ///< null: none
  std::filesystem::path files;                 ///< where the octets of files lie
};

/// CAF's settings for a node: how many threads, and how long one actor may hold one.
class actor_settings : public caf::actor_system_config {
 public:
  explicit actor_settings(const server_threads& threads);
};

/// Spawns everything that sessions need.
///
///     session ──► message store ──┬──► directory ──► sessions
///        │ │                        └──► broadcaster ──► directory, sessions
///        │ ├────► store readers
///        │ ├────► file store
///        │ └────► account store ──► mailer ──► account store, mail transport
///        └──────► authenticator ──► store readers, account store, directory
///
/// Sessions themselves are spawned by the bridge, one a connection.
std::shared_ptr<node_context> compose_node(caf::actor_system& system, const server_config& config,
                                           node_equipment equipment, const wall_clock& clock,
                                           node_counters& counters, store_threads threads);

/// Spawns the supervisor over a composed node and its way in.
supervisor_actor supervise(caf::actor_system& system, const std::shared_ptr<node_context>& node,
                           std::shared_ptr<gate> way_in,
                           std::function<void(std::string)> on_failure);

/// Ends the actors of a node, once its connections are gone: the mailer first, so that what it has
/// to say of its last mail still finds the store. Blocks until that is on disk, or for
/// `mail_grace`. False when the mailer is in the middle of a conversation even then: nobody can
/// tell a detached actor to hurry, so its thread goes with the process. Not for virtual time: see
/// `dismiss`.
bool end_node(caf::actor_system& system, const node_context& node, const supervisor_actor& boss,
              std::chrono::milliseconds mail_grace);

/// Ends the actors of a node at once.
void dismiss(const node_context& node, const supervisor_actor& boss);

}  // namespace uod
