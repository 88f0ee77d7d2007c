#pragma once

#include <filesystem>
#include <vector>

#include "config/settings.hpp"

namespace uod {

inline constexpr std::size_t config_file_bytes_max = 64 * 1024;  ///< a person wrote it

/// Reads a TOML 1.0 file into dotted keys with their lines, in the file's order. What stops the
/// reading (not there, not readable, too large, no TOML, a key twice) goes to `problems` with the
/// line; nothing is returned then.
std::vector<given_value> read_toml_file(const std::filesystem::path& file, problem_list& problems);

}  // namespace uod
