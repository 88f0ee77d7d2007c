#pragma once

#include <filesystem>

#include "config/server_config.hpp"
#include "server/administration/console.hpp"

/// What is done with the database as a file, whether or not a node runs. Each writes an event to
/// the audit log. SIGINT and SIGTERM end them with `interrupted`.
namespace uod::administration {

/// Brings it to the newest version, making it where there is none. While a node runs there is
/// nothing to do: it has done so when it began.
outcome<void> migrate_database(const server_config& config, console& on);

/// Tells what was looked at and what was found; `database_corrupt` when something is wrong.
outcome<void> check_database(const server_config& config, console& on);

/// Copies it to a file; see `storage::back_up_sqlite`.
outcome<void> back_up_database(const server_config& config, const std::filesystem::path& target,
                               bool replace, console& on);

}  // namespace uod::administration
