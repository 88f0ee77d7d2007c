#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace uod::load {

/// Values over time.
struct curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< seconds, value; rising seconds
};

/// Draws curves over one axis of time as an SVG element, with a legend. Curves that are nothing
/// but zero are left out; empty where none is left. Values that are not above 0 have no place on a
/// logarithmic axis. Of many points so many are drawn as can be seen. Pure.
std::string svg_plot(const std::vector<curve>& curves, bool logarithmic);

/// Text for HTML and SVG: markup is escaped, control characters and the like made visible.
std::string html_text(std::string_view text);

}  // namespace uod::load
