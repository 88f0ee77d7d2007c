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
                                       to_text(talk.server()), talk.fingerprint(),
                                       identity_fingerprint, account.email,
                                       account.email_confirmed});
}

outcome<void> settle(context& with, const conversation& talk, logged_in& in) {
  kept_login kept{
      in.account.name, in.account.premium, {in.account.id, in.device, in.token}, {}, {}};
  for (const auto& server : talk.servers()) kept.servers.push_back(to_text(server));
  auto before = with.profile.login();
  if (before && *before) wipe((*before)->secret.token);
  if (before && *before && (*before)->secret.account != kept.secret.account)
    with.status.say("uod: profile " + with.config.profile + " was logged in as " + (*before)->user +
                    " until now");
  if (before && *before && (*before)->secret.account == kept.secret.account) {
    kept.archive_key = std::move((*before)->archive_key);
  }
  if (kept.archive_key.empty()) {
    kept.archive_key = random_bytes(aead_key_octets);
    if (auto gone = with.profile.forget_archive(); !gone) return gone;
  }
  auto done = with.profile.keep_login(kept);
  wipe(kept.secret.token);
  wipe(kept.archive_key);
  wipe(in.token);
  if (!done) return done;
  show_account(with, talk, in.account, in.device);
  return {};
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
