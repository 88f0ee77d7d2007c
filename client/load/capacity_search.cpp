#include "client/load/capacity_search.hpp"

#include <cmath>

namespace uod::load {

std::optional<double> capacity_search::next() const {
  if (tries_ >= tries_max || next_ > rate_max || next_ < rate_min) return std::nullopt;
  const bool is_close = held_ && fell_short_ && *fell_short_ <= *held_ * (1 + precision_);
  if (is_close) return std::nullopt;
  return next_;
}

void capacity_search::take(bool holds) {
  ++tries_;
  (holds ? held_ : fell_short_) = next_;
  if (held_ && fell_short_) {
    next_ = std::sqrt(*held_ * *fell_short_);
  } else {
    next_ = holds ? next_ * 2 : next_ / 2;
  }
}

}  // namespace uod::load
