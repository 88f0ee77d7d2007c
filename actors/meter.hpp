#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What is measured while a node works: counted with relaxed atomics, without locks or text, so
/// that it may stand on the way of every message. Whoever reads sums up. No CAF in here, and no
/// format of whoever looks at it.
namespace uod {

/// Steady time in nanoseconds, for spans. Any thread; about 25 ns.
inline std::uint64_t steady_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

/// Counters that several threads would fight over are kept in so many parts, each on cache lines
/// of its own: threads of a node that are busy at the same time are few.
inline constexpr std::size_t meter_parts = 4;

/// The part that belongs to the calling thread.
inline std::size_t meter_part() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t mine = threads.fetch_add(1, std::memory_order_relaxed);
  return mine % meter_parts;
}

/// What a histogram has counted: `counts[i]` of values up to `bounds[i]` and above the bound before
/// it, the last of all that are larger. A snapshot, not of one instant.
template <std::size_t Bounds>
struct histogram_reading {
  std::array<std::uint64_t, Bounds + 1> counts{};
  std::uint64_t sum = 0;
};

/// Counts values by size. `Bounds` are upper bounds, rising, in the values' unit. Any thread.
template <const auto& Bounds>
class histogram {
 public:
  static constexpr std::size_t size = Bounds.size();

  void add(std::uint64_t value) noexcept {
    std::size_t at = 0;
    while (at < size && value > Bounds[at]) ++at;
    counts_[at].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  void read_into(histogram_reading<size>& total) const noexcept {
    for (std::size_t at = 0; at <= size; ++at) {
      total.counts[at] += counts_[at].load(std::memory_order_relaxed);
    }
    total.sum += sum_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] histogram_reading<size> read() const noexcept {
    histogram_reading<size> total;
    read_into(total);
    return total;
  }

 private:
  std::array<std::atomic<std::uint64_t>, size + 1> counts_{};
  std::atomic<std::uint64_t> sum_{0};
};

/// How long actors work on one message, in nanoseconds: from what a session does in microseconds to
/// a commit on a disk that is in trouble.
inline constexpr std::array<std::uint64_t, 7> handling_ns_bounds{
    10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000};
/// How long a commit takes, in nanoseconds. Half a millisecond is a good NVMe disk, a second one
/// that is in trouble.
inline constexpr std::array<std::uint64_t, 12> commit_ns_bounds{
    500'000,    1'000'000,   2'500'000,   5'000'000,   10'000'000,    25'000'000,
    50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 5'000'000'000};
/// Changes in a commit, up to `commit_changes_max`.
inline constexpr std::array<std::uint64_t, 8> commit_changes_bounds{1,   4,   16,    64,
                                                                    256, 512, 1'024, 2'048};
/// How late a thread of sockets comes to what was due, in nanoseconds.
inline constexpr std::array<std::uint64_t, 8> lag_ns_bounds{
    100'000, 1'000'000, 5'000'000, 10'000'000, 50'000'000, 100'000'000, 500'000'000, 1'000'000'000};

/// The actors of a node, by kind. There is one of each but for sessions and store readers.
enum class actor_kind : std::uint8_t {
  session,
  message_store,
  account_store,
  store_reader,
  authenticator,
  directory,
  broadcaster,
  mailer,
  file_store,
};

inline constexpr std::array<std::string_view, 9> actor_kind_names{
    "session",   "message_store", "account_store", "store_reader", "authenticator",
    "directory", "broadcaster",   "mailer",        "file_store"};
inline constexpr std::size_t actor_kinds = actor_kind_names.size();

/// What all actors of a kind have in common: what lies in their mailboxes, and how long they work.
class actor_meter {
 public:
  /// A message was put into a mailbox. The sender's thread.
  void arrived() noexcept { parts_[meter_part()].arrived.fetch_add(1, std::memory_order_relaxed); }
  /// Messages left a mailbox: taken out, or gone with their actor.
  void left(std::uint64_t messages) noexcept {
    parts_[meter_part()].left.fetch_add(messages, std::memory_order_release);
  }
  void made() noexcept { alive_.fetch_add(1, std::memory_order_relaxed); }
  void unmade() noexcept { alive_.fetch_sub(1, std::memory_order_relaxed); }
  /// An actor has worked on one message for so long. Its own thread.
  void handled(std::uint64_t ns) noexcept { parts_[meter_part()].handling.add(ns); }

  /// Actors in memory now; who has ended is, too, as long as somebody holds it.
  [[nodiscard]] std::int64_t alive() const noexcept {
    return alive_.load(std::memory_order_relaxed);
  }
  /// Messages in mailboxes now.
  [[nodiscard]] std::uint64_t waiting() const noexcept {
    // Those that left are read first: what leaves in between must not be missing before it arrived.
    std::uint64_t gone = 0;
    for (const auto& each : parts_) gone += each.left.load(std::memory_order_acquire);
    std::uint64_t came = 0;
    for (const auto& each : parts_) came += each.arrived.load(std::memory_order_acquire);
    return came > gone ? came - gone : 0;
  }
  [[nodiscard]] auto handling() const noexcept {
    histogram_reading<handling_ns_bounds.size()> total;
    for (const auto& each : parts_) each.handling.read_into(total);
    return total;
  }

 private:
  struct alignas(64) part {
    std::atomic<std::uint64_t> arrived{0};
    std::atomic<std::uint64_t> left{0};
    histogram<handling_ns_bounds> handling;
  };
  std::array<part, meter_parts> parts_;
  std::atomic<std::int64_t> alive_{0};
};

/// One of a gauge, for as long as this lives.
class gauge_share {
 public:
  gauge_share() = default;
  gauge_share(const gauge_share&) = delete;
  gauge_share& operator=(const gauge_share&) = delete;
  ~gauge_share() { release(); }
  /// Counts from now on, once. The gauge must outlive this.
  void take(std::atomic<std::int64_t>& gauge) {
    if (gauge_ != nullptr) return;
    gauge_ = &gauge;
    gauge.fetch_add(1, std::memory_order_relaxed);
  }
  /// Counts no longer.
  void release() {
    if (gauge_ != nullptr) gauge_->fetch_sub(1, std::memory_order_relaxed);
    gauge_ = nullptr;
  }

 private:
  std::atomic<std::int64_t>* gauge_ = nullptr;
};

}  // namespace uod
