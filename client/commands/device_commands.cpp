#include "client/commands/commands.hpp"
#include "client/commands/device_ids.hpp"
#include "client/commands/names.hpp"

namespace uod::client {

outcome<void> run(context& with, const devices_list_arguments&) {
  return as_myself(with, [&](conversation& talk, const kept_login&) -> outcome<void> {
    const auto listed = talk.ask<devices_listed>(list_devices{});
    if (!listed) return tl::unexpected(listed.error());
    for (const auto& each : listed->devices) {
      const terminal::device_row row{each.id,           each.name,    each.address,
                                     each.last_seen_ms, each.current, each.created_at_ms};
      if (!with.rows.show(row)) return {};
    }
    return {};
  });
}

outcome<void> run(context& with, const devices_revoke_arguments& what) {
  if (auto good = check_device_id(what.device); !good) return good;
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    const auto listed = talk.ask<devices_listed>(list_devices{});
    if (!listed) return tl::unexpected(listed.error());
    const auto chosen = choose_device(listed->devices, what.device);
    if (!chosen) return tl::unexpected(chosen.error());
    if (chosen->current || chosen->id == me.secret.device)
      return fail(errc::not_allowed,
                  to_text(chosen->id) + " is this device; `uod logout` logs it out");
    const auto revoked = talk.ask<done>(revoke_device{chosen->id});
    if (!revoked) return tl::unexpected(revoked.error());
    with.status.say(chosen->name + " (" + to_text(chosen->id) + ") is logged out");
    return {};
  });
}

}  // namespace uod::client
