#include "storage/position_run.hpp"

#include <charconv>
#include <limits>

namespace uod::storage {

void append_position(std::string& run, std::uint64_t last, std::uint64_t position) {
  const bool first = run.empty();
  char digits[std::numeric_limits<std::uint64_t>::digits10 + 1];
  const auto written = std::to_chars(digits, std::end(digits), first ? position : position - last);
  if (!first) run.push_back(',');
  run.append(digits, written.ptr);
}

std::optional<std::vector<std::uint64_t>> positions_from_text(std::string_view run) {
  std::vector<std::uint64_t> positions;
  if (run.empty()) return positions;
  positions.reserve(run_messages);
  const char* at = run.data();
  const char* const end = at + run.size();
  std::uint64_t position = 0;
  for (;;) {
    std::uint64_t step = 0;
    const auto read = std::from_chars(at, end, step);
    const bool rises = step > 0 && step <= std::numeric_limits<std::uint64_t>::max() - position;
    if (read.ec != std::errc{} || !rises || positions.size() == run_messages) return std::nullopt;
    position += step;
    positions.push_back(position);
    if (read.ptr == end) return positions;
    if (*read.ptr != ',') return std::nullopt;
    at = read.ptr + 1;
  }
}

}  // namespace uod::storage
