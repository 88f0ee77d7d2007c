#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "actors/meter.hpp"

/// Builds what Prometheus calls families: a name, its help, and the values under it.
namespace uod::metrics {

using families = std::vector<prometheus::MetricFamily>;
using labels = std::vector<prometheus::ClientMetric::Label>;

/// A family that values are added to. Names end in their unit, those of totals in `_total`.
class family {
 public:
  family(families& all, std::string name, std::string help, prometheus::MetricType type)
      : made_(all.emplace_back()) {
    made_.name = std::move(name);
    made_.help = std::move(help);
    made_.type = type;
  }

  family& add(double value, labels under = {}) {
    auto& metric = made_.metric.emplace_back();
    metric.label = std::move(under);
    metric.counter.value = value;
    metric.gauge.value = value;
    return *this;
  }

  /// `scale`: what one of the histogram's own units is in the family's.
  template <std::size_t Size>
  family& add(const histogram_reading<Size>& read, const std::array<std::uint64_t, Size>& bounds,
              double scale, labels under = {}) {
    auto& metric = made_.metric.emplace_back();
    metric.label = std::move(under);
    auto& into = metric.histogram;
    std::uint64_t count = 0;
    for (std::size_t at = 0; at <= Size; ++at) {
      count += read.counts[at];
      const double bound = at < Size ? static_cast<double>(bounds[at]) * scale
                                     : std::numeric_limits<double>::infinity();
      into.bucket.push_back({count, bound});
    }
    into.sample_count = count;
    into.sample_sum = static_cast<double>(read.sum) * scale;
    return *this;
  }

 private:
  prometheus::MetricFamily& made_;  ///< until the next family is made
};

inline family counter(families& all, std::string name, std::string help) {
  return {all, std::move(name), std::move(help), prometheus::MetricType::Counter};
}
inline family gauge(families& all, std::string name, std::string help) {
  return {all, std::move(name), std::move(help), prometheus::MetricType::Gauge};
}
inline family distribution(families& all, std::string name, std::string help) {
  return {all, std::move(name), std::move(help), prometheus::MetricType::Histogram};
}

/// As Prometheus reads it (text format 0.0.4).
std::string text_of(const families& all);

/// The families with the standard names `process_…`, of this process: CPU, memory, descriptors,
/// threads, when it began. Read from /proc; what cannot be read is left out.
void add_process(families& all);

}  // namespace uod::metrics
