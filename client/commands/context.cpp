#include "client/commands/context.hpp"

namespace uod::client {

outcome<kept_login> require_login(context& with) {
  auto kept = with.profile.login();
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return fail(errc::not_logged_in, "profile " + with.config.profile);
  return std::move(**kept);
}

outcome<std::vector<endpoint>> servers_for(const context& with, const kept_login* kept) {
  const bool from_login = !with.servers_given && kept != nullptr && !kept->servers.empty();
  std::vector<endpoint> servers;
  for (const auto& text : from_login ? kept->servers : with.config.servers) {
    const auto parsed = parse_endpoint(text);
    if (!parsed) return fail(errc::config_invalid, "server " + text);
    servers.push_back(*parsed);
  }
  return servers;
}

void say_warnings(context& with) {
  for (const auto& warning : with.profile.take_warnings()) with.status.say("uod: " + warning);
}

}  // namespace uod::client
