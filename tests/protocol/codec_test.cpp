#include "protocol/codec.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>

#include "tests/protocol/describe_messages.hpp"
#include "tests/protocol/random_messages.hpp"
#include "tests/protocol/vectors.hpp"

using namespace uod;

namespace {

template <class Message>
outcome<Message> decode(bytes_view payload) {
  if constexpr (std::is_same_v<Message, client_message>) {
    return decode_client_message(payload);
  } else {
    return decode_server_message(payload);
  }
}

/// A decoder must answer anything with a message or with `malformed`, and what it takes must
/// come back the same after another round.
template <class Message>
void stays_sound(bytes_view payload) {
  const auto decoded = decode<Message>(payload);
  if (!decoded) {
    if (decoded.error().code != errc::malformed || decoded.error().detail.empty()) {
      BOOST_ERROR("not malformed: " << tests::to_hex(payload));
    }
    return;
  }
  const auto again = decode<Message>(encode(*decoded));
  if (!again || *again != *decoded) BOOST_ERROR("changed: " << tests::to_hex(payload));
}

/// The seed of a test that draws at random, printed: UOD_TEST_SEED=… repeats a run.
std::uint64_t fresh_seed() {
  const char* given = std::getenv("UOD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::printf("codec: UOD_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

template <class Message>
void round_trip(std::uint64_t seed, int rounds) {
  tests::random_filler random{seed};
  for (int round = 0; round < rounds; ++round) {
    for (const auto& message : tests::one_of_each<Message>(random)) {
      const auto payload = encode(message);
      const auto decoded = decode<Message>(payload);
      if (!decoded || *decoded != message) BOOST_ERROR("seed " << seed << " round " << round);
    }
  }
}

template <class Message>
void spoil(std::uint64_t seed, int rounds) {
  tests::random_filler random{seed};
  for (int round = 0; round < rounds; ++round) {
    for (const auto& message : tests::one_of_each<Message>(random)) {
      const auto payload = encode(message);
      for (std::size_t length = 0; length < payload.size(); ++length) {
        stays_sound<Message>(bytes_view{payload}.substr(0, length));
      }
      for (int flips = 0; flips < 50 && !payload.empty(); ++flips) {
        auto bad = payload;
        for (auto left = 1 + random.up_to(2); left > 0; --left) {
          bad[random.up_to(bad.size() - 1)] = static_cast<char>(random.up_to(255));
        }
        stays_sound<Message>(bad);
      }
      bytes rubbish;
      random.octets("", rubbish, 0, 100);
      stays_sound<Message>(rubbish);
      stays_sound<Message>(payload + rubbish);
    }
  }
}

template <class Message>
void check_legal(const nlohmann::json& vector) {
  const auto payload = tests::from_hex(vector.at("payload").get<std::string>());
  const auto decoded = decode<Message>(payload);
  BOOST_REQUIRE_MESSAGE(decoded, vector.dump());
  auto expected = vector;
  expected.erase("payload");
  expected.erase("direction");
  BOOST_TEST(tests::describe(*decoded) == expected);
  BOOST_TEST(tests::to_hex(encode(*decoded)) == vector.at("payload").get<std::string>());
}

template <class Message>
void check_malformed(const nlohmann::json& vector) {
  const auto decoded = decode<Message>(tests::from_hex(vector.at("payload").get<std::string>()));
  BOOST_REQUIRE_MESSAGE(!decoded, vector.dump());
  BOOST_TEST((decoded.error().code == errc::malformed), vector.dump());
  BOOST_TEST(decoded.error().detail == vector.at("field").get<std::string>(), vector.dump());
}

client_message alice_sends() {
  send_message send;
  send.id = message_id{make_uuid_v7(1, {1})};
  send.chat = chat_id{make_uuid_v7(2, {2})};
  send.body = std::string("\xff\0 not text", 11);
  return {7, send};
}

/// What PROTOCOL.md says about a message of one side, as in "##### `ping` (12), from the client".
std::string told_of(const std::string& kind, const std::string& side) {
  std::ifstream document{UOD_SOURCE_DIR "/PROTOCOL.md"};
  std::string told;
  std::string line;
  bool inside = false;
  while (std::getline(document, line)) {
    if (line.starts_with("#")) {
      inside = line.starts_with("##### `" + kind + "` (") && line.ends_with("from the " + side);
    }
    if (inside) told += line + "\n";
  }
  return told;
}

/// What a piece of work writes to stderr.
template <class Work>
std::string written_to_stderr(Work work) {
  std::FILE* file = std::tmpfile();
  BOOST_REQUIRE(file);
  std::fflush(stderr);
  const int saved = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  work();
  std::fflush(stderr);
  dup2(saved, STDERR_FILENO);
  close(saved);
  std::string text(4096, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(every_message_comes_back_as_it_went) {
  const auto seed = fresh_seed();
  round_trip<client_message>(seed, 200);
  round_trip<server_message>(seed, 200);
}

BOOST_AUTO_TEST_CASE(cut_and_spoiled_messages_do_no_harm) {
  const auto seed = fresh_seed();
  spoil<client_message>(seed, 10);
  spoil<server_message>(seed, 10);
}

BOOST_AUTO_TEST_CASE(published_vectors_hold) {
  const auto vectors = tests::read_vectors("codec.json");
  std::set<std::string> client_kinds;
  std::set<std::string> server_kinds;
  for (const auto& vector : vectors.at("legal")) {
    if (vector.at("direction") == "client") {
      client_kinds.insert(vector.at("message"));
      check_legal<client_message>(vector);
    } else {
      server_kinds.insert(vector.at("message"));
      check_legal<server_message>(vector);
    }
  }
  // None is missing.
  BOOST_TEST(client_kinds.size() == std::variant_size_v<client_body>);
  BOOST_TEST(server_kinds.size() == std::variant_size_v<server_body>);
  BOOST_TEST(vectors.at("malformed").size() >= 71u);
  for (const auto& vector : vectors.at("malformed")) {
    if (vector.at("direction") == "client") {
      check_malformed<client_message>(vector);
    } else {
      check_malformed<server_message>(vector);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_document_tells_of_every_message_and_field) {
  const auto vectors = tests::read_vectors("codec.json");
  BOOST_TEST(vectors.at("legal").size() >= 88u);
  for (const auto& vector : vectors.at("legal")) {
    const auto kind = vector.at("message").get<std::string>();
    const auto section = told_of(kind, vector.at("direction").get<std::string>());
    BOOST_TEST(section != "", kind);
    for (const auto& field : vector.at("fields").items()) {
      BOOST_TEST((section.find("\n| `" + field.key() + "` | ") != section.npos),
                 kind << "." << field.key());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_is_opaque) {
  const auto sent = alice_sends();
  BOOST_TEST((decode_client_message(encode(sent)).value() == sent));
}

BOOST_AUTO_TEST_CASE(what_a_later_version_adds_is_ignored) {
  // Field 15 of send_message, field 1000 of the envelope.
  const auto sent = alice_sends();
  const auto payload = encode(sent);
  BOOST_TEST((decode_client_message(payload + "\xc2\x3e\x03new").value() == sent));
}

BOOST_AUTO_TEST_CASE(an_error_of_a_later_version_is_an_internal_one) {
  const auto payload = tests::from_hex("7a050a0308e707");  // failure, code 999
  const auto decoded = decode_server_message(payload);
  BOOST_REQUIRE(decoded);
  BOOST_TEST((std::get<failure>(decoded->body).reason.code == errc::internal));
}

BOOST_AUTO_TEST_CASE(nesting_has_an_end) {
  // Groups that are not known, one in the other.
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "\xa3\x06";
  BOOST_TEST((decode_client_message(deep).error().code == errc::malformed));
  BOOST_TEST((decode_server_message(deep).error().code == errc::malformed));
}

BOOST_AUTO_TEST_CASE(what_no_frame_can_carry_is_refused_before_it_is_read) {
  const std::string huge(payload_octets_max + 1, '\x08');
  BOOST_TEST((decode_client_message(huge).error().code == errc::too_large));
  BOOST_TEST((decode_server_message(huge).error().code == errc::too_large));
}

BOOST_AUTO_TEST_CASE(bad_text_is_refused_without_a_word_on_stderr) {
  const auto text = written_to_stderr([] {
    for (const auto* payload : {"52030a01ff", "52040a02c0af", "52050a03eda080"}) {
      BOOST_TEST(!decode_client_message(tests::from_hex(payload)));
      BOOST_TEST(!decode_server_message(tests::from_hex(payload)));
    }
  });
  BOOST_TEST(text == "");
}

BOOST_AUTO_TEST_CASE(a_detail_that_quotes_rubbish_still_arrives) {
  const auto text = written_to_stderr([] {
    const server_message quoted{3, failure{{errc::name_invalid, "Zo\xc3 \xff\xe4\xb8 ok \u00eb"}}};
    const auto decoded = decode_server_message(encode(quoted));
    BOOST_REQUIRE(decoded);
    BOOST_TEST(std::get<failure>(decoded->body).reason.detail ==
               "Zo\ufffd \ufffd\ufffd\ufffd ok \u00eb");
  });
  BOOST_TEST(text == "");
}

BOOST_AUTO_TEST_SUITE_END()
