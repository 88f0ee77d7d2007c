#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "actors/meter.hpp"
#include "actors/rate_limits.hpp"
#include "protocol/errors.hpp"

namespace uod {

/// The numbers of `errc` end below it; they are what the wire carries, and only appended to.
inline constexpr std::size_t errc_numbers_max = 128;

/// How often each error was the reason.
class error_counts {
 public:
  void add(errc why) noexcept {
    const auto at = static_cast<std::size_t>(why);
    if (at < counts_.size()) counts_[at].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t of(errc why) const noexcept {
    const auto at = static_cast<std::size_t>(why);
    return at < counts_.size() ? counts_[at].load(std::memory_order_relaxed) : 0;
  }

 private:
  std::array<std::atomic<std::uint64_t>, errc_numbers_max> counts_{};
};

/// How somebody came in.
enum class login_kind : std::uint8_t { registration, password, token, reset };
inline constexpr std::array<std::string_view, 4> login_kind_names{"registration", "password",
                                                                  "token", "reset"};

/// A writer of the store, as its commits show it.
struct store_counts {
  std::atomic<std::uint64_t> commits_failed{0};
  /// Steady nanoseconds at which the commit that is on began; 0: none is on.
  std::atomic<std::uint64_t> commit_begun_ns{0};
  /// The same of the last commit that failed; 0: the last one succeeded.
  std::atomic<std::uint64_t> failed_at_ns{0};
  histogram<commit_ns_bounds> commit_ns;
  histogram<commit_changes_bounds> commit_changes;
};

/// A commit from its beginning to its end, also where it is left by an exception (which counts as
/// a failure). One at a time for a writer.
class commit_span {
 public:
  commit_span(store_counts& counts, std::size_t changes)
      : counts_(counts), changes_(changes), begun_ns_(steady_ns()) {
    counts_.commit_begun_ns.store(begun_ns_, std::memory_order_relaxed);
  }
  ~commit_span() { end(false); }
  commit_span(const commit_span&) = delete;
  commit_span& operator=(const commit_span&) = delete;

  void end(bool good) {
    if (std::exchange(ended_, true)) return;
    const auto now_ns = steady_ns();
    counts_.commit_begun_ns.store(0, std::memory_order_relaxed);
    counts_.failed_at_ns.store(good ? 0 : now_ns, std::memory_order_relaxed);
    counts_.commit_ns.add(now_ns - begun_ns_);
    counts_.commit_changes.add(changes_);
    if (!good) counts_.commits_failed.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  store_counts& counts_;
  const std::size_t changes_;
  const std::uint64_t begun_ns_;
  bool ended_ = false;
};

/// What a node counts, from any thread. Totals since it began, unless something else is said.
struct node_counters {
  // The bridge's threads
  alignas(64) std::atomic<std::uint64_t> connections_opened{0};
  std::atomic<std::uint64_t> connections_refused{0};  ///< at a bound, before any handshake
  std::atomic<std::uint64_t> handshakes_full{0};
  std::atomic<std::uint64_t> handshakes_resumed{0};
  std::atomic<std::uint64_t> handshakes_failed{0};  ///< something was said, and no link came of it
  std::atomic<std::uint64_t> frames_received{0};
  std::atomic<std::uint64_t> frames_sent{0};
  std::atomic<std::uint64_t> octets_received{0};  ///< of sockets, encrypted
  std::atomic<std::uint64_t> octets_sent{0};
  std::atomic<std::uint64_t> frames_malformed{0};
  std::atomic<std::uint64_t> replays_ignored{0};
  error_counts connections_ended;
  std::atomic<std::int64_t> connections_open{0};  ///< now
  std::atomic<std::int64_t> outbox_octets{0};     ///< now, as of the last second
  histogram<lag_ns_bounds> io_lag_ns;             ///< sampled once a second on each thread

  // The message store's thread
  alignas(64) std::atomic<std::uint64_t> messages_stored{0};
  std::atomic<std::uint64_t> messages_repeated{0};
  std::atomic<std::uint64_t> commits{0};
  store_counts messages;
  store_counts accounts;

  // Sessions
  alignas(64) std::atomic<std::int64_t> sessions_known{0};  ///< logged in now
  std::atomic<std::int64_t> sessions_subscribed{0};         ///< listening now
  std::array<std::atomic<std::uint64_t>, login_kind_names.size()> logins{};
  error_counts requests_refused;
  std::array<std::atomic<std::uint64_t>, limited_kinds> rate_refusals{};
  std::atomic<std::uint64_t> events_deferred{0};  ///< live events left to the store: slow reader

  // Everybody else
  std::atomic<std::uint64_t> broadcasts_stored{0};
  std::atomic<std::uint64_t> broadcasts_told{0};     ///< sessions told of one, all together
  std::atomic<std::uint64_t> broadcasts_skipped{0};  ///< left to the store: too many waited
  std::atomic<std::int64_t> broadcasts_waiting{0};   ///< to be told, now
  std::atomic<std::uint64_t> mails_queued{0};
  std::atomic<std::uint64_t> mails_dropped{0};  ///< the outbox was full
  std::atomic<std::uint64_t> mails_delivered{0};
  std::atomic<std::uint64_t> mails_postponed{0};  ///< attempts that are to be made again
  std::atomic<std::uint64_t> mails_expired{0};
  std::atomic<std::uint64_t> mails_refused{0};  ///< for good
  std::atomic<std::uint64_t> locks{0};          ///< names locked after wrong passwords
  std::atomic<std::uint64_t> files_begun{0};
  std::atomic<std::uint64_t> files_completed{0};
  std::atomic<std::uint64_t> files_removed{0};
  std::atomic<std::uint64_t> files_failed{0};  ///< requests that the shelf or register failed
  std::atomic<std::uint64_t> file_octets_received{0};
  std::atomic<std::uint64_t> file_octets_sent{0};

  std::array<actor_meter, actor_kinds> actors;

  /// Whether people are let in: set when the node listens, cleared when it drains.
  std::atomic<bool> open_to_people{false};

  actor_meter& actor(actor_kind kind) { return actors[static_cast<std::size_t>(kind)]; }
  /// All refusals for rates.
  [[nodiscard]] std::uint64_t rate_refusals_total() const {
    std::uint64_t total = 0;
    for (const auto& each : rate_refusals) total += each.load(std::memory_order_relaxed);
    return total;
  }
};

}  // namespace uod
