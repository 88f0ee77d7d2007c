#include "protocol/tls_link.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/random_seed.hpp"
#include "tests/protocol/tls_pair.hpp"
#include "tests/protocol/tls_stranger.hpp"

using namespace uod;
using tests::code_of;
using tests::shaken;
using tests::tls_pair;
using tests::tls_stranger;

namespace {

const tls_identity& bobs() { return tests::identity_of(key_kind::ec_p256); }

/// Lengths of the records in some ciphertext, without their headers.
std::vector<std::size_t> records_in(bytes_view ciphertext) {
  std::vector<std::size_t> lengths;
  while (ciphertext.size() >= 5) {
    lengths.push_back(static_cast<std::size_t>(static_cast<std::uint8_t>(ciphertext[3])) << 8 |
                      static_cast<std::uint8_t>(ciphertext[4]));
    ciphertext.remove_prefix(std::min(ciphertext.size(), 5 + lengths.back()));
  }
  BOOST_TEST(ciphertext.empty());
  return lengths;
}

/// Everything about a dead link: it says `link_failed` and nothing else, and writes nothing.
void is_dead(tls_link& link) {
  bytes plaintext;
  bytes output;
  BOOST_TEST(!link.established());
  BOOST_TEST((code_of(link.receive("more", plaintext, output)) == errc::link_failed));
  BOOST_TEST((code_of(link.send("more", output)) == errc::link_failed));
  BOOST_TEST((code_of(link.start(output)) == errc::link_failed));
  link.close(output);
  BOOST_TEST(plaintext.empty());
  BOOST_TEST(output.empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_links)

BOOST_AUTO_TEST_CASE(alice_and_bob_talk_over_every_kind_of_key) {
  for (const auto kind : {key_kind::rsa_3072, key_kind::rsa_2048, key_kind::ec_p256}) {
    const tls_identity& identity = tests::identity_of(kind);
    const tls_context bob = tests::server_of(identity);
    const tls_context alice = tests::client_of(tests::pinned(identity));
    tls_pair pair(alice, bob);
    BOOST_TEST(!pair.stands());
    pair.start();
    pair.carry();
    BOOST_REQUIRE(pair.stands());
    BOOST_TEST((!pair.client.resumed() && !pair.server.resumed()));
    BOOST_TEST(pair.client.peer_fingerprint() == tests::fingerprint_of(identity));
    BOOST_TEST(pair.client.send("Hello Bob", pair.to_server).has_value());
    BOOST_TEST(pair.server.send("Hello Alice", pair.to_client).has_value());
    BOOST_TEST(pair.to_server.find("Hello") == bytes::npos);
    pair.carry();
    BOOST_TEST(pair.at_server == "Hello Bob");
    BOOST_TEST(pair.at_client == "Hello Alice");
  }
}

BOOST_AUTO_TEST_CASE(octet_by_octet_it_is_the_same) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  tls_pair pair(alice, bob);
  pair.start();
  pair.carry(1);
  BOOST_REQUIRE(pair.stands());
  const bytes large(50'000, 'x');
  BOOST_TEST(pair.client.send(large, pair.to_server).has_value());
  BOOST_TEST(pair.server.send("Hello Alice", pair.to_client).has_value());
  pair.carry(1);
  BOOST_TEST((pair.at_server == large));
  BOOST_TEST(pair.at_client == "Hello Alice");
}

BOOST_AUTO_TEST_CASE(data_may_come_right_behind_the_handshake) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair pair(alice, bob);
  pair.start();
  BOOST_REQUIRE(
      pair.server.receive(std::exchange(pair.to_server, {}), pair.at_server, pair.to_client));
  BOOST_REQUIRE(
      pair.client.receive(std::exchange(pair.to_client, {}), pair.at_client, pair.to_server));
  BOOST_REQUIRE(pair.client.established());
  BOOST_TEST(!pair.server.established());
  BOOST_TEST(pair.client.send("Hello Bob", pair.to_server).has_value());
  pair.carry();
  BOOST_TEST(pair.stands());
  BOOST_TEST(pair.at_server == "Hello Bob");
}

BOOST_AUTO_TEST_CASE(nothing_is_said_before_the_handshake) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair pair(alice, bob);
  BOOST_TEST((code_of(pair.client.send("too early", pair.to_server)) == errc::link_failed));
  BOOST_TEST((code_of(pair.server.send("too early", pair.to_client)) == errc::link_failed));
  BOOST_TEST(pair.client.export_secret("label", 8).empty());
  pair.client.close(pair.to_server);
  BOOST_TEST(pair.server.start(pair.to_client).has_value());
  BOOST_TEST((pair.to_server.empty() && pair.to_client.empty()));
}

