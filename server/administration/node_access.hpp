#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "config/server_config.hpp"
#include "server/administration/execute.hpp"

/// How administrators' commands reach the data, whether or not a node runs.
namespace uod::administration {

/// How long a node may take to begin or to end until a command gives up, and to answer.
struct patience {
  std::uint32_t settle_ms = 5'000;
  std::uint32_t answer_ms = 60'000;
};

/// Asks the running node behind a socket; gives its rows to `sink`. Errors: those of the command,
/// `server_unreachable` (nobody listens), `permission_denied`, `timed_out`, `link_closed` (the node
/// was lost before it had answered: whether it was done is not known), `interrupted` (the sink
/// took no more).
outcome<void> ask_node(const std::filesystem::path& socket, const command& wanted,
                       const row_sink& sink, const patience& how = {});

/// Carries a command out: over the node's socket while one runs, else on the data directory
/// itself, locked meanwhile. `warn` hears what the administrator should know besides. Errors: those
/// of both ways; `permission_denied` says as whom to run this.
outcome<void> run_command(const server_config& config, const command& wanted, const row_sink& sink,
                          const std::function<void(const std::string&)>& warn = {},
                          const patience& how = {});

/// An error with what to do about it, where the data directory's owner matters.
error advised(error why, const std::filesystem::path& data_dir);

}  // namespace uod::administration
