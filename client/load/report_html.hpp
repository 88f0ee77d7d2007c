#pragma once

#include <string>

#include "client/load/summary.hpp"

namespace uod::load {

/// A run as one HTML page that needs nothing else: figures, thresholds, faults, and plots (inline
/// SVG) of rates, latency percentiles, errors, and what server and generator took, over time. All
/// text is escaped. Pure.
std::string report_html(const run_report& report);

/// Writes a text to a file. Error: `io_failed`, with the path.
outcome<void> write_report(const std::string& file, const std::string& html);

}  // namespace uod::load
