#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "client/load/measurements.hpp"
#include "client/load/scenario.hpp"
#include "client/load/server_usage.hpp"

namespace uod::load {

/// A second as a report draws it: without the histogram, which is large.
struct drawn_second {
  static constexpr std::array<double, 4> places = {0.5, 0.9, 0.99, 1};

  explicit drawn_second(second_row told);

  second_row row;                                   ///< its latency is empty
  std::optional<std::array<double, 4>> latency_ms;  ///< at `places`
};

/// All that is known of a run at its end.
struct run_report {
  std::string scenario;
  std::string title;
  measurements measured;
  std::uint32_t generators = 1;
  /// Of the server's processes, where they were named: before people came, and at both ends of the
  /// measured time.
  std::optional<usage> server_before;
  std::optional<usage> server_from;
  std::optional<usage> server_to;
  std::vector<threshold_result> thresholds;
  std::vector<drawn_second> seconds;
};

/// A figure by its name (see `is_figure`). Nothing where nothing of the kind was measured.
std::optional<double> figure_of(const run_report& report, const std::string& name);

/// The object of the last line, as the command lines' contract has it; spans that nothing was
/// measured of are null.
nlohmann::json summary_json(const run_report& report);

/// The same for a person, on several lines. Text from the scenario and the server is made safe.
std::string summary_text(const run_report& report);

/// A number by a format of printf that takes one double.
std::string shown_as(const char* format, double value);

/// One line of progress for a person.
std::string progress_text(const second_row& row, double of_s);
nlohmann::json progress_json(const second_row& row);

enum class load_exit : int { done = 0, thresholds = 10, faults = 11 };
/// The oracle's faults weigh more than thresholds.
load_exit exit_of(const run_report& report);

}  // namespace uod::load
