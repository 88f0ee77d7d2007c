#include "client/commands/commands.hpp"
#include "client/commands/names.hpp"
#include "client/commands/own_account.hpp"
#include "client/commands/own_identity.hpp"
#include "client/commands/sealed_talk.hpp"
#include "client/commands/secrets.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

namespace uod::client {

outcome<void> run(context& with, const register_arguments& what) {
  const auto name = parse_name(what.user);
  if (!name) return tl::unexpected(name.error());
  const auto email = parse_email(what.email);
  if (!email) return tl::unexpected(email.error());
  std::string code;
  if (!what.premium_code.empty()) {
    auto given = get_premium_code(what.premium_code);
    if (!given) return tl::unexpected(given.error());
    code = std::move(*given);
  }
  auto password = get_new_password(with, "Password for " + what.user + ": ", what.password_stdin);
  if (!password) {
    wipe(code);
    return tl::unexpected(password.error());
  }
  auto result = as_stranger(with, [&](conversation& talk) -> outcome<void> {
    say_deriving(with);
    const auto keys = std::make_shared<password_keys>();
    auto in = talk.await<logged_in>([&](answer<logged_in> then) {
      talk.talk().register_account(name->shown, email->shown, std::move(*password), device_name(),
                                   std::move(then), std::move(code), keys);
    });
    if (!in) return tl::unexpected(in.error());
    if (auto settled = settle(with, talk, *in); !settled) return settled;
    if (!in->account.email_confirmed)
      with.status.say("a code to confirm " + email->shown + " is on its way: uod email confirm");
    return settle_identity(with, talk, in->account, *keys);
  });
  wipe(*password);  // where it did not come so far
  wipe(code);
  return result;
}

namespace {

/// Who logs in again is the same device: the new token takes the old one's place, and the list of
/// devices does not grow.
std::optional<device_id> device_before(context& with, const std::string& user) {
  // Where the new token may find no place, the old one must stay good until it has.
  if (with.config.credentials_store == "secret-service") return std::nullopt;
  auto before = with.profile.login();
  if (!before || !*before) return std::nullopt;
  wipe((*before)->secret.token);
  const auto now = parse_name(user);
  const auto then = parse_name((*before)->user);
  if (!now || !then || now->key != then->key) return std::nullopt;
  return (*before)->secret.device;
}

}  // namespace

outcome<void> run(context& with, const login_arguments& what) {
  auto password = get_password(with, "Password for " + what.user + ": ", what.password_stdin);
  if (!password) return tl::unexpected(password.error());
  auto result = as_stranger(with, [&](conversation& talk) -> outcome<void> {
    say_deriving(with);
    const auto keys = std::make_shared<password_keys>();
    auto in = talk.await<logged_in>([&](answer<logged_in> then) {
      talk.talk().log_in(what.user, std::move(*password), device_name(), std::move(then),
                         device_before(with, what.user), keys);
    });
    if (!in) return tl::unexpected(in.error());
    if (auto settled = settle(with, talk, *in); !settled) return settled;
    return settle_identity(with, talk, in->account, *keys);
  });
  wipe(*password);
  return result;
}

outcome<void> run(context& with, const logout_arguments& what) {
  const auto kept = require_login(with);
  if (!kept) return tl::unexpected(kept.error());
  auto talk = conversation::start(with, &*kept);
  if (!talk) return tl::unexpected(talk.error());
  const auto revoked = (*talk)->ask<done>(log_out{what.all_devices});
  (*talk)->close();
  const bool unknown = !revoked && (revoked.error().code == errc::not_logged_in ||
                                    revoked.error().code == errc::wrong_credentials);
  if (!revoked && !unknown) return tl::unexpected(revoked.error());
  if (auto forgotten = with.profile.forget_login(); !forgotten) return forgotten;
  if (auto forgotten = with.profile.forget_archive(); !forgotten) return forgotten;
  if (unknown && what.all_devices)
    return fail(errc::not_logged_in,
                "this device's log-in was revoked before, so the others were left as they are");
  with.status.say(unknown ? kept->user + " was logged out by the server before"
                          : kept->user + " is logged out");
  return {};
}

outcome<void> run(context& with, const whoami_arguments&) {
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    const auto now = talk.ask<account_shown>(get_account{});
    if (!now) return tl::unexpected(now.error());
    std::string identity;
    if (const auto keys = open_keyring(with, me)) {
      identity = to_text(keys->identity()->public_half().fingerprint());
    }
    show_account(with, talk, now->account, me.secret.device, identity);
    return {};
  });
}

}  // namespace uod::client
