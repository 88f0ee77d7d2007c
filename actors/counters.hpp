#pragma once

#include <atomic>
#include <cstdint>

namespace uod {

/// What a node counts, from any thread.
struct node_counters {
  std::atomic<std::uint64_t> connections_opened{0};
  std::atomic<std::uint64_t> connections_refused{0};
  std::atomic<std::uint64_t> handshakes_full{0};
  std::atomic<std::uint64_t> handshakes_resumed{0};
  std::atomic<std::uint64_t> frames_received{0};
  std::atomic<std::uint64_t> frames_malformed{0};
  std::atomic<std::uint64_t> replays_ignored{0};
  std::atomic<std::uint64_t> messages_stored{0};
  std::atomic<std::uint64_t> messages_repeated{0};
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> commits_failed{0};
  std::atomic<std::uint64_t> broadcasts_stored{0};
  std::atomic<std::uint64_t> mails_delivered{0};
  std::atomic<std::uint64_t> mails_refused{0};  ///< for good
  std::atomic<std::uint64_t> locks{0};          ///< names locked after wrong passwords
  std::atomic<std::uint64_t> rate_refusals{0};
  std::atomic<std::uint64_t> events_deferred{0};  ///< live events left to the store: slow reader
};

}  // namespace uod
