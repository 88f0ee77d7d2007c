#include "protocol/codes.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <random>
#include <set>

#include "protocol/password.hpp"
#include "tests/protocol/hex.hpp"
#include "tests/protocol/random_seed.hpp"
#include "tests/protocol/vectors.hpp"

using namespace uod;

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code without what is there for the eye.
std::string bare_of(std::string shown) {
  std::erase(shown, '-');
  return shown;
}

outcome<std::string> read_mail_code(std::string_view typed) {
  return parse_code(typed, mail_code_characters, errc::code_wrong);
}

bool is_refused(std::string_view typed) {
  const auto read = read_mail_code(typed);
  return !read && read.error() == error{errc::code_wrong};
}

/// As somebody might type it: other case, O for 0, I or L for 1, spaces and hyphens anywhere.
std::string typed_by_hand(const std::string& bare, std::mt19937_64& engine) {
  std::string typed;
  for (char character : bare) {
    for (auto gaps = tests::draw(engine, 0, 2); gaps > 0; --gaps) {
      typed += " -"[tests::draw(engine, 0, 1)];
    }
    if (character == '0') character = "0O"[tests::draw(engine, 0, 1)];
    if (character == '1') character = "1IL"[tests::draw(engine, 0, 2)];
    const bool small = tests::draw(engine, 0, 1) == 1;
    typed +=
        small ? static_cast<char>(std::tolower(static_cast<unsigned char>(character))) : character;
  }
  return typed;
}

/// What is made reads back, by hand too, and is shown in groups of one size.
void check_made(const std::string& shown, std::size_t characters, std::size_t group,
                std::mt19937_64& engine) {
  const auto bare = bare_of(shown);
  BOOST_TEST(bare.size() == characters);
  BOOST_TEST((bare.find_first_not_of(alphabet) == bare.npos), shown);
  for (std::size_t at = 0; at < shown.size(); ++at) {
    if ((shown[at] == '-') != (at % (group + 1) == group)) BOOST_ERROR(shown << " at " << at);
  }
  for (const auto& typed : {shown, bare, typed_by_hand(bare, engine)}) {
    const auto read = parse_code(typed, characters, errc::code_wrong);
    BOOST_REQUIRE_MESSAGE(read, typed);
    BOOST_TEST(*read == bare);
  }
}

const account_id alice{make_uuid_v7(1, {})};
const account_id bob{make_uuid_v7(2, {})};
const bytes secret(32, 's');

}  // namespace

BOOST_AUTO_TEST_SUITE(codes)

// The expected values come from Python's hmac and hashlib: see tests/vectors/make_vectors.py.
BOOST_AUTO_TEST_CASE(published_vectors_hold) {
  const auto vectors = tests::read_vectors("codes.json");
  BOOST_TEST(vectors.at("read").size() >= 16u);
  for (const auto& vector : vectors.at("read")) {
    const auto bare = vector.at("bare").get<std::string>();
    const auto read =
        parse_code(vector.at("typed").get<std::string>(), bare.size(), errc::code_wrong);
    BOOST_REQUIRE_MESSAGE(read, vector.dump());
    BOOST_TEST(*read == bare);
  }
  BOOST_TEST(vectors.at("refused").size() >= 18u);
  for (const auto& vector : vectors.at("refused")) {
    BOOST_TEST(is_refused(vector.at("typed").get<std::string>()), vector.dump());
  }
  BOOST_TEST(vectors.at("mail").size() == 5u);
  for (const auto& vector : vectors.at("mail")) {
    const account_id account{*uuid_from_text(vector.at("account").get<std::string>())};
    const auto stored = stored_mail_code(
        tests::from_hex(vector.at("server_secret").get<std::string>()), account,
        vector.at("purpose").get<std::string>(), vector.at("code").get<std::string>());
    BOOST_TEST(tests::to_hex(stored) == vector.at("stored").get<std::string>());
  }
  BOOST_TEST(vectors.at("premium").size() == 2u);
  for (const auto& vector : vectors.at("premium")) {
    const auto stored = stored_premium_code(vector.at("code").get<std::string>());
    BOOST_TEST(tests::to_hex(stored) == vector.at("stored").get<std::string>());
  }
}

BOOST_AUTO_TEST_CASE(alice_copies_a_code_from_her_mail) {
  std::mt19937_64 engine{tests::random_seed("codes")};
  for (int i = 0; i < 500; ++i) {
    check_made(make_mail_code(), mail_code_characters, 5, engine);
    check_made(make_premium_code(), premium_code_characters, 4, engine);
  }
}

BOOST_AUTO_TEST_CASE(every_character_is_drawn_and_no_code_comes_twice) {
  std::set<std::string> seen;
  std::set<char> drawn;
  for (int i = 0; i < 1000; ++i) {
    const auto code = make_mail_code();
    drawn.insert(code.begin(), code.end());
    BOOST_TEST(seen.insert(code).second);
    BOOST_TEST(seen.insert(make_premium_code()).second);
  }
  // 10,000 draws: one of 32 characters is missing once in 10^136 runs.
  drawn.erase('-');
  BOOST_TEST(std::string(drawn.begin(), drawn.end()) == alphabet);
}

