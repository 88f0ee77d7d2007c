#include "server/metrics/node_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <sstream>

#include "server/metrics/families.hpp"
#include "server/metrics/node_families.hpp"

namespace uod::metrics {
namespace {

constexpr std::uint64_t ns_in_ms = 1'000'000;

std::optional<std::string> trouble_of(const store_counts& store, const std::string& name) {
  const auto now_ns = steady_ns();
  const auto since = [&](const std::atomic<std::uint64_t>& moment) -> std::optional<std::uint64_t> {
    const auto at_ns = moment.load(std::memory_order_relaxed);
    if (at_ns == 0) return std::nullopt;
    return now_ns > at_ns ? (now_ns - at_ns) / ns_in_ms : 0;
  };
  if (const auto ms = since(store.commit_begun_ns); ms && *ms > commit_stuck_ms) {
    return "a commit of " + name + " has taken " + std::to_string(*ms / 1'000) + " s so far";
  }
  if (const auto ms = since(store.failed_at_ns); ms && *ms < store_failing_ms) {
    return "the last commit of " + name + " failed; see store.commit_failed in the log";
  }
  return std::nullopt;
}

}  // namespace

std::string text_of(const families& all) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, all);
  return out.str();
}

std::string node_metrics::text() const {
  families all;
  all.reserve(80);
  gauge(all, "uod_build_info", "Which program this is; always 1.")
      .add(1, {{"version", UOD_VERSION}});
  gauge(all, "uod_ready", "1 where the node should be sent people, as /ready says; else 0.")
      .add(not_ready() ? 0 : 1);
  add_bridge(all, *node_);
  add_sessions(all, *node_);
  add_stores(all, *node_);
  add_mail(all, *node_, *reader_);
  add_spread(all, *node_);
  add_actors(all, *node_);
  add_disk(all, *node_);
  add_process(all);
  return text_of(all);
}

std::optional<std::string> node_metrics::not_ready() const {
  const auto& counters = node_->counters;
  if (!counters.open_to_people.load()) return "the node starts or ends";
  if (auto why = trouble_of(counters.messages, "messages")) return why;
  if (auto why = trouble_of(counters.accounts, "accounts")) return why;
  if (const auto read = reader_->last_position(); !read) {
    return "the store cannot be read: " + std::string(code_name(read.error().code));
  }
  return std::nullopt;
}

}  // namespace uod::metrics
