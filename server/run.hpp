#pragma once

#include "config/server_config.hpp"
#include "protocol/errors.hpp"

namespace uod {

/// Runs a node until SIGINT or SIGTERM, then drains it; a second signal ends the process at once.
/// Prints `listening on ADDR:PORT fingerprint SHA256:…` on stdout when ready. The error is why it
/// could not start, or `internal` when an actor was lost while it ran.
outcome<void> run_node(const server_config& config, bool json);

}  // namespace uod
