#pragma once

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "config/toml_file.hpp"

/// From a table, a file and what stands above the file to one checked configuration. The same
/// for the server and the client.
namespace uod {

/// A configuration, and where each of its values came from.
template <class Config>
struct loaded {
  Config config;
  std::vector<effective_setting> settings;    ///< all of them, in the table's order
  std::optional<std::filesystem::path> file;  ///< the one that was read
};

/// The first of `candidates` that exists. One that cannot be looked at counts as existing:
/// reading it then says why, where skipping it would hide a configuration.
inline std::optional<std::filesystem::path> first_existing(
    const std::vector<std::filesystem::path>& candidates) {
  for (const auto& candidate : candidates) {
    std::error_code problem;
    const auto status = std::filesystem::status(candidate, problem);
    if (status.type() != std::filesystem::file_type::not_found) return candidate;
  }
  return std::nullopt;
}

/// Reads `file` (none: defaults only), lays `above` over it (environment, then flags), checks
/// each value, then with `check(config, settings, problems)` what must hold between them. Error:
/// as `problem_list::to_error`.
template <class Config, class Check>
outcome<loaded<Config>> load_settings(const std::vector<setting<Config>>& table,
                                      const std::optional<std::filesystem::path>& file,
                                      const std::vector<given_value>& above, Check check) {
  problem_list problems;
  std::vector<given_value> given;
  if (file) given = read_toml_file(*file, problems);
  given.insert(given.end(), above.begin(), above.end());

  loaded<Config> result;
  result.file = file;
  result.settings = resolve_settings(specs_of(table), given, problems);
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i].assign(result.config, result.settings[i].value);
  }
  // Values that are wrong by themselves would only lead to confusing seconds.
  if (problems.empty()) check(result.config, result.settings, problems);
  if (!problems.empty()) return tl::unexpected<error>(problems.to_error());
  return result;
}

}  // namespace uod
