#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/node_context.hpp"

/// What monitoring sees of a node: the only folder that knows Prometheus. It reads what the actors
/// have counted when somebody asks; they know nothing of it.
namespace uod::metrics {

/// How long a store that failed a commit counts as failing when no other commit was tried: a node
/// that nobody is sent to any more would else never be found to work again.
inline constexpr std::uint64_t store_failing_ms = 30'000;
/// A commit that takes longer than this has stuck.
inline constexpr std::uint64_t commit_stuck_ms = 10'000;

/// A running node, as monitoring asks it. Used by one thread; reads the database, so it may block
/// for as long as a disk does. What the node refers to (its counters) must outlive it.
class node_metrics {
 public:
  node_metrics(std::shared_ptr<const node_context> node, std::unique_ptr<storage::reader> reader)
      : node_(std::move(node)), reader_(std::move(reader)) {}

  /// All metrics in Prometheus' text format.
  [[nodiscard]] std::string text() const;

  /// Why the node should not be sent people now; nothing where it should: it listens, does not
  /// drain, its store can be read and has not just failed a commit or stuck in one. One line.
  [[nodiscard]] std::optional<std::string> not_ready() const;

 private:
  std::shared_ptr<const node_context> node_;
  std::unique_ptr<storage::reader> reader_;
};

}  // namespace uod::metrics
