#pragma once

#include <cstdint>
#include <optional>

namespace uod::load {

/// Looks for the highest rate that holds: doubles until one falls short, then halves the ratio
/// between the highest that held and the lowest that did not, until they are as close as wanted.
/// Nobody promises that a rate below one that held holds as well; it is taken for so. Pure.
class capacity_search {
 public:
  static constexpr double rate_max = 10'000'000;
  static constexpr double rate_min = 0.01;  ///< below it, nothing holds
  static constexpr std::uint32_t tries_max = 40;

  /// `precision`: how much higher the lowest that fell short may be: 0.05 is 5 %.
  capacity_search(double first, double precision) : next_(first), precision_(precision) {}

  /// The rate to try; nothing when the search is over.
  [[nodiscard]] std::optional<double> next() const;
  /// How the rate of `next` came out.
  void take(bool holds);

  /// The highest that held; nothing where none did.
  [[nodiscard]] std::optional<double> held() const { return held_; }
  [[nodiscard]] std::optional<double> fell_short() const { return fell_short_; }
  [[nodiscard]] std::uint32_t tries() const { return tries_; }

 private:
  double next_;
  double precision_;
  std::optional<double> held_;
  std::optional<double> fell_short_;
  std::uint32_t tries_ = 0;
};

}  // namespace uod::load
