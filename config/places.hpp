#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

/// What the machine around a program says: environment variables, and the directories that
/// follow from them (XDG Base Directory Specification 0.8). A value, so that tests bring theirs.
namespace uod {

struct surroundings {
  /// The variable's value; nothing when it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  /// Where an administrator's files lie.
  std::filesystem::path system_config_dir;
};

/// The process's own environment, and /etc/uod. Reads `getenv`: call before threads that set it.
surroundings process_surroundings();

/// $XDG_CONFIG_HOME, else ~/.config. Nothing when HOME is not set either. A relative path in the
/// variable is ignored, as the specification asks.
std::optional<std::filesystem::path> config_home(const surroundings& around);

/// $XDG_DATA_HOME, else ~/.local/share; as `config_home`.
std::optional<std::filesystem::path> data_home(const surroundings& around);

/// $XDG_STATE_HOME, else ~/.local/state; as `config_home`.
std::optional<std::filesystem::path> state_home(const surroundings& around);

}  // namespace uod
