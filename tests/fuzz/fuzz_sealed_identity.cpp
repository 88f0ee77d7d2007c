// Method: any octets are taken for a sealed identity, for a private key and for a sealed blob.
// Rubbish never opens. As a private key it is refused or is one of ours, written again as a key of
// the same public half; sealed by us it comes back whole from a blob. It is also sealed as
// if it were a private key, so that opening gets as far as reading one: it must not come back as
// the key that was asked for. Seeds: the published ones.

#include "protocol/crypto_aead.hpp"
#include "protocol/crypto_hash.hpp"
#include "protocol/sealing/sealed_blob.hpp"
#include "protocol/sealing/sealed_identity.hpp"
#include "tests/fuzz/fuzz_sealing.hpp"

using namespace uod;

namespace {

const account_id alice = fuzz_id<account_id>(1);
const bytes secret(32, 's');

const identity_public& known() {
  static const auto made = make_identity();
  return made->public_half();
}

void judge_private(bytes_view octets) {
  const auto identity = identity_private::parse(octets);
  expect_told(identity);
  if (!identity) return;
  const auto written = identity->octets();
  UOD_EXPECT(written.has_value());
  const auto again = identity_private::parse(written->view());
  UOD_EXPECT(again && again->public_half().octets() == identity->public_half().octets());
  const auto& half = identity->public_half();
  UOD_EXPECT(identity_public::parse(half.octets()).has_value());
}

/// As `seal_identity` seals, around octets that are no private key.
void open_sealed(bytes_view octets) {
  const auto key =
      aead_key::from(hkdf_sha256(secret, alice.view(), "uod/1 identity by password", 32).view());
  bytes bound = "uod/1 sealed identity\1";
  bound.append(alice.view()).append(known().fingerprint().view());
  const auto sealed = key->seal("\1\1", bytes(12, 'n'), bound, octets);
  UOD_EXPECT(!open_identity(*sealed, alice, sealed_by::password, secret, known()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view octets{reinterpret_cast<const char*>(data), size};
  for (const auto kind : {sealed_by::password, sealed_by::recovery_code}) {
    const auto opened = open_identity(octets, alice, kind, secret, known());
    UOD_EXPECT(!opened);
    expect_told(opened);
  }
  judge_private(octets);
  open_sealed(octets);
  expect_told(open_blob(secret, "label", octets));
  const auto blob = seal_blob(secret, "label", octets);
  UOD_EXPECT(blob && open_blob(secret, "label", *blob)->view() == octets);
  return 0;
}