BOOST_AUTO_TEST_CASE(no_octet_but_the_alphabets_is_a_character) {
  const std::string read_as_one_of_them = "oOiIlL";
  int taken = 0;
  for (int octet = 0; octet < 256; ++octet) {
    const char character = static_cast<char>(octet);
    const auto read = read_mail_code(std::string(mail_code_characters, character));
    const char upper = static_cast<char>(octet < 128 ? std::toupper(octet) : octet);
    const bool legal = alphabet.find(upper) != alphabet.npos ||
                       read_as_one_of_them.find(character) != read_as_one_of_them.npos;
    BOOST_TEST(read.has_value() == legal, octet);
    if (!read) continue;
    ++taken;
    BOOST_TEST((read->find_first_not_of(alphabet) == read->npos), octet);
  }
  BOOST_TEST(taken == 60);  // 10 digits, and 26 letters without U in either case
}

BOOST_AUTO_TEST_CASE(codes_of_another_length_are_refused) {
  for (std::size_t length = 0; length <= 30; ++length) {
    const std::string typed(length, 'K');
    BOOST_TEST(read_mail_code(typed).has_value() == (length == mail_code_characters));
    BOOST_TEST(parse_code(typed, premium_code_characters, errc::code_wrong).has_value() ==
               (length == premium_code_characters));
  }
  BOOST_TEST(is_refused(make_premium_code()));
}

BOOST_AUTO_TEST_CASE(mallory_pastes_what_is_no_code) {
  using namespace std::string_view_literals;
  BOOST_TEST(is_refused(""));
  BOOST_TEST(is_refused("          "));
  BOOST_TEST(is_refused("----------"));
  BOOST_TEST(is_refused("K7QF2\0009XMRT"sv));
  BOOST_TEST(is_refused("K7QF2-9XMRT\0"sv));
  BOOST_TEST(is_refused("\0K7QF2-9XMRT"sv));
  BOOST_TEST(is_refused("\xff\xfe\xc0\x80"));
  BOOST_TEST(is_refused(std::string(65'536, 'K')));
  BOOST_TEST(is_refused(std::string(65'536, '\0')));
}

BOOST_AUTO_TEST_CASE(only_so_much_is_read_however_empty_it_is) {
  const std::string code = "K7QF2-9XMRT";
  BOOST_TEST(read_mail_code(std::string(256 - code.size(), ' ') + code).has_value());
  BOOST_TEST(is_refused(std::string(257 - code.size(), ' ') + code));
  BOOST_TEST(is_refused(code + std::string(65'536, '-')));
}

BOOST_AUTO_TEST_CASE(the_error_is_the_one_that_was_asked_for) {
  const auto none = parse_code("K7QF", premium_code_characters, errc::premium_code_invalid);
  BOOST_REQUIRE(!none);
  // Without a detail: what somebody typed belongs in no log.
  BOOST_TEST((none.error() == error{errc::premium_code_invalid}));
}

BOOST_AUTO_TEST_CASE(a_code_is_stored_for_one_account_one_purpose_and_one_server) {
  const std::string bare = "K7QF29XMRT";
  const auto stored = stored_mail_code(secret, alice, "unlock", bare);
  BOOST_TEST(stored.size() == 32u);
  BOOST_TEST(stored == stored_mail_code(secret, alice, "unlock", bare));
  BOOST_TEST(stored != stored_mail_code(secret, bob, "unlock", bare));
  BOOST_TEST(stored != stored_mail_code(secret, alice, "reset", bare));
  BOOST_TEST(stored != stored_mail_code(secret, alice, "", bare));
  BOOST_TEST(stored != stored_mail_code(bytes(32, 't'), alice, "unlock", bare));
  BOOST_TEST(stored != stored_mail_code(secret, alice, "unlock", "K7QF29XMRV"));
  // What ends the purpose and begins the code is no matter of taste.
  BOOST_TEST(stored != stored_mail_code(secret, alice, "unlockK", "7QF29XMRT"));
}

BOOST_AUTO_TEST_CASE(a_premium_code_is_stored_as_one_hash_everywhere) {
  const std::string bare = "4J8Q0ZKD7M1NPXW3C5VT9RBH";
  const auto stored = stored_premium_code(bare);
  BOOST_TEST(stored.size() == 32u);
  BOOST_TEST(stored == stored_premium_code(bare));
  BOOST_TEST(stored != stored_premium_code("4J8Q0ZKD7M1NPXW3C5VT9RBJ"));
  BOOST_TEST(stored != stored_token(bare));  // a token is no code, whatever it spells
}

BOOST_AUTO_TEST_SUITE_END()
