#include "config/places.hpp"

#include <cstdlib>

namespace uod {
namespace {

std::optional<std::filesystem::path> absolute_directory(const surroundings& around,
                                                        const std::string& name) {
  const auto value = around.variable(name);
  if (!value || !std::filesystem::path(*value).is_absolute()) return std::nullopt;
  return std::filesystem::path(*value);
}

std::optional<std::filesystem::path> xdg_directory(const surroundings& around,
                                                   const std::string& variable,
                                                   const std::filesystem::path& below_home) {
  if (auto given = absolute_directory(around, variable)) return given;
  if (auto home = absolute_directory(around, "HOME")) return *home / below_home;
  return std::nullopt;
}

}  // namespace

surroundings process_surroundings() {
  return {[](const std::string& name) -> std::optional<std::string> {
            const char* value = std::getenv(name.c_str());
            return value ? std::optional<std::string>(value) : std::nullopt;
          },
          "/etc/uod"};
}

std::optional<std::filesystem::path> config_home(const surroundings& around) {
  return xdg_directory(around, "XDG_CONFIG_HOME", ".config");
}

std::optional<std::filesystem::path> data_home(const surroundings& around) {
  return xdg_directory(around, "XDG_DATA_HOME", ".local/share");
}

std::optional<std::filesystem::path> state_home(const surroundings& around) {
  return xdg_directory(around, "XDG_STATE_HOME", ".local/state");
}

}  // namespace uod
