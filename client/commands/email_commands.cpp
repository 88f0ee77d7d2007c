#include "client/commands/commands.hpp"
#include "client/commands/names.hpp"
#include "client/commands/own_account.hpp"
#include "client/commands/secrets.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

/// Codes for the own account: the address that warnings go to, and premium membership.
namespace uod::client {

outcome<void> run(context& with, const email_confirm_arguments& what) {
  if (auto kept = require_login(with); !kept) return tl::unexpected(kept.error());
  auto code = get_mail_code(with, what.code_stdin);
  if (!code) return tl::unexpected(code.error());
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    const auto now = talk.ask<account_shown>(confirm_email{std::move(*code)});
    if (!now) return tl::unexpected(now.error());
    show_account(with, talk, now->account, me.secret.device);
    with.status.say(now->account.email + " is confirmed");
    return {};
  });
}

outcome<void> run(context& with, const email_send_code_arguments&) {
  return as_myself(with, [&](conversation& talk, const kept_login&) -> outcome<void> {
    const auto sent = talk.ask<done>(send_email_code{});
    if (!sent) return tl::unexpected(sent.error());
    with.status.say("a new code is on its way: uod email confirm");
    return {};
  });
}

outcome<void> run(context& with, const email_change_arguments& what) {
  const auto email = parse_email(what.email);
  if (!email) return tl::unexpected(email.error());
  const auto kept = require_login(with);
  if (!kept) return tl::unexpected(kept.error());
  auto password = get_password(with, "Password for " + kept->user + ": ", what.password_stdin);
  if (!password) return tl::unexpected(password.error());
  auto result = as_myself(with, [&](conversation& talk, const kept_login&) -> outcome<void> {
    say_deriving(with);
    const auto asked = talk.await<done>([&](answer<done> then) {
      talk.talk().change_email(std::move(*password), email->shown, std::move(then));
    });
    if (!asked) return tl::unexpected(asked.error());
    with.status.say("a code is on its way to " + email->shown +
                    ", which is taken once it is confirmed: uod email confirm");
    return {};
  });
  wipe(*password);
  return result;
}

outcome<void> run(context& with, const premium_redeem_arguments& what) {
  if (auto kept = require_login(with); !kept) return tl::unexpected(kept.error());
  auto code = get_premium_code(what.code);
  if (!code) return tl::unexpected(code.error());
  return as_myself(with, [&](conversation& talk, const kept_login& me) -> outcome<void> {
    const auto now = talk.ask<account_shown>(redeem_premium{std::move(*code)});
    if (!now) return tl::unexpected(now.error());
    show_account(with, talk, now->account, me.secret.device);
    with.status.say(now->account.name + " is a premium member");
    return {};
  });
}

}  // namespace uod::client
