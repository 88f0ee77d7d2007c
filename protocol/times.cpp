#include "protocol/times.hpp"

#include <ctime>

namespace uod {

std::string time_for_people(std::uint64_t unix_ms) {
  const std::uint64_t begun = unix_ms % 1000 == 0 ? 0 : 1;
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000 + begun);
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "unknown";
  char text[48];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return {text, length};
}

}  // namespace uod
