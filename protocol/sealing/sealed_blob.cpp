#include "protocol/sealing/sealed_blob.hpp"

#include "protocol/crypto_aead.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/octets.hpp"

namespace uod {
namespace {

bytes bound_to(bytes_view label) { return bytes("uod/1 local").append(label); }

}  // namespace

outcome<bytes> seal_blob(bytes_view key, bytes_view label, bytes_view plaintext) {
  const auto made = aead_key::from(key);
  if (!made) return tl::unexpected(made.error());
  return made->seal({sealing::version}, random_bytes(aead_nonce_octets), bound_to(label),
                    plaintext);
}

outcome<secret_bytes> open_blob(bytes_view key, bytes_view label, bytes_view sealed) {
  if (const auto good = sealing::check_version(sealed); !good) return tl::unexpected(good.error());
  const auto made = aead_key::from(key);
  if (!made) return tl::unexpected(made.error());
  return made->open(sealed.substr(1), bound_to(label));
}

}  // namespace uod
