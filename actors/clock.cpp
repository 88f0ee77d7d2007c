#include "actors/clock.hpp"

#include <chrono>

namespace uod {

std::uint64_t system_clock::unix_ms() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace uod
