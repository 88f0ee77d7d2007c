#include "client/load/arrival.hpp"

#include <algorithm>
#include <cmath>

namespace uod::load {
namespace {

constexpr double ns_per_s = 1e9;

}  // namespace

double arrival_plan::due_by(double at_s) const {
  const double inside = std::min(at_s, seconds);
  const double slope = seconds > 0 ? (rate_end - rate) / seconds : 0;
  const double ramped = rate * inside + slope * inside * inside / 2;
  return ramped + std::max(0.0, at_s - seconds) * rate_end;
}

std::uint64_t arrival_plan::due_ns(double number) const {
  const double in_span = due_by(seconds);
  double at_s = 0;
  if (number > in_span) {
    at_s = rate_end > 0 ? seconds + (number - in_span) / rate_end : seconds;
  } else if (rate == rate_end) {
    at_s = number / rate;
  } else {
    // The root of rate·t + slope·t²/2 = number, in the form that does not cancel.
    const double slope = (rate_end - rate) / seconds;
    at_s = 2 * number / (rate + std::sqrt(std::max(0.0, rate * rate + 2 * slope * number)));
  }
  return static_cast<std::uint64_t>(at_s * ns_per_s);
}

}  // namespace uod::load
