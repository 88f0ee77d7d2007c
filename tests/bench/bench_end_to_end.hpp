#pragma once

#include <filesystem>

#include "tests/bench/report.hpp"

namespace uod::bench {

/// Messages through a real node: delivered a second, latency, CPU, memory, and the limits beside.
void bench_end_to_end(report& out, double seconds, const std::filesystem::path& server_program,
                      const std::filesystem::path& directory);

}  // namespace uod::bench
