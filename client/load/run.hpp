#pragma once

#include "client/load/arguments.hpp"
#include "client/load/summary.hpp"
#include "client/terminal/output.hpp"
#include "client/terminal/status_line.hpp"

namespace uod::load {

/// Where a run's words go.
struct run_voices {
  terminal::output& out;  ///< summaries and JSON Lines
  terminal::status_line& status;
  bool json = false;
  bool quiet = false;  ///< no progress
};

/// Plays a scenario once, and judges it. `asked` is no worker's. Errors are why nothing was
/// measured.
outcome<run_report> play_scenario(const run_arguments& asked, const client_config& config,
                                  const run_voices& speak);

/// Why a run that was measured broke off; nothing where it went to its end.
std::optional<error> broken_off(const run_report& report);

/// Why nothing is to be made of a run's figures: it broke off, or was interrupted.
std::optional<error> why_unusable(const run_report& report);

/// `uod-load run`. Gives the exit code of what the run came to; errors are why there was none, or
/// why it broke off (then its summary has been printed).
outcome<int> run_scenario(const run_arguments& asked, const client_config& config,
                          const run_voices& speak);

}  // namespace uod::load
