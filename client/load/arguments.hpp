#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "client/load/scenario.hpp"
#include "config/client_config.hpp"

namespace uod::load {

/// `uod-load run`
struct run_arguments {
  std::string scenario;  ///< a file, or the name of a shipped one
  scenario_changes changes;
  std::vector<pid_t> server_pids;
  std::string report;         ///< an HTML file; empty: none
  std::string accounts;       ///< a directory; empty: under the state directory
  std::string premium_codes;  ///< a file
  std::uint64_t seed = 0;     ///< 0: another for each run
  std::uint32_t generators = 1;
  bool is_worker = false;  ///< started by another `uod-load`
};
/// `uod-load capacity`
struct capacity_arguments {
  static constexpr double from_default = 500;
  static constexpr double precision_default = 0.05;

  run_arguments run;
  double from = from_default;            ///< a second
  double precision = precision_default;  ///< see `capacity_search`
  std::vector<std::string> holds;  ///< thresholds beside the scenario's: `latency_ms.p99 <= 20`
};
/// `uod-load compare`
struct compare_arguments {
  static constexpr std::uint32_t rounds_default = 5;

  /// What one side has of its own.
  struct side {
    std::string server;    ///< empty: the one for both
    pid_t server_pid = 0;  ///< 0: those for both
    std::vector<std::pair<std::string, std::string>> set;
  };
  run_arguments run;
  std::array<side, 2> sides;
  std::uint32_t rounds = rounds_default;
};
/// `uod-load list`
struct list_arguments {};
/// `uod-load show`
struct show_arguments {
  std::string name;
};

using load_command = std::variant<run_arguments, capacity_arguments, compare_arguments,
                                  list_arguments, show_arguments>;

struct load_invocation {
  client_overrides overrides;
  bool json = false;
  bool quiet = false;
  load_command what;
};

/// Help or version instead of a command.
struct load_told {
  std::string text;
  bool asked_for = true;
};

/// Reads the words behind the program's name. Error: `usage`, with what was wrong and where the
/// help is.
outcome<std::variant<load_invocation, load_told>> parse_load_arguments(
    std::vector<std::string> words);

}  // namespace uod::load
