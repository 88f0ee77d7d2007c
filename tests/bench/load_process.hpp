#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/engine/runtime.hpp"

namespace uod::bench {

/// Runs `uod-load run …` against a node to its end, and gives its summary. `directory` keeps the
/// accounts, `node_pid` is 0 where nothing is to be measured of the node. Throws when there is
/// none, or the oracle found a fault.
nlohmann::json run_load(const std::filesystem::path& program, const std::vector<std::string>& words,
                        const client::endpoint& node, pid_t node_pid,
                        const std::filesystem::path& directory);

}  // namespace uod::bench
