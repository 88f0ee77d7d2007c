#include "protocol/crypto_identity.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <boost/test/unit_test.hpp>

#include "protocol/crypto_aead.hpp"
#include "protocol/crypto_hash.hpp"
#include "protocol/sealing/recovery_code.hpp"
#include "protocol/sealing/sealed_identity.hpp"
#include "protocol/tls_handles.hpp"
#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

namespace {

const bytes vault_key(32, 'v');

bytes spki_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key, &der);
  bytes octets(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return octets;
}

/// An RSA key of other numbers than ours.
openssl::key_ptr other_rsa(int bits, unsigned exponent) {
  const std::unique_ptr<EVP_PKEY_CTX, openssl::releaser<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const openssl::number_ptr number(BN_new());
  BN_set_word(number.get(), exponent);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits);
  EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), number.get());
  EVP_PKEY_generate(context.get(), &key);
  return openssl::key_ptr(key);
}

bytes sealed_by_password() {
  return must(seal_identity(alice().identity, alice().account, sealed_by::password, vault_key));
}

outcome<identity_private> opened(bytes_view sealed, bytes_view secret = vault_key,
                                 sealed_by kind = sealed_by::password) {
  return open_identity(sealed, alice().account, kind, secret, alice().identity.public_half());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(identity)

BOOST_AUTO_TEST_CASE(alice_seals_a_secret_that_only_bob_opens) {
  const auto sealed = must(bob().identity.public_half().seal_for("secret", "label"));
  BOOST_TEST(sealed.size() == identity_block_octets);
  BOOST_TEST(must(bob().identity.open(sealed, "label")).view() == "secret");
  BOOST_TEST((why(bob().identity.open(sealed, "another label")) == errc::sealed_damaged));
  BOOST_TEST((why(bob().identity.open(sealed, "")) == errc::sealed_damaged));
  BOOST_TEST((why(alice().identity.open(sealed, "label")) == errc::sealed_damaged));
  BOOST_TEST((why(bob().identity.open("", "label")) == errc::sealed_damaged));
  BOOST_TEST((why(bob().identity.open(sealed + "x", "label")) == errc::sealed_damaged));
  BOOST_TEST(must(bob().identity.public_half().seal_for("secret", "label")) != sealed);
}

BOOST_AUTO_TEST_CASE(everybody_can_verify_what_bob_signed) {
  const auto signature = must(bob().identity.sign("text"));
  const auto& known = bob().identity.public_half();
  BOOST_TEST(known.verify("text", signature));
  BOOST_TEST(!known.verify("texts", signature));
  BOOST_TEST(!known.verify("text", ""));
  BOOST_TEST(!known.verify("text", signature + "x"));
  BOOST_TEST(!alice().identity.public_half().verify("text", signature));
  for (std::size_t at = 0; at < signature.size(); ++at) {
    if (known.verify("text", changed(signature, at))) BOOST_ERROR("changed at " << at);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_left_in_the_queue_that_tls_looks_into) {
  const auto sealed = changed(sealed_by_password(), 40);
  const auto leaves_nothing = [](auto act) {
    ERR_clear_error();
    (void)act();
    return ERR_peek_error() == 0;
  };
  BOOST_TEST(leaves_nothing([] { return bob().identity.open(bytes(384, 'x'), "label"); }));
  BOOST_TEST(
      leaves_nothing([] { return bob().identity.public_half().verify("text", bytes(384, 'x')); }));
  BOOST_TEST(leaves_nothing([] { return identity_public::parse(bytes(422, 'x')); }));
  BOOST_TEST(leaves_nothing([] { return identity_private::parse("x"); }));
  BOOST_TEST(leaves_nothing([&] { return opened(sealed); }));
}

BOOST_AUTO_TEST_CASE(a_public_key_has_one_form_and_one_fingerprint) {
  const auto& octets = alice().identity.public_half().octets();
  BOOST_TEST(octets.size() == identity_public_octets);
  const auto read = must(identity_public::parse(octets));
  BOOST_TEST(read.octets() == octets);
  BOOST_TEST(read.fingerprint().view() == sha256(octets));
  BOOST_TEST(to_text(read.fingerprint()) == shown_fingerprint(sha256(octets)));
  BOOST_TEST((why(identity_public::parse(octets + "x")) == errc::sealed_damaged));
  for (std::size_t length = 0; length < octets.size(); ++length) {
    if (identity_public::parse(octets.substr(0, length))) BOOST_ERROR("cut to " << length);
  }
}

BOOST_AUTO_TEST_CASE(a_changed_public_key_is_none_or_another) {
  const auto& octets = alice().identity.public_half().octets();
  int others = 0;
  for (std::size_t at = 0; at < octets.size(); ++at) {
    const auto other = identity_public::parse(changed(octets, at));
    if (!other) continue;
    ++others;
    BOOST_TEST((other->fingerprint() != alice().identity.public_half().fingerprint()));
  }
  // All but 384 octets of the modulus are fixed by the form.
  BOOST_TEST(others <= 384);
}

BOOST_AUTO_TEST_CASE(a_key_of_other_numbers_or_kind_is_refused) {
  for (const auto& [bits, exponent] : {std::pair{2048, 65'537U}, std::pair{3071, 65'537U},
                                       std::pair{3072, 65'539U}, std::pair{3072, 3U}}) {
    const auto key = other_rsa(bits, exponent);
    BOOST_REQUIRE(key);
    BOOST_TEST((why(identity_public::parse(spki_of(key.get()))) == errc::sealed_damaged), bits);
  }
  const openssl::key_ptr curve(EVP_EC_gen("P-256"));
  BOOST_TEST((why(identity_public::parse(spki_of(curve.get()))) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(a_private_key_is_written_and_read) {
  const auto octets = must(alice().identity.octets());
  BOOST_TEST(octets.size() <= identity_private_octets_max);
  const auto read = must(identity_private::parse(octets.view()));
  BOOST_TEST(read.public_half().octets() == alice().identity.public_half().octets());
  BOOST_TEST((must(read.octets()).view() == octets.view()));
  BOOST_TEST((why(identity_private::parse(bytes(octets.view()) + "x")) == errc::sealed_damaged));
  BOOST_TEST((why(identity_private::parse("")) == errc::sealed_damaged));
  BOOST_TEST((why(identity_private::parse(bytes(4'000, '0'))) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(a_new_device_of_alices_gets_her_key_by_password) {
  const auto sealed = sealed_by_password();
  BOOST_TEST(sealed.size() <= sealed_identity_octets_max);
  BOOST_TEST(must(opened(sealed)).public_half().octets() ==
             alice().identity.public_half().octets());
  BOOST_TEST(sealed_by_password() != sealed);
}

BOOST_AUTO_TEST_CASE(alice_lost_her_password_and_has_her_recovery_code) {
  const auto code = make_recovery_code();
  const auto sealed =
      must(seal_identity(alice().identity, alice().account, sealed_by::recovery_code, code.view()));
  const auto typed = must(parse_recovery_code(show_recovery_code(code.view())));
  BOOST_TEST(opened(sealed, typed.view(), sealed_by::recovery_code).has_value());
  // The same secret under the other name opens nothing, nor does a kind that was changed.
  BOOST_TEST((why(opened(sealed, typed.view())) == errc::sealed_damaged));
  auto renamed = sealed;
  renamed[1] = static_cast<char>(sealed_by::password);
  BOOST_TEST((why(opened(renamed, typed.view())) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(no_octet_of_a_sealed_identity_can_change) {
  const auto sealed = sealed_by_password();
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    if (opened(changed(sealed, at))) BOOST_ERROR("changed at " << at);
  }
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    if (opened(bytes_view(sealed).substr(0, length))) BOOST_ERROR("cut to " << length);
  }
  BOOST_TEST((why(opened(sealed + "x")) == errc::sealed_damaged));
  auto newer = sealed;
  newer[0] = 2;
  BOOST_TEST((why(opened(newer)) == errc::sealed_by_newer));
}

BOOST_AUTO_TEST_CASE(the_server_cannot_hand_out_a_key_for_another_account) {
  const auto sealed = sealed_by_password();
  const auto& known = alice().identity.public_half();
  BOOST_TEST((why(opened(sealed, bytes(32, 'w'))) == errc::sealed_damaged));
  BOOST_TEST((why(open_identity(sealed, bob().account, sealed_by::password, vault_key, known)) ==
              errc::sealed_damaged));
  BOOST_TEST((why(open_identity(sealed, alice().account, sealed_by::password, vault_key,
                                bob().identity.public_half())) == errc::sealed_damaged));
}

// Whoever knows her password, and hopes that her device takes whatever key that opens.
BOOST_AUTO_TEST_CASE(another_key_in_alices_place_is_noticed) {
  const auto& known = alice().identity.public_half();
  const auto key = must(aead_key::from(
      hkdf_sha256(vault_key, alice().account.view(), "uod/1 identity by password", 32).view()));
  bytes bound = "uod/1 sealed identity\1";
  bound.append(alice().account.view()).append(known.fingerprint().view());
  const auto sealed = [&](bytes_view octets) {
    return must(key.seal("\1\1", bytes(12, 'n'), bound, octets));
  };
  BOOST_TEST(opened(sealed(must(alice().identity.octets()).view())).has_value());
  BOOST_TEST(
      (why(opened(sealed(must(mallory().identity.octets()).view()))) == errc::identity_changed));
  // Her public numbers with other secret ones: an octet of d, and one of d mod (p - 1), because
  // the one stands in for the other.
  const auto spoilt = changed(changed(bytes(must(alice().identity.octets()).view()), 600), 1'300);
  BOOST_REQUIRE(identity_private::parse(spoilt));
  BOOST_TEST(!opened(sealed(spoilt)));
}

BOOST_AUTO_TEST_SUITE_END()
