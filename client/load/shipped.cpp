#include "client/load/shipped.hpp"

#include <algorithm>

namespace uod::load {

std::string_view shipped_scenario::title() const {
  std::string_view line = source.substr(0, source.find('\n'));
  line.remove_prefix(std::min(line.find_first_not_of("- "), line.size()));
  return line;
}

const shipped_scenario* find_shipped(std::string_view name) {
  const auto& all = shipped_scenarios();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace uod::load
