#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors.hpp"

namespace uod::load {

/// What a scenario promises of a figure of its summary: `latency_ms.p99` `<= 50`.
struct threshold {
  enum class relation { at_most, below, at_least, above };

  std::string figure;
  relation than = relation::at_most;
  double bound = 0;

  /// As it was written: `latency_ms.p99 <= 50`.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool holds_for(double value) const;
};

/// How a threshold came out. A figure that there is no value of has fallen short.
struct threshold_result {
  std::string name;
  bool ok = false;
  std::optional<double> value;
};

/// Reads `<= 50`, `< 50`, `>= 1000`, `> 0`. Errors: `usage`, with what is wrong, also when the
/// figure is none that a summary has (`is_figure`).
outcome<threshold> parse_threshold(std::string figure, std::string_view bound);

/// Whether summaries have a figure of this name.
bool is_figure(std::string_view name);
/// Whether it is one of the server's, which needs to know the server's process.
bool is_server_figure(std::string_view name);

using figure_reader = std::function<std::optional<double>(const std::string& figure)>;
std::vector<threshold_result> judge(const std::vector<threshold>& thresholds,
                                    const figure_reader& figures);

}  // namespace uod::load
