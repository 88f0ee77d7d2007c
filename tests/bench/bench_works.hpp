#pragma once

#include <filesystem>

#include "tests/bench/report.hpp"

namespace uod::bench {

/// Measures the works that every messenger server is compared by, through `uod-load`: each on a
/// fresh node. Throws where a work cannot be done, or the oracle finds a fault.
void bench_works(report& out, double seconds, const std::filesystem::path& server_program,
                 const std::filesystem::path& load_program, const std::filesystem::path& directory);

}  // namespace uod::bench
