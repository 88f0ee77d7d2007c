#include "client/load/svg_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "client/terminal/safe_text.hpp"

namespace uod::load {
namespace {

constexpr double width = 800;
constexpr double height = 220;
constexpr double left = 62;
constexpr double right = 12;
constexpr double top = 24;
constexpr double bottom = 26;
/// A point a pixel and a half: of more, neighbours are drawn by their largest.
constexpr std::size_t points_max = 500;
/// Told apart in both kinds of colour blindness (Okabe and Ito).
constexpr std::array colours = {"#0072b2", "#e69f00", "#009e73", "#cc79a7"};

std::string text_of(double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string at(double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

struct axes {
  double from_s = 0;
  double to_s = 1;
  double low = 0;
  double high = 1;
  bool logarithmic = false;

  [[nodiscard]] double x(double seconds) const {
    return left + (seconds - from_s) / (to_s - from_s) * (width - left - right);
  }
  [[nodiscard]] double y(double value) const {
    const auto place = [&](double of) { return logarithmic ? std::log10(of) : of; };
    const double part = (place(value) - place(low)) / (place(high) - place(low));
    return height - bottom - part * (height - top - bottom);
  }
};

/// 1, 2 or 5 times a power of ten, not below.
double round_up(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0, 10.0}) {
    if (value <= step * power * 1.0000001) return step * power;
  }
  return 10 * power;
}

bool shows(const curve& of) {
  return std::any_of(of.points.begin(), of.points.end(),
                     [](const auto& point) { return point.second > 0; });
}

axes axes_of(const std::vector<curve>& curves, bool logarithmic) {
  axes made;
  made.logarithmic = logarithmic;
  double least = 0;
  double most = 0;
  made.to_s = 0;
  for (const auto& each : curves) {
    for (const auto& [seconds, value] : each.points) {
      made.to_s = std::max(made.to_s, seconds);
      most = std::max(most, value);
      if (value > 0) least = least == 0 ? value : std::min(least, value);
    }
  }
  made.to_s = std::max(made.to_s, 1.0);
  made.high = round_up(most);
  if (logarithmic) {
    made.low = std::pow(10, std::floor(std::log10(least)));
    made.high = std::max(std::pow(10, std::ceil(std::log10(most))), made.low * 10);
  }
  return made;
}

std::string grid_of(const axes& on) {
  std::vector<double> lines;
  if (on.logarithmic) {
    for (double value = on.low; value <= on.high * 1.001; value *= 10) lines.push_back(value);
  } else {
    for (int part = 0; part <= 4; ++part) lines.push_back(on.high * part / 4);
  }
  std::string text;
  for (const double value : lines) {
    const std::string y = at(on.y(value));
    text += "<line x1=\"" + at(left) + "\" x2=\"" + at(width - right) + "\" y1=\"" + y +
            "\" y2=\"" + y + "\" stroke=\"#8884\"/><text x=\"" + at(left - 6) + "\" y=\"" +
            at(on.y(value) + 4) + "\" text-anchor=\"end\">" + text_of(value) + "</text>\n";
  }
  const double step = std::max(round_up(on.to_s / 10), 1.0);
  for (double seconds = 0; seconds <= on.to_s; seconds += step) {
    text += "<text x=\"" + at(on.x(seconds)) + "\" y=\"" + at(height - 8) +
            "\" text-anchor=\"middle\">" + text_of(seconds) + " s</text>\n";
  }
  return text;
}

std::string line_of(const curve& of, const axes& on, const char* colour) {
  const std::size_t together = (of.points.size() + points_max - 1) / points_max;
  std::string points;
  for (std::size_t from = 0; from < of.points.size(); from += together) {
    const std::size_t to = std::min(of.points.size(), from + together);
    auto largest = of.points[from];
    for (std::size_t each = from; each < to; ++each) {
      if (of.points[each].second > largest.second) largest = of.points[each];
    }
    if (on.logarithmic && largest.second <= 0) continue;
    points += at(on.x(largest.first)) + "," + at(on.y(largest.second)) + " ";
  }
  return "<polyline fill=\"none\" stroke=\"" + std::string(colour) +
         "\" stroke-width=\"1.6\" points=\"" + points + "\"/>\n";
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string made;
  for (const char each : terminal::safe_text(text)) {
    switch (each) {
      case '&':
        made += "&amp;";
        break;
      case '<':
        made += "&lt;";
        break;
      case '>':
        made += "&gt;";
        break;
      case '"':
        made += "&quot;";
        break;
      case '\'':
        made += "&#39;";
        break;
      default:
        made += each;
    }
  }
  return made;
}

std::string svg_plot(const std::vector<curve>& all, bool logarithmic) {
  std::vector<curve> curves;
  std::copy_if(all.begin(), all.end(), std::back_inserter(curves), shows);
  if (curves.empty()) return {};
  const axes on = axes_of(curves, logarithmic);
  std::string text = "<svg viewBox=\"0 0 " + at(width) + " " + at(height) +
                     "\" role=\"img\" font-size=\"11\" fill=\"currentColor\" "
                     "font-family=\"system-ui,sans-serif\">\n" +
                     grid_of(on);
  double x = left;
  for (std::size_t each = 0; each < curves.size(); ++each) {
    const char* const colour = colours[each % colours.size()];
    text += line_of(curves[each], on, colour);
    text += "<rect x=\"" + at(x) + "\" y=\"4\" width=\"10\" height=\"10\" fill=\"" + colour +
            "\"/><text x=\"" + at(x + 14) + "\" y=\"13\">" + html_text(curves[each].name) +
            "</text>\n";
    x += 40 + 7 * static_cast<double>(curves[each].name.size());
  }
  return text + "</svg>\n";
}

}  // namespace uod::load
