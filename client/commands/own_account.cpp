#include "client/commands/own_account.hpp"

#include <unistd.h>

#include "protocol/crypto_aead.hpp"
#include "protocol/names.hpp"
#include "protocol/password.hpp"

namespace uod::client {

std::string device_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "unknown";
  return clean_device_name(name);
}

void show_account(context& with, const conversation& talk, const account_info& account,
                  const device_id& device, const std::string& identity_fingerprint) {
  with.rows.show(terminal::account_row{account.name, account.id, device, account.premium,
                                       to_text(talk.server()), talk.fingerprint(), account.email,
                                       account.email_confirmed, identity_fingerprint});
}

namespace {

/// Over the connection that is there where that is the same account's, else over one of its own:
/// a token is shown to nobody but the servers that gave it.
outcome<void> revoke(context& with, conversation& talk, const kept_login& before,
                     const account_id& now) {
  outcome<done> revoked;
  if (before.secret.account == now) {
    revoked = talk.ask<done>(revoke_device{before.secret.device});
  } else {
    context as_before = with;
    as_before.servers_given = false;
    if (before.servers.empty()) return fail(errc::server_unreachable, "its server is not known");
    auto then = conversation::start(as_before, &before);
    if (!then) return tl::unexpected(then.error());
    revoked = (*then)->ask<done>(log_out{});
    (*then)->close();
  }
  if (revoked) return {};
  switch (revoked.error().code) {
    case errc::no_such_device:
    case errc::not_logged_in:
    case errc::wrong_credentials:
    case errc::account_deleted:
      return {};  // it was out already
    default:
      return tl::unexpected(revoked.error());
  }
}

/// What nobody here will use again is not left valid.
void log_out_before(context& with, conversation& talk, const kept_login& before,
                    const logged_in& now) {
  if (before.secret.device == now.device) return;  // its token has been replaced
  const bool another = before.secret.account != now.account.id;
  if (another)
    with.status.say("uod: profile " + with.config.profile + " was logged in as " + before.user +
                    " until now");
  if (const auto revoked = revoke(with, talk, before, now.account.id); !revoked)
    with.status.say("uod: that log-in could not be ended (" + to_text(revoked.error()) + "); as " +
                    before.user + ": uod devices revoke " + to_text(before.secret.device));
}

}  // namespace

outcome<void> settle(context& with, conversation& talk, logged_in& in) {
  kept_login kept{
      in.account.name, in.account.premium, {in.account.id, in.device, in.token}, {}, {}};
  for (const auto& server : talk.servers()) kept.servers.push_back(to_text(server));
  auto before = with.profile.login();
  if (before && *before && (*before)->secret.account == kept.secret.account) {
    kept.archive_key = (*before)->archive_key;
  }
  if (kept.archive_key.empty()) {
    // What was read under another key is forgotten by whoever opens it next: not before this log-in
    // is kept, which may still fail.
    kept.archive_key = random_bytes(aead_key_octets);
  }
  auto settled = with.profile.keep_login(kept);
  wipe(kept.secret.token);
  wipe(kept.archive_key);
  wipe(in.token);
  if (settled) {
    show_account(with, talk, in.account, in.device);
    if (before && *before) log_out_before(with, talk, **before, in);
  }
  if (before && *before) {
    wipe((*before)->secret.token);
    wipe((*before)->archive_key);
  }
  return settled;
}

void say_deriving(context& with) { with.status.show("deriving the key…"); }

outcome<void> as_stranger(context& with, const std::function<outcome<void>(conversation&)>& work) {
  auto talk = conversation::start(with, nullptr);
  if (!talk) return tl::unexpected(talk.error());
  auto result = work(**talk);
  (*talk)->close();
  return result;
}

}  // namespace uod::client
