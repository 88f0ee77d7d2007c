#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace uod::load {

/// A ratio of two things that were measured in pairs, and how sure that is.
struct ratio_estimate {
  double ratio = 1;  ///< the median of the pairs' ratios, second to first
  double low = 1;    ///< 95 % bounds
  double high = 1;
  /// Whether 1 lies outside of the bounds.
  [[nodiscard]] bool is_sure() const { return low > 1 || high < 1; }
};

/// Pairs below which bounds would say nothing.
inline constexpr std::size_t pairs_min = 3;

/// The ratio of measurements that were taken in turns, each pair beside each other, so that what
/// changes slowly on the machine is in both. Bounds by the percentile bootstrap (B. Efron and R.
/// Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13) over the pairs, which asks for
/// no shape of their distribution; with few pairs they are narrower than they should be. The same
/// `seed` gives the same bounds. Nothing below `pairs_min` pairs, or where one is not above 0.
std::optional<ratio_estimate> estimate_ratio(std::span<const std::pair<double, double>> pairs,
                                             std::uint64_t seed);

}  // namespace uod::load
