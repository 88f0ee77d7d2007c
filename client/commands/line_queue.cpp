#include "client/commands/line_queue.hpp"

#include <algorithm>
#include <limits>

namespace uod::client {

void line_queue::add(line made) {
  const auto number = made.number;
  unsent_.insert(number);
  lines_.emplace(number, std::move(made));
}

const line_queue::line* line_queue::next(std::uint64_t now_ms) const {
  if (unsent_.empty() || under_way_ >= window()) return nullptr;
  if (resting_ && (under_way_ != 0 || now_ms < rest_until_ms_)) return nullptr;
  return &lines_.at(*unsent_.begin());
}

/// How many lines may be under way at once.
std::size_t line_queue::window() const {
  return taken_ ? 1 + *taken_ / 2 : std::numeric_limits<std::size_t>::max();
}

void line_queue::note_sent() {
  unsent_.erase(unsent_.begin());
  ++under_way_;
  resting_ = false;
}

void line_queue::acknowledged(std::uint64_t number) {
  take_answer(number);
  if (taken_) ++*taken_;
}

void line_queue::refused(std::uint64_t number, std::uint64_t now_ms, std::uint64_t retry_after_ms) {
  if (retry_after_ms == 0) retry_after_ms = rest_ms_default;
  const auto until_ms = now_ms + std::min(retry_after_ms, rest_ms_max);
  rest_until_ms_ = resting_ ? std::max(rest_until_ms_, until_ms) : until_ms;
  resting_ = true;
  taken_ = 0;
  unsent_.insert(number);
  --under_way_;
}

std::optional<std::uint64_t> line_queue::rest_until_ms() const {
  if (!resting_ || under_way_ != 0 || unsent_.empty()) return std::nullopt;
  return rest_until_ms_;
}

std::optional<std::uint64_t> line_queue::first() const {
  if (lines_.empty()) return std::nullopt;
  return lines_.begin()->first;
}

void line_queue::take_answer(std::uint64_t number) {
  lines_.erase(number);
  --under_way_;
}

}  // namespace uod::client
