// Method: any octets are taken for a public key. What is accepted must be written as it was read,
// have the one length there is, and be good to seal for and to ask for signatures: sealing gives a
// block or an error, and verifying finds that a block of rubbish is no signature. Seeds: the
// published identities, and spoilt ones.

#include "protocol/crypto_identity.hpp"
#include "tests/fuzz/fuzz_sealing.hpp"

using namespace uod;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view octets{reinterpret_cast<const char*>(data), size};
  const auto key = identity_public::parse(octets);
  expect_told(key);
  if (!key) return 0;
  UOD_EXPECT(size == identity_public_octets && key->octets() == octets);
  const auto again = identity_public::parse(key->octets());
  UOD_EXPECT(again && again->fingerprint() == key->fingerprint());
  // A modulus of anybody's choice may not be good to compute with, but does no harm.
  const auto sealed = key->seal_for("secret", "label");
  UOD_EXPECT(sealed ? sealed->size() == identity_block_octets
                    : sealed.error().code == errc::internal);
  UOD_EXPECT(!key->verify("text", bytes(identity_block_octets, '\1')));
  return 0;
}
