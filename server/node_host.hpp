#pragma once

#include <memory>

#include "actors/node_context.hpp"
#include "server/administration/host.hpp"

namespace uod {

/// A running node, as administrators work on it: its actors make the changes, so that what they
/// keep in memory stays true. Used by the administration's thread; `system` and `node` must outlive
/// it. Errors of the store's reader.
outcome<std::unique_ptr<administration_host>> make_node_host(caf::actor_system& system,
                                                             std::shared_ptr<node_context> node,
                                                             storage::store& store);

}  // namespace uod
