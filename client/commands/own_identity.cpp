#include "client/commands/own_identity.hpp"

#include "protocol/sealing/recovery_code.hpp"
#include "protocol/sealing/sealed_identity.hpp"

namespace uod::client {
namespace {

/// Sealed halves and the public one, as the server takes them.
outcome<put_identity> request_for(const identity_private& identity, const account_id& account,
                                  const password_keys& keys, bytes_view recovery_code) {
  put_identity wanted;
  wanted.auth_key = bytes(keys.auth_key.view());
  wanted.public_key = identity.public_half().octets();
  auto by_password = seal_identity(identity, account, sealed_by::password, keys.vault_key.view());
  if (!by_password) return tl::unexpected(by_password.error());
  wanted.sealed_by_password = std::move(*by_password);
  auto by_code = seal_identity(identity, account, sealed_by::recovery_code, recovery_code);
  if (!by_code) return tl::unexpected(by_code.error());
  wanted.sealed_by_recovery = std::move(*by_code);
  return wanted;
}

/// Whether the server has said this, or nobody has said anything.
bool is_answer(const error& why) {
  switch (why.code) {
    case errc::timed_out:
    case errc::interrupted:
    case errc::server_unreachable:
    case errc::link_closed:
      return false;
    default:
      return true;
  }
}

}  // namespace

outcome<keyring> fresh_keyring(context& with, const kept_login& kept) {
  auto opened = keyring::open(with.profile.archive(), kept.secret.account, kept.archive_key);
  if (opened || opened.error().code != errc::sealed_damaged) return opened;
  if (auto gone = with.profile.forget_archive(); !gone) return tl::unexpected(gone.error());
  with.status.say(
      "what was read here under an earlier log-in is forgotten, and whose keys were verified");
  return keyring::open(with.profile.archive(), kept.secret.account, kept.archive_key);
}

namespace {

/// Seals an identity key, shows its new recovery code, and puts it in place of any other.
outcome<void> put_own_identity(context& with, conversation& talk, const account_id& account,
                               const std::string& user, const password_keys& keys,
                               const identity_private& identity) {
  const auto code = make_recovery_code();
  auto wanted = request_for(identity, account, keys, code.view());
  if (!wanted) return tl::unexpected(wanted.error());
  // Shown before the server has the key: nobody could show it again, should the answer get lost.
  terminal::recovery_code_row row{user, show_recovery_code(code.view())};
  with.rows.show(row);
  wipe(row.recovery_code);
  const auto stored = talk.ask<done>(std::move(*wanted));
  if (!stored) {
    with.status.say(is_answer(stored.error())
                        ? "the server did not take the identity key: its recovery code is void"
                        : "whether the server has the identity key is not known: keep its recovery "
                          "code until the next log-in shows another");
    return tl::unexpected(stored.error());
  }
  with.status.say(
      "write the recovery code down: without it, a forgotten password closes your history");
  return {};
}

}  // namespace

outcome<void> make_own_identity(context& with, conversation& talk, keyring& ring,
                                const std::string& user, const password_keys& keys) {
  with.status.show("making an identity key…");
  outcome<identity_private> made = fail(errc::internal);
  talk.aside([&] { made = make_identity(); });
  if (!made) return tl::unexpected(made.error());
  auto put = put_own_identity(with, talk, ring.account(), user, keys, *made);
  if (!put) return put;
  return ring.adopt(std::move(*made));
}

outcome<void> recover_own_identity(conversation& talk, keyring& ring, bytes_view recovery_code,
                                   const password_keys& keys) {
  const auto shown = talk.ask<identity_shown>(get_identity{});
  if (!shown) return tl::unexpected(shown.error());
  if (shown->public_key.empty()) return fail(errc::identity_missing);
  const auto known = identity_public::parse(shown->public_key);
  if (!known) return tl::unexpected(known.error());
  auto opened = open_identity(shown->sealed_by_recovery, ring.account(), sealed_by::recovery_code,
                              recovery_code, *known);
  if (!opened) {
    return fail(opened.error().code, "the recovery code does not open the identity key");
  }
  auto wanted = request_for(*opened, ring.account(), keys, recovery_code);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto stored = talk.ask<done>(std::move(*wanted));
  if (!stored) return tl::unexpected(stored.error());
  return ring.adopt(std::move(*opened));
}

outcome<void> settle_identity(context& with, conversation& talk, const account_info& account,
                              const password_keys& keys) {
  auto kept = with.profile.login();
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return fail(errc::not_logged_in);
  wipe((*kept)->secret.token);
  auto ring = fresh_keyring(with, **kept);
  wipe((*kept)->archive_key);
  if (!ring) return tl::unexpected(ring.error());
  const auto shown = talk.ask<identity_shown>(get_identity{});
  if (!shown) return tl::unexpected(shown.error());
  const auto& mine = ring->identity();
  if (shown->public_key.empty()) {
    if (!mine) return make_own_identity(with, talk, *ring, account.name, keys);
    // The only copy that there is, perhaps: it is not exchanged for a new one.
    with.status.say("the server has lost this account's identity key; it gets it back from here");
    return put_own_identity(with, talk, account.id, account.name, keys, *mine);
  }
  const auto known = identity_public::parse(shown->public_key);
  if (!known) return tl::unexpected(known.error());
  auto opened = open_identity(shown->sealed_by_password, account.id, sealed_by::password,
                              keys.vault_key.view(), *known);
  if (opened) {
    const auto former = ring->was_own(opened->public_half().fingerprint().view());
    if (!former) return tl::unexpected(former.error());
    if (*former) {
      return fail(errc::identity_changed,
                  "the server gives back an identity key of yours that was replaced; it was set "
                  "back, or is not to be trusted");
    }
    if (mine && mine->public_half().fingerprint() != opened->public_half().fingerprint()) {
      with.status.say("this account's identity key was replaced elsewhere, and is taken over");
    }
    return ring->adopt(std::move(*opened));
  }
  with.status.say(
      "this password does not open the identity key: messages stay closed here until "
      "`uod identity recover` (by the recovery code) or `uod identity renew`");
  return {};
}

outcome<void> check_own_identity(conversation& talk, const keyring& ring) {
  const auto shown = talk.ask<identity_shown>(get_identity{});
  if (!shown) return tl::unexpected(shown.error());
  if (ring.identity() && ring.identity()->public_half().octets() == shown->public_key) return {};
  return fail(errc::identity_changed, "your own was replaced elsewhere: log in again first");
}

identity_resealer resealer_of(const keyring& ring) {
  return [identity = *ring.identity(), account = ring.account()](bytes_view vault_key) {
    return seal_identity(identity, account, sealed_by::password, vault_key);
  };
}

}  // namespace uod::client
