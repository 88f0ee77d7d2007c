#include "protocol/password.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "protocol/common_passwords.hpp"
#include "tests/protocol/hex.hpp"
#include "tests/protocol/vectors.hpp"

using namespace uod;

namespace {

constexpr argon2_parameters cheap = argon2_weakest;
const bytes some_salt = "0123456789abcdef";

std::string octets(const nlohmann::json& hex) { return tests::from_hex(hex.get<std::string>()); }

template <class Derived>
errc refusal(const Derived& derived) {
  return derived ? errc::wrong_credentials : derived.error().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(password)

// The expected values come from python3-argon2 and python3-cryptography: see
// tests/vectors/make_vectors.py.
BOOST_AUTO_TEST_CASE(published_vectors_hold) {
  const auto vectors = tests::read_vectors("password.json");
  BOOST_TEST(vectors.at("passwords").size() == 5u);
  for (const auto& vector : vectors.at("passwords")) {
    const auto key = derive_auth_key(
        vector.at("password").get<std::string>(), octets(vector.at("salt")),
        {vector.at("memory_kib").get<std::uint32_t>(), vector.at("passes").get<std::uint32_t>()});
    BOOST_REQUIRE(key);
    BOOST_TEST(tests::to_hex(*key) == vector.at("auth_key").get<std::string>());
    const auto both = derive_password_keys(
        vector.at("password").get<std::string>(), octets(vector.at("salt")),
        {vector.at("memory_kib").get<std::uint32_t>(), vector.at("passes").get<std::uint32_t>()});
    BOOST_REQUIRE(both);
    BOOST_TEST(both->auth_key.view() == *key);
    BOOST_TEST(tests::to_hex(both->vault_key.view()) == vector.at("vault_key").get<std::string>());
    const account_id account{*uuid_from_text(vector.at("account").get<std::string>())};
    BOOST_TEST(tests::to_hex(stored_auth_key(account, *key)) ==
               vector.at("stored").get<std::string>());
  }
  BOOST_TEST(vectors.at("made_up_salts").size() == 2u);
  for (const auto& vector : vectors.at("made_up_salts")) {
    BOOST_TEST(tests::to_hex(made_up_salt(octets(vector.at("server_secret")),
                                          vector.at("name_key").get<std::string>())) ==
               vector.at("salt").get<std::string>());
  }
  BOOST_TEST(vectors.at("tokens").size() == 2u);
  for (const auto& vector : vectors.at("tokens")) {
    BOOST_TEST(tests::to_hex(stored_token(octets(vector.at("token")))) ==
               vector.at("stored").get<std::string>());
  }
}

BOOST_AUTO_TEST_CASE(zoe_logs_in_from_either_keyboard) {
  const auto composed = derive_auth_key("Zo\u00eb's secret", some_salt, cheap);
  const auto decomposed = derive_auth_key("Zoe\u0308's secret", some_salt, cheap);
  BOOST_TEST((composed.value() == decomposed.value()));
  BOOST_TEST((composed.value() != derive_auth_key("Zoe's secret", some_salt, cheap).value()));
}

BOOST_AUTO_TEST_CASE(the_same_key_is_stored_differently_for_alice_and_bob) {
  const bytes key(auth_key_octets, 'k');
  const account_id alice{make_uuid_v7(1, {})};
  const account_id bob{make_uuid_v7(2, {})};
  BOOST_TEST(stored_auth_key(alice, key) != stored_auth_key(bob, key));
  BOOST_TEST(stored_auth_key(alice, key) != key);
}

BOOST_AUTO_TEST_CASE(a_hostile_server_gets_no_cheap_key_and_cannot_exhaust_the_client) {
  const auto refused = [](std::uint32_t memory_kib, std::uint32_t passes) {
    return !acceptable({memory_kib, passes}) &&
           refusal(derive_auth_key("secret secret", some_salt, {memory_kib, passes})) ==
               errc::parameters_weak;
  };
  BOOST_TEST(refused(0, 0));
  BOOST_TEST(refused(8 * 1024 - 1, 1));
  BOOST_TEST(refused(8 * 1024, 0));
  BOOST_TEST(refused(1024 * 1024 + 1, 1));
  BOOST_TEST(refused(8 * 1024, 17));
  BOOST_TEST(refused(0xffffffff, 0xffffffff));
  BOOST_TEST(acceptable(argon2_weakest));
  BOOST_TEST(acceptable(argon2_default));
  BOOST_TEST(acceptable(argon2_strongest));
}

BOOST_AUTO_TEST_CASE(a_salt_of_another_length_is_refused) {
  for (const std::size_t count : {0, 1, 15, 17, 64}) {
    BOOST_TEST(
        (refusal(derive_auth_key("secret secret", bytes(count, 's'), cheap)) == errc::malformed));
  }
}

BOOST_AUTO_TEST_CASE(bad_passwords_are_refused_before_the_work) {
  BOOST_TEST((refusal(derive_auth_key("\xff\xff", some_salt, cheap)) == errc::text_invalid));
  BOOST_TEST(
      (refusal(derive_auth_key(std::string(1025, 'x'), some_salt, cheap)) == errc::too_large));
  BOOST_TEST(derive_auth_key(std::string(1024, 'x'), some_salt, cheap).has_value());
}

BOOST_AUTO_TEST_CASE(a_new_password_has_eight_characters_of_any_script) {
  BOOST_TEST(check_new_password("alicebob").has_value());
  BOOST_TEST(check_new_password("\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d").has_value());
  BOOST_TEST(check_new_password(std::string(1024, 'x')).has_value());
  BOOST_TEST((refusal(check_new_password("")) == errc::password_weak));
  BOOST_TEST((refusal(check_new_password("1234567")) == errc::password_weak));
  // Nine octets, three characters; eight code points, four composed characters.
  BOOST_TEST((refusal(check_new_password("\u4e2d\u4e2d\u4e2d")) == errc::password_weak));
  BOOST_TEST((refusal(check_new_password("e\u0308e\u0308e\u0308e\u0308")) == errc::password_weak));
  BOOST_TEST((refusal(check_new_password(std::string(1025, 'x'))) == errc::password_weak));
  BOOST_TEST((refusal(check_new_password("12345678\xff")) == errc::text_invalid));
}

BOOST_AUTO_TEST_CASE(a_new_password_is_none_that_everybody_tries_first) {
  BOOST_TEST(std::ranges::count(common_passwords, '\n') > 3'000);  // OWASP ASVS 5.0, 6.2.4
  for (const char* common : {"password", "PassWord", "12345678", "1234567890", "iloveyou",
                             "football", "trustno1", "password1", "qwertyuiop"}) {
    const auto judged = check_new_password(common);
    BOOST_TEST((refusal(judged) == errc::password_weak), common);
  }
  // What only holds one is judged by whoever chose it.
  for (const char* other : {"password of Alice", "xpasswordx"}) {
    BOOST_TEST(check_new_password(other).has_value(), other);
  }
}

BOOST_AUTO_TEST_CASE(mallory_cannot_tell_who_exists_by_asking_twice) {
  const bytes secret(32, 's');
  BOOST_TEST(made_up_salt(secret, "nobody") == made_up_salt(secret, "nobody"));
  BOOST_TEST(made_up_salt(secret, "nobody") != made_up_salt(secret, "somebody"));
  BOOST_TEST(made_up_salt(secret, "nobody") != made_up_salt(bytes(32, 't'), "nobody"));
  BOOST_TEST(made_up_salt(secret, "nobody").size() == salt_octets);
}

BOOST_AUTO_TEST_CASE(octets_are_compared) {
  BOOST_TEST(equal_in_constant_time("", ""));
  BOOST_TEST(equal_in_constant_time("abc", "abc"));
  BOOST_TEST(!equal_in_constant_time("abc", "abd"));
  BOOST_TEST(!equal_in_constant_time("abc", "ab"));
  BOOST_TEST(!equal_in_constant_time("", "a"));
}

BOOST_AUTO_TEST_CASE(random_octets_do_not_come_twice) {
  std::set<bytes> seen;
  for (int i = 0; i < 100; ++i) {
    const auto token = random_bytes(token_octets);
    BOOST_TEST(token.size() == token_octets);
    BOOST_TEST(seen.insert(token).second);
  }
  BOOST_TEST(random_bytes(0).empty());
}

BOOST_AUTO_TEST_CASE(a_wiped_secret_is_gone_from_its_memory) {
  std::string secret(64, 's');
  const char* memory = secret.data();
  secret.resize(40);  // the tail still holds an earlier value
  wipe(secret);
  BOOST_TEST(secret.empty());
  // The string keeps its buffer, so it may be looked at.
  BOOST_REQUIRE((secret.data() == memory));
  BOOST_TEST(std::count(memory, memory + 64, '\0') == 64);
}

BOOST_AUTO_TEST_SUITE_END()
