#include <unistd.h>

#include "client/commands/commands.hpp"
#include "client/commands/conversation.hpp"
#include "client/commands/interruption.hpp"
#include "client/terminal/prompt.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

namespace uod::client {
namespace {

std::string device_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "unknown";
  return clean_device_name(name);
}

/// A new password is asked for twice.
outcome<std::string> get_password(const context& with, const std::string& user, bool from_stdin,
                                  bool is_new) {
  if (from_stdin) return terminal::read_secret_line(STDIN_FILENO, interruption::level());
  if (with.global.no_input) return fail(errc::input_needed, "the password of " + user);
  auto password = terminal::ask_secret("Password for " + user + ": ", interruption::level());
  if (!password || !is_new) return password;
  auto again = terminal::ask_secret("The same again: ", interruption::level());
  const bool same = again && *again == *password;
  if (again) wipe(*again);
  if (same) return password;
  wipe(*password);
  if (!again) return again;
  return fail(errc::usage, "the two passwords differ; nothing was done");
}

bool show_account(context& with, const conversation& talk, const account_info& account,
                  const device_id& device) {
  return with.rows.show(terminal::account_row{account.name, account.id, device, account.premium,
                                              to_text(talk.server()), talk.fingerprint()});
}

/// Keeps the token of a log-in and shows whose it is.
outcome<void> settle(context& with, const conversation& talk, const logged_in& in) {
  kept_login kept{in.account.name, in.account.premium, {in.account.id, in.device, in.token}, {}};
  for (const auto& server : talk.servers()) kept.servers.push_back(to_text(server));
  auto before = with.profile.login();
  if (before && *before) wipe((*before)->secret.token);
  if (before && *before && (*before)->secret.account != kept.secret.account)
    with.status.say("uod: profile " + with.config.profile + " was logged in as " + (*before)->user +
                    " until now");
  auto done = with.profile.keep_login(kept);
  wipe(kept.secret.token);
  if (!done) return done;
  show_account(with, talk, in.account, in.device);
  return {};
}

void say_deriving(context& with) { with.status.show("deriving the key…"); }

}  // namespace

outcome<void> run(context& with, const register_arguments& what) {
  const auto name = parse_name(what.user);
  if (!name) return tl::unexpected(name.error());
  const auto email = parse_email(what.email);
  if (!email) return tl::unexpected(email.error());
  auto password = get_password(with, what.user, what.password_stdin, true);
  if (!password) return tl::unexpected(password.error());
  if (auto good = check_new_password(*password); !good) {
    wipe(*password);
    return good;
  }

  auto talk = conversation::start(with, nullptr);
  if (!talk) {
    wipe(*password);
    return tl::unexpected(talk.error());
  }
  say_deriving(with);
  auto in = (*talk)->await<logged_in>([&](answer<logged_in> then) {
    (*talk)->talk().register_account(name->shown, email->shown, std::move(*password), device_name(),
                                     std::move(then));
  });
  auto result = in ? settle(with, **talk, *in) : tl::unexpected(in.error());
  if (in) wipe(in->token);
  (*talk)->close();
  return result;
}

outcome<void> run(context& with, const login_arguments& what) {
  auto password = get_password(with, what.user, what.password_stdin, false);
  if (!password) return tl::unexpected(password.error());
  auto talk = conversation::start(with, nullptr);
  if (!talk) {
    wipe(*password);
    return tl::unexpected(talk.error());
  }
  say_deriving(with);
  auto in = (*talk)->await<logged_in>([&](answer<logged_in> then) {
    (*talk)->talk().log_in(what.user, std::move(*password), device_name(), std::move(then));
  });
  auto result = in ? settle(with, **talk, *in) : tl::unexpected(in.error());
  if (in) wipe(in->token);
  (*talk)->close();
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
  if (unknown && what.all_devices)
    return fail(errc::not_logged_in,
                "this device's log-in was revoked before, so the others were left as they are");
  with.status.say(unknown ? kept->user + " was logged out by the server before"
                          : kept->user + " is logged out");
  return {};
}

outcome<void> run(context& with, const whoami_arguments&) {
  const auto kept = require_login(with);
  if (!kept) return tl::unexpected(kept.error());
  auto talk = conversation::start(with, &*kept);
  if (!talk) return tl::unexpected(talk.error());
  // Logged in by token once connected: the server knows this device.
  const auto known =
      (*talk)->wait_until([&] { return (*talk)->ever_connected(); }, with.timeout_ms());
  if (known) {
    const account_info account{kept->secret.account, kept->user, {}, kept->premium};
    show_account(with, **talk, account, kept->secret.device);
  }
  (*talk)->close();
  return known;
}

}  // namespace uod::client
