#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"

namespace uod {

/// 128 bits as in RFC 9562, in network order. The strong types below keep an account's id from
/// being passed where a chat's is meant.
struct uuid {
  std::array<std::uint8_t, 16> octets{};

  auto operator<=>(const uuid&) const = default;

  [[nodiscard]] bool is_nil() const { return *this == uuid{}; }

  /// The sixteen octets, as the wire and the store carry them.
  [[nodiscard]] bytes_view view() const {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
  }
};

/// Writes the 36 characters of RFC 9562, in lower case.
std::string to_text(const uuid& id);

/// Reads the 36 characters of RFC 9562 in either case; nothing for anything else.
std::optional<uuid> uuid_from_text(std::string_view text);

/// Makes a version 7 UUID (RFC 9562, 5.7): 48 bits of Unix time in milliseconds, then `random`
/// with the version and variant bits laid over it. Pure: the caller brings time and randomness.
uuid make_uuid_v7(std::uint64_t unix_ms, const std::array<std::uint8_t, 10>& random);

/// A UUID that names one kind of thing.
template <class Tag>
struct strong_id : uuid {
  strong_id() = default;
  explicit strong_id(const uuid& raw) : uuid(raw) {}

  auto operator<=>(const strong_id&) const = default;

  /// Takes the sixteen octets of the wire or the store; nothing when there are not sixteen.
  static std::optional<strong_id> from_octets(bytes_view octets) {
    if (octets.size() != 16) return std::nullopt;
    strong_id id;
    std::memcpy(id.octets.data(), octets.data(), 16);
    return id;
  }
};

using account_id = strong_id<struct account_tag>;
using device_id = strong_id<struct device_tag>;
using chat_id = strong_id<struct chat_tag>;
using message_id = strong_id<struct message_tag>;
using epoch_id = strong_id<struct epoch_tag>;  ///< of a chat key
using file_id = strong_id<struct file_tag>;

/// Names the one chat that two people have with each other: both compute the same id, in either
/// order, so that opening it twice at once cannot make two. (SHA-256 over a label and the sorted
/// pair, cut to a version 8 UUID, RFC 9562, 5.8.)
chat_id direct_chat_id(const account_id& one, const account_id& other);

struct uuid_hash {
  std::size_t operator()(const uuid& id) const {
    // Ids made by others are hashed, so a per-process seed goes into both halves of a product.
    // Ids made in a row differ in their last octets only: folding brings those down, and the
    // second round spreads them over the low bits, which tables look at first.
    __extension__ using wide = unsigned __int128;
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, id.octets.data(), 8);
    std::memcpy(&low, id.octets.data() + 8, 8);
    const wide product =
        static_cast<wide>(high ^ seed()) * (low ^ (seed() * 0x9e3779b97f4a7c15ULL));
    std::uint64_t mixed =
        static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    mixed = (mixed ^ (mixed >> 32)) * 0xff51afd7ed558ccdULL;
    return mixed ^ (mixed >> 32);
  }

  /// Random once a process, so that chosen ids cannot be made to collide.
  static std::uint64_t seed();
};

}  // namespace uod

template <class Tag>
struct std::hash<uod::strong_id<Tag>> : uod::uuid_hash {};
