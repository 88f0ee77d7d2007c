#pragma once

#include <chrono>
#include <random>

#include "storage/store.hpp"

namespace uod::bench {

inline constexpr std::size_t chats_count = 100;
inline constexpr std::size_t body_bytes = 128;

inline std::uint64_t unix_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

/// Makes what people in `chats_count` chats of two would send, in turn, under time-ordered ids.
class message_maker {
 public:
  /// Ids of the same kind of thing differ; random bits as a client would choose them.
  uuid new_id() {
    std::array<std::uint8_t, 10> random{};
    for (auto& octet : random) octet = static_cast<std::uint8_t>(random_());
    return make_uuid_v7(unix_ms(), random);
  }

  struct place {
    std::size_t chat = 0;
    std::size_t sender = 0;  ///< 0 or 1
    std::uint64_t seq = 0;
  };
  place next_place() {
    const std::size_t chat = sent_ % chats_count;
    const std::uint64_t seq = sent_ / chats_count + 1;
    ++sent_;
    return {chat, seq % 2, seq};
  }

 private:
  std::mt19937_64 random_{1};  // the same for all: it is no test of luck
  std::uint64_t sent_ = 0;
};

}  // namespace uod::bench
