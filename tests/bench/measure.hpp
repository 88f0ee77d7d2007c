#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "protocol/errors.hpp"

/// How all parts measure: what is compared takes turns within one run of the program, each
/// `runs_count` times, and the median of each figure counts. Beside rates, which suffer from
/// whatever else the machine does, stands the CPU time of a unit, which suffers less.
namespace uod::bench {

inline constexpr int runs_count = 3;

inline double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}
inline double wall_s() { return seconds_of(CLOCK_MONOTONIC); }
/// Since the machine was started: the same for all its processes.
inline std::uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}
/// Of all threads of this process.
inline double cpu_s() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

/// What a program without a caller does about a failure: it ends with a sentence.
template <class T>
T must(outcome<T> result, const std::string& what) {
  if (!result) throw std::runtime_error(what + ": " + to_text(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Of what is sorted; `part` 0.5 is the median.
inline double percentile_ms(const std::vector<std::uint32_t>& sorted_us, double part) {
  const auto at = static_cast<std::size_t>(part * static_cast<double>(sorted_us.size() - 1));
  return sorted_us[at] / 1000.0;
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct sample {
  double per_s = 0;          ///< units a second of the clock on the wall
  double cpu_us = 0;         ///< of this process, a unit
  double server_cpu_us = 0;  ///< the server's side alone, where that is measured
};

/// Adds up what several steps took, without what lies between them.
class stopwatch {
 public:
  void start() {
    wall_from_ = wall_s();
    cpu_from_ = cpu_s();
  }
  void stop(double units) {
    cpu_ += cpu_s() - cpu_from_;
    wall_ += wall_s() - wall_from_;
    units_ += units;
  }
  [[nodiscard]] double wall() const { return wall_; }
  [[nodiscard]] sample result() const { return {units_ / wall_, cpu_ / units_ * 1e6, 0}; }

 private:
  double wall_from_ = 0;
  double cpu_from_ = 0;
  double wall_ = 0;
  double cpu_ = 0;
  double units_ = 0;
};

/// Calls `step`, which gives the number of units that it did, for about so long.
template <class Step>
sample run_for(double seconds, Step&& step) {
  stopwatch watch;
  double units = 0;
  watch.start();
  const double until = wall_s() + seconds;
  do {
    units += step();
  } while (wall_s() < until);
  watch.stop(units);
  return watch.result();
}

using work = std::function<sample()>;

/// Lets the works take turns; the medians of each, in their order.
inline std::vector<sample> compare(const std::vector<work>& works) {
  std::vector<std::vector<sample>> all(works.size());
  for (int run = 0; run < runs_count; ++run) {
    for (std::size_t at = 0; at < works.size(); ++at) all[at].push_back(works[at]());
  }
  std::vector<sample> medians;
  for (const auto& samples : all) {
    const auto of = [&](double sample::*field) {
      std::vector<double> values;
      for (const auto& each : samples) values.push_back(each.*field);
      return median(values);
    };
    medians.push_back({of(&sample::per_s), of(&sample::cpu_us), of(&sample::server_cpu_us)});
  }
  return medians;
}

}  // namespace uod::bench
