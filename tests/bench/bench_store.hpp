#pragma once

#include <filesystem>

#include "tests/bench/measure.hpp"
#include "tests/bench/report.hpp"

namespace uod::bench {

/// Rows a second at several commit sizes, beside bare SQLite. Databases come and go in `directory`.
void bench_store(report& out, double seconds, const std::filesystem::path& directory);

/// One run on a new database: our store, and bare SQLite.
sample our_rows(double seconds, std::size_t rows_a_commit, const std::filesystem::path& directory);
sample bare_rows(double seconds, std::size_t rows_a_commit, const std::filesystem::path& directory);

}  // namespace uod::bench
