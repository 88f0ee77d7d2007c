#include "client/commands/commands.hpp"
#include "client/commands/names.hpp"
#include "client/commands/own_account.hpp"
#include "client/commands/own_identity.hpp"
#include "client/commands/sealed_talk.hpp"
#include "client/commands/secrets.hpp"
#include "protocol/password.hpp"

/// Passwords that change or were forgotten, and locks.
namespace uod::client {
namespace {

/// What people fear for with a new password.
constexpr std::string_view of_history =
    "your stored messages stay readable, here and after a log-in elsewhere";

}  // namespace

outcome<void> run(context& with, const password_change_arguments& what) {
  const auto kept = require_login(with);
  if (!kept) return tl::unexpected(kept.error());
  auto present =
      get_password(with, "Present password for " + kept->user + ": ", what.password_stdin);
  if (!present) return tl::unexpected(present.error());
  auto fresh = get_new_password(with, "New password: ", what.password_stdin);
  if (!fresh) {
    wipe(*present);
    return tl::unexpected(fresh.error());
  }
  auto result = as_myself(with, [&](conversation& talk, const kept_login& mine) -> outcome<void> {
    const auto keys = open_keyring(with, mine);
    if (!keys) return tl::unexpected(keys.error());
    if (auto mine_still = check_own_identity(talk, *keys); !mine_still) return mine_still;
    say_deriving(with);
    auto changed = talk.await<credentials>([&](answer<credentials> then) {
      talk.talk().change_password(std::move(*present), std::move(*fresh), what.keep_devices,
                                  std::move(then), resealer_of(*keys));
    });
    if (!changed) return tl::unexpected(changed.error());
    kept_login renewed = mine;
    renewed.secret = *changed;
    wipe(changed->token);
    auto settled = with.profile.keep_login(renewed);
    wipe(renewed.secret.token);
    if (!settled) return settled;
    with.status.say(std::string("the password is changed; the other devices ") +
                    (what.keep_devices ? "stay logged in" : "are logged out"));
    with.status.say(of_history);
    return {};
  });
  wipe(*present);
  wipe(*fresh);
  return result;
}

outcome<void> run(context& with, const password_forgot_arguments& what) {
  return as_stranger(with, [&](conversation& talk) -> outcome<void> {
    const auto asked = talk.ask<done>(forgot_password{what.user});
    if (!asked) return tl::unexpected(about_name(asked.error(), what.user));
    with.status.say("if " + what.user +
                    " has an account with a confirmed address, a code is on its way there: "
                    "uod password reset --user " +
                    what.user);
    return {};
  });
}

outcome<void> run(context& with, const password_reset_arguments& what) {
  auto code = get_mail_code(with, what.code_stdin);
  if (!code) return tl::unexpected(code.error());
  auto password =
      get_new_password(with, "New password for " + what.user + ": ", what.password_stdin);
  if (!password) {
    wipe(*code);
    return tl::unexpected(password.error());
  }
  auto result = as_stranger(with, [&](conversation& talk) -> outcome<void> {
    say_deriving(with);
    const auto keys = std::make_shared<password_keys>();
    auto in = talk.await<logged_in>([&](answer<logged_in> then) {
      talk.talk().reset_password(what.user, std::move(*code), std::move(*password), device_name(),
                                 std::move(then), keys);
    });
    if (!in) return tl::unexpected(in.error());
    if (auto settled = settle(with, talk, *in); !settled) return settled;
    with.status.say("the password is set; all other devices are logged out");
    return settle_identity(with, talk, in->account, *keys);
  });
  wipe(*code);
  wipe(*password);
  return result;
}

outcome<void> run(context& with, const unlock_arguments& what) {
  auto code = get_mail_code(with, what.code_stdin);
  if (!code) return tl::unexpected(code.error());
  return as_stranger(with, [&](conversation& talk) -> outcome<void> {
    const auto unlocked = talk.ask<done>(unlock_account{what.user, std::move(*code)});
    if (!unlocked) return tl::unexpected(about_name(unlocked.error(), what.user));
    with.status.say(what.user + " is unlocked; from here you can log in within ten minutes: " +
                    "uod login --user " + what.user);
    return {};
  });
}

}  // namespace uod::client
