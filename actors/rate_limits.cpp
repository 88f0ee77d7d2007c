#include "actors/rate_limits.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "protocol/password.hpp"

namespace uod {
namespace {

constexpr std::size_t key_octets_max = 23;  // of 24; the longest network has 19
constexpr std::size_t sweep_keys_min = 64;
constexpr std::uint64_t sweep_pause_ms = rate_keys_wait_ms;

/// Both halves of a product: each bit of either factor reaches most of the result.
std::uint64_t folded(std::uint64_t one, std::uint64_t other) {
  __extension__ using wide = unsigned __int128;
  const wide product = static_cast<wide>(one) * other;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

/// One bucket that a request needs.
struct rate_limits::demand {
  key of;
  const pace* limit = nullptr;
  shard* part = nullptr;
  std::uint64_t* full_at = nullptr;  ///< null: not known, so full

  void find() {
    const auto found = part->full_at.find(of);
    full_at = found == part->full_at.end() ? nullptr : &found->second;
  }
};

/// Holds the locks of one or two demands, always in the order of their addresses: two requests
/// that need the same two cannot wait for each other.
class rate_limits::locked {
 public:
  explicit locked(std::span<demand> demands) {
    shard* one = demands.front().part;
    shard* other = demands.back().part;
    if (std::less<>{}(other, one)) std::swap(one, other);
    first_ = std::unique_lock(one->mutex);
    if (one != other) second_ = std::unique_lock(other->mutex);
  }

 private:
  std::unique_lock<std::mutex> first_;
  std::unique_lock<std::mutex> second_;
};

std::uint64_t rate_limits::pace::wait_ms(std::uint64_t full_at, std::uint64_t now_ms) const {
  const auto earliest = at(now_ms) + tolerance;
  return full_at <= earliest ? 0 : (full_at - earliest + count - 1) / count;
}

rate_limits::pace rate_limits::pace_of(const rate& limit) {
  if (limit.off) return {};
  return {limit.count, limit.per_ms, (limit.burst - 1) * limit.per_ms, false};
}

bool rate_limits::key::is_network() const {
  std::uint8_t last = 0;
  std::memcpy(&last, reinterpret_cast<const char*>(words.data()) + key_octets_max, 1);
  return last != 0;
}

rate_limits::rate_limits(const server_rates& rates) {
  const auto set = [&](limited what, const rate& account, const rate& network) {
    paces_[static_cast<std::size_t>(what)] = {pace_of(account), pace_of(network)};
  };
  set(limited::register_account, rate{}, rates.register_network);
  set(limited::log_in, rates.log_in_account, rates.log_in_network);
  set(limited::search, rates.search_account, rates.search_network);
  set(limited::contact, rates.contact_account, rates.contact_network);
  set(limited::send, rates.send_account, rates.send_network);
  set(limited::chat_key, rates.chat_key_account, rates.chat_key_network);
  set(limited::broadcast, rates.broadcast_account, rates.broadcast_network);
  set(limited::code, rates.code_account, rates.code_network);
  set(limited::mail, rate{}, rates.mail_network);
  set(limited::file, rates.file_account, rates.file_network);
  set(limited::request, rates.request_account, rates.request_network);

  const auto random = random_bytes(sizeof(secret_));
  std::memcpy(secret_.data(), random.data(), sizeof(secret_));
}

rate_limits::key rate_limits::key_of(std::string_view octets, bool is_network) const {
  std::array<char, key_octets_max + 1> all{};
  std::copy_n(octets.data(), std::min(octets.size(), key_octets_max), all.begin());
  all.back() = is_network ? 1 : 0;
  key made;
  std::memcpy(made.words.data(), all.data(), all.size());
  const auto half = folded(made.words[0] ^ secret_[0], made.words[1] ^ secret_[1]);
  made.hash = folded(half ^ secret_[2], made.words[2] ^ secret_[3]);
  return made;
}

/// Forgets the full ones. Each sweep is paid for by the keys that came since the last: as many as
/// it then left, or at least an eighth of the shard; where even that is not free, the next one
/// is a while away. So strangers cannot make the node look through its keys all the time.
void rate_limits::sweep(shard& part, const paces& of_kind, std::uint64_t now_ms) {
  std::erase_if(part.full_at, [&](const auto& entry) {
    const auto& limit = entry.first.is_network() ? of_kind.network : of_kind.account;
    return entry.second <= limit.at(now_ms);
  });
  const auto left = part.full_at.size();
  part.sweep_at = std::clamp(2 * left, sweep_keys_min, keys_of_shard_max);
  part.next_sweep_ms =
      left > keys_of_shard_max - keys_of_shard_max / 8 ? now_ms + sweep_pause_ms : 0;
}

rate_limits::demand rate_limits::demand_of(std::size_t kind, std::string_view octets,
                                           bool is_network) {
  const auto of = key_of(octets, is_network);
  const auto& limit = is_network ? paces_[kind].network : paces_[kind].account;
  // The lowest bits choose the place in the table.
  return {of, &limit, &shards_[kind][of.hash >> 60], nullptr};
}

std::uint32_t rate_limits::take(limited what, const account_id* account, std::string_view network,
                                std::uint64_t now_ms) {
  const auto kind = static_cast<std::size_t>(what);
  std::array<demand, 2> places;
  std::size_t count = 0;
  if (account != nullptr && !paces_[kind].account.off) {
    places[count++] = demand_of(kind, account->view(), false);
  }
  if (!paces_[kind].network.off) places[count++] = demand_of(kind, network, true);
  return take_all(kind, std::span(places).first(count), now_ms);
}

std::uint32_t rate_limits::take_for_account(limited what, const account_id& account,
                                            std::uint64_t now_ms) {
  const auto kind = static_cast<std::size_t>(what);
  if (paces_[kind].account.off) return 0;
  auto place = demand_of(kind, account.view(), false);
  return take_all(kind, std::span(&place, 1), now_ms);
}

std::uint32_t rate_limits::take_all(std::size_t kind, std::span<demand> demands,
                                    std::uint64_t now_ms) {
  if (demands.empty()) return 0;
  const auto& of_kind = paces_[kind];
  const locked guard(demands);
  std::uint64_t wait_ms = 0;
  bool is_new = false;
  for (auto& one : demands) {
    one.find();
    if (one.full_at) wait_ms = std::max(wait_ms, one.limit->wait_ms(*one.full_at, now_ms));
    is_new = is_new || !one.full_at;
  }
  if (wait_ms > 0) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(wait_ms, std::numeric_limits<std::uint32_t>::max()));
  }
  if (is_new && !make_room(demands, of_kind, now_ms)) return rate_keys_wait_ms;
  for (auto& one : demands) {
    const auto now = one.limit->at(now_ms);
    if (one.full_at) {
      *one.full_at = std::max(*one.full_at, now) + one.limit->period;
    } else {
      one.part->full_at.emplace(one.of, now + one.limit->period);
    }
  }
  return 0;
}

/// Whether there is room for those that are not known yet, after forgetting where that is due.
bool rate_limits::make_room(std::span<demand> demands, const paces& of_kind, std::uint64_t now_ms) {
  const auto size_after = [&](const shard& part) {
    return part.full_at.size() +
           static_cast<std::size_t>(std::ranges::count_if(
               demands, [&](const demand& one) { return one.part == &part && !one.full_at; }));
  };
  for (const auto& one : demands) {
    auto& part = *one.part;
    if (size_after(part) <= part.sweep_at || now_ms < part.next_sweep_ms) continue;
    sweep(part, of_kind, now_ms);
    for (auto& each : demands) each.find();  // it may have been full
  }
  return std::ranges::all_of(
      demands, [&](const demand& one) { return size_after(*one.part) <= keys_of_shard_max; });
}

std::size_t rate_limits::keys() const {
  std::size_t count = 0;
  for (const auto& of_kind : shards_) {
    for (const auto& part : of_kind) {
      const std::lock_guard guard(part.mutex);
      count += part.full_at.size();
    }
  }
  return count;
}

}  // namespace uod
