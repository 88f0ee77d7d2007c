#include "client/load/ratio_estimate.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace uod::load {
namespace {

constexpr std::size_t draws = 2'000;
constexpr double outside = 0.025;  ///< on each side

double median_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

std::optional<ratio_estimate> estimate_ratio(std::span<const std::pair<double, double>> pairs,
                                             std::uint64_t seed) {
  if (pairs.size() < pairs_min) return std::nullopt;
  std::vector<double> ratios;
  for (const auto& [first, second] : pairs) {
    if (!(first > 0) || !(second > 0)) return std::nullopt;
    ratios.push_back(second / first);
  }
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::size_t> which(0, ratios.size() - 1);
  std::vector<double> medians;
  std::vector<double> drawn(ratios.size());
  for (std::size_t draw = 0; draw < draws; ++draw) {
    for (auto& each : drawn) each = ratios[which(random)];
    medians.push_back(median_of(drawn));
  }
  std::sort(medians.begin(), medians.end());
  const auto at = [&](double part) {
    return medians[static_cast<std::size_t>(part * static_cast<double>(medians.size() - 1))];
  };
  return ratio_estimate{median_of(ratios), at(outside), at(1 - outside)};
}

}  // namespace uod::load
