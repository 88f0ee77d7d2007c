#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace uod::simulation {

/// Everything that will happen, in the order of its time; equal times in the order of planning.
/// One seeded source of chance for the whole simulation: the same seed, the same run.
class virtual_time {
 public:
  explicit virtual_time(std::uint64_t seed) : chance(seed) {}

  [[nodiscard]] std::uint64_t now_ms() const { return now_ms_; }

  /// What happens at a time, unless its handle is gone by then.
  using handle = std::shared_ptr<void>;
  [[nodiscard]] handle plan(std::uint64_t delay_ms, std::function<void()> act) {
    auto alive = std::make_shared<int>();
    events_.emplace(std::pair{now_ms_ + delay_ms, ++planned_},
                    event{std::weak_ptr<void>(alive), std::move(act)});
    return alive;
  }
  /// What happens in any case.
  void plan_surely(std::uint64_t delay_ms, std::function<void()> act) {
    sure_.push_back(plan(delay_ms, std::move(act)));
  }

  /// When the next event is due; nothing planned: far away.
  [[nodiscard]] std::uint64_t next_ms() const {
    return events_.empty() ? ~std::uint64_t{0} : events_.begin()->first.first;
  }
  /// Moves to a time at which nothing earlier is left to happen.
  void move_to(std::uint64_t time_ms) { now_ms_ = time_ms; }
  /// Lets the next event happen if it is due now.
  bool step() {
    if (next_ms() > now_ms_) return false;
    auto due = std::move(events_.extract(events_.begin()).mapped());
    if (!due.alive.expired()) due.act();
    return true;
  }

  /// A random number from `low` to `high`, both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>(low, high)(chance);
  }
  bool one_in(std::uint64_t n) { return between(1, n) == 1; }

  std::mt19937_64 chance;

 private:
  struct event {
    std::weak_ptr<void> alive;
    std::function<void()> act;
  };
  std::uint64_t now_ms_ = 0;
  std::uint64_t planned_ = 0;
  std::map<std::pair<std::uint64_t, std::uint64_t>, event> events_;
  std::vector<handle> sure_;
};

/// When the simulated world began, for people: 2026-01-01T00:00:00Z.
inline constexpr std::uint64_t epoch_ms = 1'767'225'600'000;

}  // namespace uod::simulation
