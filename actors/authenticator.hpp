#pragma once

#include <memory>
#include <unordered_map>

#include "actors/node_context.hpp"
#include "actors/places.hpp"
#include "actors/revocations.hpp"

namespace uod {

/// How long a network may log in to a name, whatever locks it, after it has shown the code that
/// unlocks it.
inline constexpr std::uint64_t unlock_pass_ms = 10 * 60'000;
/// Such passes at a time; the next one has to wait for the oldest to run out.
inline constexpr std::size_t unlock_passes_max = 10'000;
/// How often what has lost its worth is let go of.
inline constexpr std::uint64_t forget_every_ms = 3'600'000;
/// A device that has not been seen for so long has its place looked at again.
inline constexpr std::uint64_t place_stale_ms = 86'400'000;

struct authenticator_state {
  static inline const char* name = "authenticator";

  std::shared_ptr<node_context> node;
  /// Makes the salts of accounts that do not exist, and what the store keeps of mails' codes.
  bytes secret;
  std::shared_ptr<const place_finder> places;  ///< null: none is configured
  std::size_t next_reader = 0;
  revocations revoked;
  std::unordered_map<std::string, std::uint64_t> passes_until_ms;  ///< by name and network
  /// By name: wrong passwords that are on their way to the store, and count already.
  std::unordered_map<std::string, std::uint32_t> failures_under_way;
};

/// Decides who is who: registers, logs in by password-derived key, token or code, logs out, and
/// changes what an account is known by. Never sees a password. Costs microseconds an attempt, for
/// the client does the stretching; waits for the store without blocking.
authenticator_actor::behavior_type authenticator(
    authenticator_actor::stateful_pointer<authenticator_state> self,
    std::shared_ptr<node_context> node, bytes secret, std::shared_ptr<const place_finder> places);

}  // namespace uod
