#pragma once

#include <filesystem>

#include "tests/bench/report.hpp"

namespace uod::bench {

/// Broadcasts to this many listeners through a real node, and what chat feels of them. The node's
/// data lies in `directory`.
void bench_broadcast(report& out, double seconds, std::size_t listeners,
                     const std::filesystem::path& server_program,
                     const std::filesystem::path& directory);

}  // namespace uod::bench
