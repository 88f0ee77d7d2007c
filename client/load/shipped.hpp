#pragma once

#include <string_view>
#include <vector>

namespace uod::load {

/// A scenario that the program carries, from client/load/scenarios.
struct shipped_scenario {
  std::string_view name;    ///< `chat-pairs`
  std::string_view source;  ///< Lua, whose first line is a comment that says what it is

  /// That first line.
  [[nodiscard]] std::string_view title() const;
};

/// All of them, by name.
const std::vector<shipped_scenario>& shipped_scenarios();
/// Null where there is none of this name.
const shipped_scenario* find_shipped(std::string_view name);

}  // namespace uod::load
