#pragma once

#include <vector>

#include "actors/clock.hpp"
#include "actors/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/message_trace.hpp"
#include "actors/rate_limits.hpp"
#include "actors/store_room.hpp"
#include "config/server_config.hpp"

namespace uod {

/// Requests that wait for the file store: 16 MiB of segments.
inline constexpr std::size_t file_queue_max = 256;

/// What the actors of a node share. Made once by the composition before any session is; the
/// handles do not change after that.
struct node_context {
  node_context(server_config config_in, const wall_clock& clock_in, node_counters& counters_in)
      : config(std::move(config_in)),
        clock(clock_in),
        counters(counters_in),
        room(config_in.limits.store_queue_max),
        file_room(file_queue_max),
        rates(config_in.rates) {}

  /// Takes one of a rate; how long to wait in milliseconds where there is none (0: taken). `now` is
  /// the asking actor's clock.
  std::uint32_t take_rate(limited what, const account_id* account, const std::string& network,
                          caf::actor_clock::time_point now) {
    return counted(what, rates.take(what, account, network, steady_ms(now)));
  }
  /// The same of the account's rate alone.
  std::uint32_t take_account_rate(limited what, const account_id& account,
                                  caf::actor_clock::time_point now) {
    return counted(what, rates.take_for_account(what, account, steady_ms(now)));
  }

  const server_config config;
  const wall_clock& clock;
  node_counters& counters;
  store_room room;
  store_room file_room;
  rate_limits rates;
  trace_board traces;

  message_store_actor message_store;
  account_store_actor account_store;
  std::vector<store_reader_actor> readers;
  authenticator_actor authenticator;
  directory_actor directory;
  broadcaster_actor broadcaster;
  mailer_actor mailer;
  file_store_actor file_store;

 private:
  static std::uint64_t steady_ms(caf::actor_clock::time_point now) {
    const auto since = now.time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    return static_cast<std::uint64_t>(ms);
  }
  std::uint32_t counted(limited what, std::uint32_t wait_ms) {
    if (wait_ms != 0) ++counters.rate_refusals[static_cast<std::size_t>(what)];
    return wait_ms;
  }
};

}  // namespace uod
