#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

#include "config/server_config.hpp"
#include "server/administration/console.hpp"

namespace uod {

/// What every command of `uod-server` takes to find its node.
struct common_flags {
  std::optional<std::string> config_file;
  server_overrides overrides;
  bool json = false;
};
void add_common(CLI::App& command, common_flags& flags);

/// 2 for what was asked wrongly, 5 for what does not exist, else 1.
int exit_code_of(const error& why);

namespace administration {

/// What a parsed command line asks for.
using action = std::function<outcome<void>(const server_config&, console&)>;

/// Adds `account`, `premium-code`, `outbox`, `trace` and `db` to the program; when one of them is
/// parsed, `chosen` is what to do. Both references must live as long as `app`.
void add_commands(CLI::App& app, common_flags& flags, action& chosen);

}  // namespace administration
}  // namespace uod
