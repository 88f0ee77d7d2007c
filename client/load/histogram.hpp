#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "protocol/errors.hpp"

namespace uod::load {

/// Counts of spans, from one microsecond to one hour, each known to within one percent: the
/// log-linear buckets of HdrHistogram (Gil Tene, hdrhistogram.org). Up to 255 µs each microsecond
/// has a bucket; above, each doubling is cut into 128. Memory does not grow with what is recorded,
/// so that percentiles to p99.99 need no list of all values; two are merged by adding. Pure.
class histogram {
 public:
  static constexpr std::uint64_t longest_us = 3'600'000'000;  ///< longer ones count as this

  void record(std::uint64_t us, std::uint64_t times = 1);
  void merge(const histogram& other);
  void clear();

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t max_us() const { return max_us_; }  ///< exact; 0 where it is empty
  [[nodiscard]] double mean_us() const;

  /// The span that this part of all values does not exceed, from 0 to 1: the middle of a bucket,
  /// and never more than `max_us`. 0 where nothing was recorded.
  [[nodiscard]] std::uint64_t at_us(double part) const;

 private:
  friend nlohmann::json to_json_value(const histogram& from);
  friend outcome<histogram> histogram_from(const nlohmann::json& value);

  static std::size_t bucket_of(std::uint64_t us);
  static std::uint64_t middle_of(std::size_t bucket);

  std::vector<std::uint64_t> counts_;  ///< made with the first value: most are never used
  std::uint64_t count_ = 0;
  std::uint64_t max_us_ = 0;
  std::uint64_t sum_us_ = 0;
};

/// `{"max":µs,"sum":µs,"buckets":[bucket,count,…]}` with the buckets that hold something, rising.
nlohmann::json to_json_value(const histogram& from);
/// The way back. Error: `malformed`.
outcome<histogram> histogram_from(const nlohmann::json& value);

}  // namespace uod::load
