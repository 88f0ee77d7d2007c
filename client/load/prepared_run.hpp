#pragma once

#include "client/load/arguments.hpp"
#include "client/load/generator.hpp"
#include "client/load/story_machine.hpp"
#include "client/load/summary.hpp"

namespace uod::load {

/// A run that has been read and found good, and has not touched the network.
struct prepared_run {
  story_machine stories;
  generator_settings settings;
  std::uint64_t seed = 0;
};

/// Reads scenario, codes and servers. Errors are `usage`.
outcome<prepared_run> prepare_run(const run_arguments& asked, const client_config& config,
                                  std::uint64_t random);

/// A JSON object as one line; what is no UTF-8 in it is replaced.
std::string line_of(const nlohmann::json& row);

}  // namespace uod::load
