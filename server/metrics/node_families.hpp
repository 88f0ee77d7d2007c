#pragma once

#include "actors/node_context.hpp"
#include "server/metrics/families.hpp"

/// What a node has counted, by subject, as families. Each reads relaxed atomics and takes no lock
/// that anybody else wants; `add_mail` reads the database, `add_disk` the file system.
namespace uod::metrics {

void add_bridge(families& all, const node_context& node);
void add_sessions(families& all, const node_context& node);
void add_stores(families& all, const node_context& node);
void add_mail(families& all, const node_context& node, storage::reader& reader);
/// Broadcasts and files.
void add_spread(families& all, const node_context& node);
void add_actors(families& all, const node_context& node);
/// Room on the disk where the node keeps everything, and how large the database is.
void add_disk(families& all, const node_context& node);

}  // namespace uod::metrics
