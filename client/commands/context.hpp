#pragma once

#include "client/commands/arguments.hpp"
#include "client/state/profile_state.hpp"
#include "client/terminal/renderer.hpp"
#include "client/terminal/status_line.hpp"
#include "config/client_config.hpp"

namespace uod::client {

/// What every command gets: settings, what this identity keeps, and ways to say something.
struct context {
  const global_options& global;
  const client_config& config;
  /// Somebody named the servers, in flags, environment or file.
  bool servers_given = false;
  profile_state& profile;
  terminal::output& out;  ///< stdout, under `rows`
  terminal::renderer& rows;
  terminal::status_line& status;

  [[nodiscard]] std::uint64_t timeout_ms() const { return std::uint64_t{config.timeout_s} * 1000; }
};

/// The log-in of this profile. Error: `not_logged_in`, and those of `profile_state::login`.
outcome<kept_login> require_login(context& with);

/// Which servers to talk to: those that somebody named, else those of the log-in, else the
/// default. Error: `config_invalid`.
outcome<std::vector<endpoint>> servers_for(const context& with, const kept_login* kept);

/// Says what the profile had to put right (modes that were too open, a keyring that is locked).
void say_warnings(context& with);

}  // namespace uod::client
