#pragma once

#include <sys/types.h>

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
/// `uod-load list`
struct list_arguments {};
/// `uod-load show`
struct show_arguments {
  std::string name;
};

using load_command = std::variant<run_arguments, list_arguments, show_arguments>;

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
