#pragma once

#include "client/load/follower.hpp"

namespace uod::load {

/// How many people each of several generators plays: whole turns of the roles, so that pairs stay
/// together, and all users in sum. Error: `usage` when there are too few for so many.
outcome<std::vector<std::uint32_t>> split_users(const scenario_plan& plan,
                                                std::uint32_t generators);

/// Runs a scenario by several processes of this program that work as one: splits people and rates
/// among them, starts them at one instant, and merges what they measured. An interruption is handed
/// on to them. One that is lost ends the run: what the others measured is given, `broken` off by
/// `internal`. Errors: `internal` for a process that cannot be started, and where none is left that
/// measured anything; what kept one from beginning.
outcome<measurements> coordinate(client::asio_runtime& world, const run_arguments& asked,
                                 const client_config& config, const scenario_plan& plan,
                                 follower& following);

}  // namespace uod::load
