#include "protocol/sealing/sealed_identity.hpp"

#include "protocol/crypto_aead.hpp"
#include "protocol/crypto_hash.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/octets.hpp"

namespace uod {
namespace {

outcome<aead_key> sealing_key(const account_id& account, sealed_by kind, bytes_view secret) {
  const bytes_view label = kind == sealed_by::password ? "uod/1 identity by password"
                                                       : "uod/1 identity by recovery code";
  return aead_key::from(hkdf_sha256(secret, account.view(), label, aead_key_octets).view());
}

bytes bound_to(const account_id& account, sealed_by kind, const identity_public& known) {
  bytes bound = "uod/1 sealed identity";
  bound.push_back(static_cast<char>(kind));
  bound.append(account.view()).append(known.fingerprint().view());
  return bound;
}

}  // namespace

outcome<bytes> seal_identity(const identity_private& identity, const account_id& account,
                             sealed_by kind, bytes_view secret) {
  const auto key = sealing_key(account, kind, secret);
  if (!key) return tl::unexpected(key.error());
  const auto octets = identity.octets();
  if (!octets) return tl::unexpected(octets.error());
  return key->seal({sealing::version, static_cast<char>(kind)}, random_bytes(aead_nonce_octets),
                   bound_to(account, kind, identity.public_half()), octets->view());
}

outcome<identity_private> open_identity(bytes_view sealed, const account_id& account,
                                        sealed_by kind, bytes_view secret,
                                        const identity_public& known) {
  if (const auto good = sealing::check_version(sealed); !good) return tl::unexpected(good.error());
  if (sealed.size() < 2 || sealed.size() > sealed_identity_octets_max ||
      sealed[1] != static_cast<char>(kind)) {
    return fail(errc::sealed_damaged);
  }
  const auto key = sealing_key(account, kind, secret);
  if (!key) return tl::unexpected(key.error());
  const auto octets = key->open(sealed.substr(2), bound_to(account, kind, known));
  if (!octets) return tl::unexpected(octets.error());
  auto identity = identity_private::parse(octets->view());
  if (!identity) return identity;
  if (identity->public_half().octets() != known.octets()) return fail(errc::identity_changed);
  // A key whose secret numbers do not fit its public ones would seal and sign for nobody.
  constexpr bytes_view proof = "uod/1 identity proof";
  const auto signature = identity->sign(proof);
  if (!signature || !known.verify(proof, *signature)) return fail(errc::sealed_damaged);
  return identity;
}

}  // namespace uod
