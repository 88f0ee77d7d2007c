#pragma once

#include <cstdint>

namespace uod::load {

/// When what is planned is to happen (an open model): so many a second, constant, or growing or
/// shrinking evenly from one rate to another over a span, and then staying there. Pure.
struct arrival_plan {
  double rate = 0;      ///< a second, at the beginning
  double rate_end = 0;  ///< and at the end of the span
  double seconds = 0;   ///< the span

  /// How many have been due by then, in seconds from the beginning.
  [[nodiscard]] double due_by(double at_s) const;
  /// When the one with this number is due, in nanoseconds from the beginning. Whoever asks for the
  /// middles (0.5, 1.5, …) has as many in a span as the rate says. Needs a rate
  /// above 0; one that shrinks to 0 gives a last one at the end for all that never are due.
  [[nodiscard]] std::uint64_t due_ns(double number) const;
};

}  // namespace uod::load
