#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>

#include "config/server_rates.hpp"
#include "protocol/ids.hpp"

namespace uod {

/// What is counted, each by itself: `server_rates` says what belongs to it.
enum class limited : std::uint8_t {
  register_account,
  log_in,
  search,
  contact,
  send,
  chat_key,
  broadcast,
  code,
  mail,
  file,
  request,
};

/// What each is called where people look at it, in the same order.
inline constexpr std::array<std::string_view, 11> limited_names{
    "register",  "log_in", "search", "contact", "send",   "chat_key",
    "broadcast", "code",   "mail",   "file",    "request"};
inline constexpr std::size_t limited_kinds = limited_names.size();

/// Buckets that are remembered of each kind: more accounts and networks than a node has
/// connections, each having done something in the last minute, in 2.5 MB. By kind, so that
/// strangers who ask for mails from everywhere cannot keep people from sending messages.
inline constexpr std::size_t rate_keys_per_kind_max = 32'000;

/// The answer to somebody new when all of them are taken.
inline constexpr std::uint32_t rate_keys_wait_ms = 1'000;

/// How often accounts and networks may do things: a bucket for each, of each kind (generic cell
/// rate algorithm, ITU-T I.371 annex A: a bucket is one number, the time at which it is full
/// again). For any thread; holds two of its own locks for a fraction of a microsecond.
class rate_limits {
 public:
  explicit rate_limits(const server_rates& rates);

  /// Takes one; the time to wait in milliseconds, after which there is one again if nobody else
  /// takes it (0: taken). Takes from the account's and the network's bucket only when both have
  /// room. `account` is null for strangers: then the network counts alone, as it does for kinds
  /// without a rate for accounts. `network` as `network_of` writes it (of a longer text the first
  /// 23 octets count). `now_ms` is a clock that does not go back, below 2^43; threads that are a
  /// little apart in it do no harm. When too many buckets are not full, those who have one go on
  /// and others are refused with `rate_keys_wait_ms`. Allocates only for who has no bucket yet.
  std::uint32_t take(limited what, const account_id* account, std::string_view network,
                     std::uint64_t now_ms);

  /// `take`, from the account's bucket alone.
  std::uint32_t take_for_account(limited what, const account_id& account, std::uint64_t now_ms);

  /// Buckets remembered now; those that are full again are forgotten when room is needed.
  [[nodiscard]] std::size_t keys() const;

 private:
  /// A rate in whole numbers: time is counted in `count`ths of a millisecond, so that three a
  /// second stay exactly three.
  struct pace {
    std::uint64_t count = 0;      ///< of these in a millisecond
    std::uint64_t period = 0;     ///< from one to the next
    std::uint64_t tolerance = 0;  ///< how far ahead of now a bucket may be and still give one
    bool off = true;

    [[nodiscard]] std::uint64_t at(std::uint64_t now_ms) const { return now_ms * count; }
    [[nodiscard]] std::uint64_t wait_ms(std::uint64_t full_at, std::uint64_t now_ms) const;
  };
  static pace pace_of(const rate& limit);

  struct paces {
    pace account;
    pace network;
  };

  /// Sixteen octets of an account, or a network's text; the last octet says which. Compared
  /// whole: two of one hash cost time and nothing else.
  struct key {
    std::array<std::uint64_t, 3> words{};
    std::uint64_t hash = 0;

    bool operator==(const key& other) const { return words == other.words; }
    [[nodiscard]] bool is_network() const;
  };
  struct hash_of_key {
    std::size_t operator()(const key& of) const noexcept { return of.hash; }
  };

  /// A sixteenth of a kind. On a cache line of its own.
  struct alignas(64) shard {
    mutable std::mutex mutex;
    std::unordered_map<key, std::uint64_t, hash_of_key> full_at;
    std::size_t sweep_at = 64;        ///< past so many keys it is worth looking for full ones
    std::uint64_t next_sweep_ms = 0;  ///< not before
  };

  struct demand;
  class locked;

  key key_of(std::string_view octets, bool is_network) const;
  demand demand_of(std::size_t kind, std::string_view octets, bool is_network);
  std::uint32_t take_all(std::size_t kind, std::span<demand> demands, std::uint64_t now_ms);
  static bool make_room(std::span<demand> demands, const paces& of_kind, std::uint64_t now_ms);
  static void sweep(shard& part, const paces& of_kind, std::uint64_t now_ms);

  static constexpr std::size_t shards_of_kind = 16;
  static constexpr std::size_t keys_of_shard_max = rate_keys_per_kind_max / shards_of_kind;

  std::array<paces, limited_kinds> paces_;
  std::array<std::uint64_t, 4> secret_{};  ///< so that nobody can choose keys of one hash
  std::array<std::array<shard, shards_of_kind>, limited_kinds> shards_;
};

}  // namespace uod
