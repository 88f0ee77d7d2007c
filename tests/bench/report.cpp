#include "tests/bench/report.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace uod::bench {
namespace {

constexpr int work_width = 46;
constexpr std::size_t column_width_min = 12;

/// `1234567.8` as `1,234,567.8`.
std::string grouped(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  std::string result = text.data();
  const auto point = result.find('.');
  auto at = static_cast<std::ptrdiff_t>(point == std::string::npos ? result.size() : point) - 3;
  for (; at > 0; at -= 3) result.insert(static_cast<std::size_t>(at), ",");
  return result;
}

std::string in_column(const std::string& text, const std::string& name) {
  const std::size_t width = std::max(column_width_min, name.size());
  return "  " + std::string(width - std::min(width, text.size()), ' ') + text;
}

}  // namespace

void report::begin_part(std::string_view name, std::string_view method) {
  part_ = name;
  heading_.clear();
  if (json_) {
    const nlohmann::ordered_json line{{"type", "method"}, {"part", name}, {"text", method}};
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::printf("\n%s: %s\n", part_.c_str(), std::string(method).c_str());
  }
  std::fflush(stdout);
}

void report::add(std::string_view work, const std::vector<figure>& figures) {
  if (json_) {
    nlohmann::ordered_json line{{"type", "bench"}, {"part", part_}, {"work", work}};
    for (const auto& each : figures) line[each.name] = each.value;
    std::printf("%s\n", line.dump().c_str());
  } else {
    std::string heading;
    std::string values;
    for (const auto& each : figures) {
      heading += in_column(each.name, each.name);
      values += in_column(grouped(each.value, each.decimals), each.name);
    }
    if (heading != heading_) std::printf("\n  %-*s%s\n", work_width, "", heading.c_str());
    heading_ = heading;
    std::printf("  %-*s%s\n", work_width, std::string(work).c_str(), values.c_str());
  }
  std::fflush(stdout);
}

void progress(std::string_view text) {
  std::fprintf(stderr, "uod-bench: %.*s\n", static_cast<int>(text.size()), text.data());
}

}  // namespace uod::bench
