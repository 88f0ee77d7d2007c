#pragma once

#include <memory>

#include "actors/node_context.hpp"

namespace uod {

struct authenticator_state {
  static inline const char* name = "authenticator";

  std::shared_ptr<node_context> node;
  /// Makes the salts of accounts that do not exist.
  bytes salt_secret;
  std::size_t next_reader = 0;
};

/// Decides who is who: registers, logs in by password-derived key or by token, logs out. Never
/// sees a password. Costs microseconds an attempt, for the client does the stretching; waits for
/// the store without blocking.
authenticator_actor::behavior_type authenticator(
    authenticator_actor::stateful_pointer<authenticator_state> self,
    std::shared_ptr<node_context> node, bytes salt_secret);

}  // namespace uod
