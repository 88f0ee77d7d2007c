#include "client/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

namespace uod::load {
namespace {

/// 128 parts a doubling: the middle of one is at most 1/256 from what it stands for.
constexpr unsigned part_bits = 7;
constexpr std::size_t parts = std::size_t{1} << part_bits;
constexpr std::size_t exact = 2 * parts;
/// Doublings from 256 µs to an hour: 2^32 µs is 72 minutes.
constexpr std::size_t doublings = 32 - part_bits - 1;
constexpr std::size_t buckets = exact + doublings * parts;

}  // namespace

std::size_t histogram::bucket_of(std::uint64_t us) {
  if (us < exact) return us;
  const auto shift = static_cast<unsigned>(std::bit_width(us)) - part_bits - 1;
  return exact + (shift - 1) * parts + ((us >> shift) - parts);
}

std::uint64_t histogram::middle_of(std::size_t bucket) {
  if (bucket < exact) return bucket;
  const std::size_t shift = (bucket - exact) / parts + 1;
  const std::uint64_t low = ((bucket - exact) % parts + parts) << shift;
  return low + ((std::uint64_t{1} << shift) - 1) / 2;
}

void histogram::record(std::uint64_t us, std::uint64_t times) {
  if (times == 0) return;
  us = std::min(us, longest_us);
  if (counts_.empty()) counts_.resize(buckets);
  counts_[bucket_of(us)] += times;
  count_ += times;
  sum_us_ += us * times;
  max_us_ = std::max(max_us_, us);
}

void histogram::merge(const histogram& other) {
  if (other.counts_.empty()) return;
  if (counts_.empty()) counts_.resize(buckets);
  for (std::size_t at = 0; at < buckets; ++at) counts_[at] += other.counts_[at];
  count_ += other.count_;
  sum_us_ += other.sum_us_;
  max_us_ = std::max(max_us_, other.max_us_);
}

void histogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = max_us_ = sum_us_ = 0;
}

double histogram::mean_us() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_us_) / static_cast<double>(count_);
}

std::uint64_t histogram::at_us(double part) const {
  if (count_ == 0) return 0;
  const double rank = std::ceil(std::clamp(part, 0.0, 1.0) * static_cast<double>(count_));
  const auto wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(rank), 1);
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at < counts_.size(); ++at) {
    seen += counts_[at];
    if (seen >= wanted) return std::min(middle_of(at), max_us_);
  }
  return max_us_;
}

nlohmann::json to_json_value(const histogram& from) {
  auto held = nlohmann::json::array();
  for (std::size_t at = 0; at < from.counts_.size(); ++at) {
    if (from.counts_[at] == 0) continue;
    held.push_back(at);
    held.push_back(from.counts_[at]);
  }
  return {{"max", from.max_us_}, {"sum", from.sum_us_}, {"buckets", std::move(held)}};
}

outcome<histogram> histogram_from(const nlohmann::json& value) {
  const auto wrong = fail(errc::malformed, "a histogram");
  try {
    const auto& held = value.at("buckets");
    if (!held.is_array() || held.size() % 2 != 0) return wrong;
    histogram made;
    if (!held.empty()) made.counts_.resize(buckets);
    for (std::size_t at = 0; at < held.size(); at += 2) {
      const auto bucket = held[at].get<std::size_t>();
      if (bucket >= buckets) return wrong;
      made.counts_[bucket] = held[at + 1].get<std::uint64_t>();
      made.count_ += made.counts_[bucket];
    }
    value.at("max").get_to(made.max_us_);
    value.at("sum").get_to(made.sum_us_);
    return made;
  } catch (const nlohmann::json::exception&) {
    return wrong;
  }
}

}  // namespace uod::load
