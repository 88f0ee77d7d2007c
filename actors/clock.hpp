#pragma once

#include <cstdint>

namespace uod {

/// What time it is for people: Unix milliseconds in UTC. A seam, so that tests and simulations
/// can tell the time themselves. (Spans are measured with CAF's clock, which they replace too.)
class wall_clock {
 public:
  virtual ~wall_clock() = default;
  [[nodiscard]] virtual std::uint64_t unix_ms() const = 0;
};

/// The machine's.
class system_clock final : public wall_clock {
 public:
  [[nodiscard]] std::uint64_t unix_ms() const override;
};

}  // namespace uod