BOOST_AUTO_TEST_CASE(a_record_holds_16_KiB_at_most) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair pair = shaken(alice, bob);
  BOOST_TEST(pair.client.send("", pair.to_server).has_value());
  BOOST_TEST(pair.to_server.empty());
  BOOST_TEST(pair.client.send(bytes(16'384, 'x'), pair.to_server).has_value());
  BOOST_TEST(records_in(pair.to_server).size() == 1u);
  pair.carry();
  BOOST_TEST(pair.client.send(bytes(100'000, 'x'), pair.to_server).has_value());
  const auto lengths = records_in(pair.to_server);
  BOOST_TEST(lengths.size() == 7u);
  for (const std::size_t length : lengths) BOOST_TEST(length <= 16'384u + 256u);
  pair.carry();
  BOOST_TEST(pair.at_server.size() == 116'384u);
}

BOOST_AUTO_TEST_CASE(close_notify_ends_one_direction_behind_what_was_said) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair pair = shaken(alice, bob);
  BOOST_TEST(pair.client.send("the last word", pair.to_server).has_value());
  pair.client.close(pair.to_server);
  BOOST_TEST(!pair.server.peer_closed());
  pair.carry();
  BOOST_TEST(pair.server_result.has_value());
  BOOST_TEST(pair.at_server == "the last word");
  BOOST_TEST(pair.server.peer_closed());
  BOOST_TEST(!pair.client.peer_closed());

  BOOST_TEST(pair.server.send("understood", pair.to_client).has_value());
  pair.server.close(pair.to_client);
  pair.carry();
  BOOST_TEST(pair.at_client == "understood");
  BOOST_TEST(pair.client.peer_closed());
  // What comes behind a goodbye is not heard.
  BOOST_TEST(pair.server.receive("noise", pair.at_server, pair.to_client).has_value());
  BOOST_TEST(pair.at_server == "the last word");
}

BOOST_AUTO_TEST_CASE(both_compute_the_same_secret_and_another_one_for_each_link) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair one = shaken(alice, bob);
  tls_pair other = shaken(alice, bob);
  const bytes secret = one.client.export_secret("EXPORTER-test", 32);
  BOOST_TEST(secret.size() == 32u);
  BOOST_TEST((one.server.export_secret("EXPORTER-test", 32) == secret));
  BOOST_TEST((one.client.export_secret("EXPORTER-other", 32) != secret));
  BOOST_TEST((other.client.export_secret("EXPORTER-test", 32) != secret));
}

BOOST_AUTO_TEST_CASE(a_link_may_move_in_the_middle_of_the_handshake) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair pair(alice, bob);
  pair.start();
  tls_pair moved = std::move(pair);
  moved.carry();
  BOOST_REQUIRE(moved.stands());
  BOOST_TEST(moved.client.send("moved", moved.to_server).has_value());
  moved.carry();
  BOOST_TEST(moved.at_server == "moved");
}

// ------------------------------------------------------------------------------------ strangers

BOOST_AUTO_TEST_CASE(a_client_of_an_older_tls_is_refused) {
  const tls_context bob = tests::server_of(bobs());
  tls_link server(bob);
  auto old = tls_stranger::client({TLS1_2_VERSION, "\x05uod/1"});
  bytes plaintext;
  bytes output;
  BOOST_TEST((code_of(server.receive(old.take(""), plaintext, output)) == errc::link_failed));
  BOOST_TEST(output.size() == 7u);  // one alert
  BOOST_TEST(output.substr(0, 1) == "\x15");
  is_dead(server);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_name_our_protocol_is_refused) {
  const tls_context bob = tests::server_of(bobs());
  for (const auto* alpn : {"", "\x02h2", "\x08http/1.1\x05uod/2", "\x04uod/"}) {
    tls_link server(bob);
    auto stranger = tls_stranger::client({TLS1_3_VERSION, alpn});
    bytes plaintext;
    bytes output;
    const auto taken = server.receive(stranger.take(""), plaintext, output);
    BOOST_TEST((code_of(taken) == errc::link_failed), "offered " << alpn);
    BOOST_TEST((output == bytes("\x15\x03\x03\x00\x02\x02\x78", 7)));  // no_application_protocol
    is_dead(server);
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_names_our_protocol_among_others_is_welcome) {
  const tls_context bob = tests::server_of(bobs());
  tls_link server(bob);
  auto stranger = tls_stranger::client({TLS1_3_VERSION, "\x02h2\x05uod/1"});
  bytes plaintext;
  bytes output;
  BOOST_TEST(server.receive(stranger.take(""), plaintext, output).has_value());
  BOOST_TEST(server.receive(stranger.take(output), plaintext, output).has_value());
  BOOST_TEST(server.established());
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_name_our_protocol_is_left) {
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  tls_link client(alice);
  auto stranger = tls_stranger::server(bobs());
  bytes plaintext;
  bytes output;
  BOOST_REQUIRE(client.start(output));
  const bytes answer = stranger.take(output);
  const auto taken = client.receive(answer, plaintext, output);
  BOOST_TEST((code_of(taken) == errc::link_failed));
  BOOST_TEST(taken.error().detail.find("uod/1") != std::string::npos);
  is_dead(client);
}

// ------------------------------------------------------------------------------------- damage

BOOST_AUTO_TEST_CASE(plain_http_and_noise_break_a_link_and_nothing_else) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  for (const bytes& noise : {bytes("GET / HTTP/1.1\r\nHost: bob\r\n\r\n"), bytes(100, '\0'),
                             bytes(100, '\xff'), bytes("SSH-2.0-OpenSSH_9.2\r\n")}) {
    tls_pair pair(alice, bob);
    BOOST_TEST(
        (code_of(pair.server.receive(noise, pair.at_server, pair.to_client)) == errc::link_failed));
    is_dead(pair.server);
    pair.start();
    BOOST_TEST(
        (code_of(pair.client.receive(noise, pair.at_client, pair.to_server)) == errc::link_failed));
    is_dead(pair.client);
  }
}

BOOST_AUTO_TEST_CASE(random_octets_never_make_a_link) {
  const auto seed = tests::random_seed("tls_link");
  std::mt19937_64 engine{seed};
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  for (int round = 0; round < 300; ++round) {
    bytes noise(tests::draw(engine, 0, 500), '\0');
    for (char& octet : noise) octet = static_cast<char>(engine());
    if (round % 2 == 0) noise.insert(0, "\x16\x03\x01\x01", 4);  // the look of a handshake
    tls_pair pair(alice, bob);
    pair.start();
    pair.to_client = noise;
    pair.to_server = std::move(noise);
    pair.carry();
    const bool sound = !pair.client.established() && !pair.server.established() &&
                       pair.at_client.empty() && pair.at_server.empty();
    const auto fails = [](const auto& result) {
      return !result && result.error().code != errc::link_failed;
    };
    if (!sound || fails(pair.client_result) || fails(pair.server_result)) {
      BOOST_ERROR("seed " << seed << " round " << round);
    }
  }
}

BOOST_AUTO_TEST_CASE(half_a_handshake_waits_wherever_it_is_cut) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair pair(alice, bob);
  pair.start();
  const bytes hello = pair.to_server;
  for (std::size_t cut = 0; cut < hello.size(); ++cut) {
    tls_link server(bob);
    bytes output;
    const bool waits = server.receive(hello.substr(0, cut), pair.at_server, output).has_value();
    if (!waits || server.established() || !output.empty()) BOOST_ERROR("cut at " << cut);
  }
  BOOST_REQUIRE(pair.server.receive(hello, pair.at_server, pair.to_client));
  const bytes flight = pair.to_client;
  for (std::size_t cut = 0; cut < flight.size(); ++cut) {
    bytes output;
    const bool waits =
        pair.client.receive(flight.substr(cut, 1), pair.at_client, output).has_value();
    const bool stands = pair.client.established();
    if (!waits || stands != (cut + 1 == flight.size())) BOOST_ERROR("cut at " << cut);
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_the_servers_flight_makes_no_link) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  std::size_t flight_bytes = 1;
  int unharmed = 0;
  for (std::size_t at = 0; at < flight_bytes; ++at) {
    tls_pair pair(alice, bob);
    pair.start();
    BOOST_REQUIRE(
        pair.server.receive(std::exchange(pair.to_server, {}), pair.at_server, pair.to_client));
    flight_bytes = std::min(flight_bytes == 1 ? bytes::npos : flight_bytes, pair.to_client.size());
    pair.to_client[at] = static_cast<char>(pair.to_client[at] ^ (1 << at % 8));
    pair.carry();
    if (pair.stands()) ++unharmed;
    if (!pair.client_result && pair.client_result.error().code != errc::link_failed) {
      BOOST_ERROR("octet " << at << ": " << to_text(pair.client_result.error()));
    }
    if (pair.client.established() && !pair.stands()) BOOST_ERROR("octet " << at << ": half a link");
  }
  BOOST_TEST(flight_bytes > 500u);
  // The version of the two records in the clear, ServerHello and ChangeCipherSpec, means nothing
  // (RFC 8446, 5.1).
  BOOST_TEST(unharmed <= 4);
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_a_record_delivers_nothing) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair measure = shaken(alice, bob);
  BOOST_REQUIRE(measure.client.send("pay Bob 10", measure.to_server));
  const std::size_t record_bytes = measure.to_server.size();
  for (std::size_t at = 0; at < record_bytes; ++at) {
    tls_pair pair = shaken(alice, bob);
    BOOST_REQUIRE(pair.client.send("pay Bob 10", pair.to_server));
    pair.to_server[at] = static_cast<char>(pair.to_server[at] ^ (1 << at % 8));
    pair.carry();
    if (!pair.at_server.empty()) BOOST_ERROR("octet " << at);
    // A longer length only makes it wait.
    if (pair.server_result && at != 3 && at != 4) BOOST_ERROR("octet " << at << " went unseen");
  }
}

BOOST_AUTO_TEST_CASE(a_record_that_comes_again_breaks_the_link) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of();
  tls_pair pair = shaken(alice, bob);
  BOOST_REQUIRE(pair.client.send("pay Bob 10", pair.to_server));
  const bytes captured = pair.to_server;
  pair.carry();
  BOOST_TEST(pair.at_server == "pay Bob 10");
  pair.to_server = captured;
  pair.carry();
  BOOST_TEST((code_of(pair.server_result) == errc::link_failed));
  BOOST_TEST(pair.at_server == "pay Bob 10");
  is_dead(pair.server);
  // The alert told Alice.
  BOOST_TEST((code_of(pair.client_result) == errc::link_failed));
}

BOOST_AUTO_TEST_SUITE_END()
