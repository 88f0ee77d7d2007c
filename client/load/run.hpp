#pragma once

#include "client/load/arguments.hpp"
#include "client/terminal/output.hpp"
#include "client/terminal/status_line.hpp"

namespace uod::load {

/// Where a run's words go.
struct run_voices {
  terminal::output& out;  ///< summaries and JSON Lines
  terminal::status_line& status;
  bool json = false;
};

/// `uod-load run`. Gives the exit code of what the run came to; errors are why there was none, or
/// why it broke off (then its summary has been printed).
outcome<int> run_scenario(const run_arguments& asked, const client_config& config,
                          const run_voices& speak);

}  // namespace uod::load
