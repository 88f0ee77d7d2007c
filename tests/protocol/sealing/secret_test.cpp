#include "protocol/crypto_secret.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/crypto_aead.hpp"
#include "protocol/crypto_hash.hpp"
#include "protocol/password.hpp"
#include "tests/protocol/hex.hpp"
#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

BOOST_AUTO_TEST_SUITE(secret)

BOOST_AUTO_TEST_CASE(a_secret_moves_and_leaves_nothing_behind) {
  auto one = secret_bytes::copy_of("secret");
  const auto copy = one.copy();
  const secret_bytes other = std::move(one);
  BOOST_TEST(one.empty());
  BOOST_TEST(one.view().empty());
  BOOST_TEST(other.view() == "secret");
  BOOST_TEST(copy.view() == "secret");
  auto replaced = secret_bytes::copy_of("older");
  replaced = secret_bytes::copy_of("newer secret");
  BOOST_TEST(replaced.view() == "newer secret");
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_is_wiped) {
  auto secret = secret_bytes::copy_of("secret");
  const char* const octets = secret.data();
  secret.cut(2);
  BOOST_TEST(secret.view() == "se");
  BOOST_TEST(bytes_view(octets, 6) == bytes_view("se\0\0\0\0", 6));
  secret.cut(100);
  BOOST_TEST(secret.size() == 2u);
}

BOOST_AUTO_TEST_CASE(random_secrets_differ) {
  BOOST_TEST(random_secret(32).size() == 32u);
  BOOST_TEST(random_secret(32).view() != random_secret(32).view());
}

// RFC 5869, A.1 and A.3; FIPS 180-4's "abc".
BOOST_AUTO_TEST_CASE(hashes_are_those_of_their_documents) {
  BOOST_TEST(
      to_hex(hkdf_sha256(bytes(22, '\x0b'), from_hex("000102030405060708090a0b0c"),
                         from_hex("f0f1f2f3f4f5f6f7f8f9"), 42)
                 .view()) ==
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  BOOST_TEST(
      to_hex(hkdf_sha256(bytes(22, '\x0b'), {}, {}, 42).view()) ==
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  BOOST_TEST(to_hex(sha256("abc")) ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(to_hex(sha512("abc")).substr(0, 32) == "ddaf35a193617abacc417349ae204131");
}

BOOST_AUTO_TEST_CASE(a_key_or_nonce_of_another_length_is_refused) {
  for (const std::size_t size : {0, 16, 31, 33}) {
    BOOST_TEST((why(aead_key::from(bytes(size, 'k'))) == errc::internal));
  }
  const auto key = must(aead_key::from(bytes(32, 'k')));
  BOOST_TEST((why(key.seal({}, bytes(11, 'n'), {}, "hello")) == errc::internal));
}

// One context serves many messages: a failure must not spoil what comes after it.
BOOST_AUTO_TEST_CASE(a_key_goes_on_after_a_forgery) {
  const auto key = must(aead_key::from(bytes(32, 'k')));
  for (const std::size_t size : {0, 1, 15, 16, 17, 70'000}) {
    const bytes plaintext(size, 'p');
    const auto sealed = must(key.seal("head", bytes(12, 'n'), "bound", plaintext));
    BOOST_TEST(sealed.size() == 4 + size + aead_overhead_octets);
    const auto behind_head = bytes_view(sealed).substr(4);
    BOOST_TEST((why(key.open(changed(bytes(behind_head), 13), "bound")) == errc::sealed_damaged));
    BOOST_TEST((why(key.open(behind_head, "else")) == errc::sealed_damaged));
    BOOST_TEST((must(key.open(behind_head, "bound")).view() == plaintext));
  }
}

BOOST_AUTO_TEST_SUITE_END()
