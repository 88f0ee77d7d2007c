// The expected values come from Python and python3-cryptography: see
// tests/vectors/make_sealing_vectors.py.

#include "tests/protocol/vectors.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/crypto_hash.hpp"
#include "protocol/sealing/recovery_code.hpp"
#include "protocol/sealing/safety_number.hpp"
#include "protocol/sealing/sealed_blob.hpp"
#include "protocol/sealing/sealed_file.hpp"
#include "protocol/sealing/sealed_identity.hpp"
#include "tests/protocol/hex.hpp"
#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;
using nlohmann::json;

namespace {

const json& published() {
  static const json read = read_vectors("sealing.json");
  return read;
}

const json& refused() {
  static const json read = read_vectors("sealing_refused.json");
  return read;
}

bytes octets(const json& vector, const char* field) {
  return from_hex(vector.at(field).get<std::string>());
}

template <class Id>
Id id(const json& vector, const char* field) {
  return Id{*uuid_from_text(vector.at(field).get<std::string>())};
}

person published_person(std::size_t number) {
  const auto& vector = published().at("identities").at(number);
  return {id<account_id>(vector, "account"),
          must(identity_private::parse(octets(vector, "private")))};
}

/// As Bob takes a record: he knows Alice's key.
outcome<chat_key> taken_by_bob(bytes_view record) {
  static const auto she = published_person(0);
  static const auto he = published_person(1);
  const auto read = parse_chat_key(record);
  if (!read) return tl::unexpected(read.error());
  if (auto good = verify_chat_key(*read, she.identity.public_half()); !good) {
    return tl::unexpected(good.error());
  }
  return open_chat_key(*read, he.account, he.identity);
}

const chat_key& first_key() {
  static const auto key = must(taken_by_bob(octets(published().at("chat_keys").at(0), "record")));
  return key;
}

outcome<content> opened(const json& vector) {
  return open_message(first_key(),
                      {first_key().chat(), first_key().maker(), id<message_id>(vector, "id")},
                      octets(vector, "sealed"));
}

std::string name_of(errc code) { return std::string(code_name(code)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(sealing_vectors)

BOOST_AUTO_TEST_CASE(identities_are_read) {
  BOOST_TEST(published().at("identities").size() == 2u);
  for (const auto& vector : published().at("identities")) {
    const auto known = must(identity_public::parse(octets(vector, "public")));
    BOOST_TEST(to_hex(known.fingerprint().view()) == vector.at("fingerprint").get<std::string>());
    const auto identity = must(identity_private::parse(octets(vector, "private")));
    BOOST_TEST(identity.public_half().octets() == known.octets());
    BOOST_TEST((must(identity.octets()).view() == octets(vector, "private")));
  }
}

BOOST_AUTO_TEST_CASE(sealed_identities_are_opened) {
  BOOST_TEST(published().at("sealed_identities").size() == 2u);
  const auto she = published_person(0);
  for (const auto& vector : published().at("sealed_identities")) {
    const auto kind = static_cast<sealed_by>(vector.at("kind").get<int>());
    BOOST_TEST(open_identity(octets(vector, "sealed"), id<account_id>(vector, "account"), kind,
                             octets(vector, "secret"), she.identity.public_half())
                   .has_value());
  }
}

BOOST_AUTO_TEST_CASE(recovery_codes_are_shown_and_read) {
  BOOST_TEST(published().at("recovery_codes").size() == 4u);
  for (const auto& vector : published().at("recovery_codes")) {
    const auto shown = vector.at("shown").get<std::string>();
    BOOST_TEST(show_recovery_code(octets(vector, "octets")) == shown);
    BOOST_TEST((must(parse_recovery_code(shown)).view() == octets(vector, "octets")));
  }
  BOOST_TEST(refused().at("recovery_codes").size() == 6u);
  for (const auto& vector : refused().at("recovery_codes")) {
    BOOST_TEST((why(parse_recovery_code(vector.at("typed").get<std::string>())) ==
                errc::recovery_code_invalid),
               vector.dump());
  }
}

BOOST_AUTO_TEST_CASE(chat_keys_are_opened) {
  BOOST_TEST(published().at("chat_keys").size() == 2u);
  for (const auto& vector : published().at("chat_keys")) {
    const auto octets_given = octets(vector, "record");
    const auto record = must(parse_chat_key(octets_given));
    BOOST_TEST(
        (record.about == chat_key_about{id<chat_id>(vector, "chat"), id<epoch_id>(vector, "epoch"),
                                        id<account_id>(vector, "maker"),
                                        vector.at("made_at_ms").get<std::uint64_t>(),
                                        id<epoch_id>(vector, "previous_epoch"),
                                        vector.at("previous_count").get<std::uint32_t>()}));
    BOOST_TEST(encode_chat_key(record) == octets_given);
    BOOST_TEST((must(taken_by_bob(octets_given)).octets() == octets(vector, "key")));
  }
  BOOST_TEST(refused().at("chat_keys").size() == 16u);
  for (const auto& vector : refused().at("chat_keys")) {
    BOOST_TEST(name_of(why(taken_by_bob(octets(vector, "record")))) ==
                   vector.at("error").get<std::string>(),
               vector.at("why"));
  }
}

BOOST_AUTO_TEST_CASE(messages_are_opened) {
  BOOST_TEST(published().at("messages").size() == 2u);
  for (const auto& vector : published().at("messages")) {
    BOOST_TEST(must(parse_sealed_message(octets(vector, "sealed"))).counter ==
               vector.at("counter").get<std::uint32_t>());
    const auto inside = must(opened(vector));
    BOOST_TEST((must(encode_content(inside)).view() == octets(vector, "content")));
    if (vector.at("type") == "text") {
      BOOST_TEST(std::get<text_content>(inside).text == vector.at("text").get<std::string>());
      continue;
    }
    const auto& file = std::get<file_content>(inside);
    BOOST_TEST((file.id == id<file_id>(vector, "file")));
    BOOST_TEST((file.key.view() == octets(vector, "file_key")));
    BOOST_TEST(file.size == vector.at("size").get<std::uint64_t>());
    BOOST_TEST(file.name == vector.at("name").get<std::string>());
  }
  BOOST_TEST(refused().at("messages").size() == 5u);
  for (const auto& vector : refused().at("messages")) {
    BOOST_TEST(name_of(why(opened(vector))) == vector.at("error").get<std::string>(),
               vector.at("why"));
  }
  BOOST_TEST(refused().at("contents").size() == 16u);
  for (const auto& vector : refused().at("contents")) {
    BOOST_TEST(name_of(why(parse_content(octets(vector, "content")))) ==
                   vector.at("error").get<std::string>(),
               vector.at("why"));
  }
}

BOOST_AUTO_TEST_CASE(files_are_opened) {
  BOOST_TEST(published().at("files").size() == 3u);
  for (const auto& vector : published().at("files")) {
    const auto key = octets(vector, "key");
    const auto size = vector.at("size").get<std::uint64_t>();
    const auto index = vector.at("index").get<std::uint64_t>();
    const auto file = must(file_sealer::from(id<file_id>(vector, "file"), key, size));
    if (vector.contains("sealed")) {
      const auto plaintext = must(file.open(index, octets(vector, "sealed")));
      BOOST_TEST((plaintext.view() == octets(vector, "plaintext")));
      continue;
    }
    // 65 kB are told by their hashes: with the nonce given, sealing is the same each time.
    bytes plaintext;
    for (std::size_t at = 0; at < file_segment_octets; ++at) {
      plaintext += static_cast<char>(at % 251);
    }
    BOOST_TEST(to_hex(sha256(plaintext)) == vector.at("plaintext_sha256").get<std::string>());
    const auto bound = bytes("uod/1 file").append(id<file_id>(vector, "file").view()) +
                       bytes(5, '\0');  // index 0, not the last
    const auto sealed =
        must(must(aead_key::from(key)).seal({}, octets(vector, "nonce"), bound, plaintext));
    BOOST_TEST(to_hex(sha256(sealed)) == vector.at("sealed_sha256").get<std::string>());
    BOOST_TEST((must(file.open(index, sealed)).view() == plaintext));
  }
}

BOOST_AUTO_TEST_CASE(safety_numbers_and_blobs_hold) {
  BOOST_TEST(published().at("safety_numbers").size() == 1u);
  for (const auto& vector : published().at("safety_numbers")) {
    const auto side = [&](const char* account, const char* fingerprint) {
      return safety_side{id<account_id>(vector, account),
                         *key_fingerprint::from_octets(octets(vector, fingerprint))};
    };
    BOOST_TEST(safety_number(side("one", "one_fingerprint"), side("other", "other_fingerprint")) ==
               vector.at("number").get<std::string>());
  }
  BOOST_TEST(published().at("blobs").size() == 1u);
  for (const auto& vector : published().at("blobs")) {
    const auto opened_blob = must(open_blob(
        octets(vector, "key"), vector.at("label").get<std::string>(), octets(vector, "sealed")));
    BOOST_TEST((opened_blob.view() == octets(vector, "plaintext")));
  }
}

BOOST_AUTO_TEST_SUITE_END()
