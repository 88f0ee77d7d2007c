// Whom a client believes, and what of an earlier link counts for a later one.

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <vector>

#include "protocol/tls_link.hpp"
#include "protocol/tls_sessions.hpp"
#include "tests/protocol/tls_pair.hpp"
#include "tests/protocol/tls_stranger.hpp"

using namespace uod;
using tests::code_of;
using tests::shaken;
using tests::tls_pair;

namespace {

const tls_identity& bobs() { return tests::identity_of(key_kind::ec_p256); }

/// A file with somebody's certificate, gone at the end.
class certificate_file {
 public:
  explicit certificate_file(const tls_identity& identity) {
    bytes pattern = (std::filesystem::temp_directory_path() / "uod-test-XXXXXX").string();
    const int made = mkstemp(pattern.data());
    BOOST_REQUIRE(made >= 0);
    close(made);
    path_ = pattern;
    std::ofstream(path_) << identity.certificate_pem;
  }
  certificate_file(const certificate_file&) = delete;
  certificate_file& operator=(const certificate_file&) = delete;
  ~certificate_file() { std::filesystem::remove(path_); }

  [[nodiscard]] tls_trust trust(std::string host) const {
    return {std::nullopt, path_, std::move(host)};
  }

 private:
  std::string path_;
};

errc refusal_under(const tls_trust& trust, const tls_identity& identity) {
  const tls_context bob = tests::server_of(identity);
  const tls_context alice = tests::client_of(trust);
  tls_pair pair = shaken(alice, bob);
  BOOST_TEST(pair.at_server.empty());
  if (!pair.client_result) BOOST_TEST(!pair.server.established());
  return code_of(pair.client_result);
}

/// The session that Alice takes home from a link to `bob`.
bytes session_from(const tls_context& bob) {
  const tls_context alice = tests::client_of();
  tls_pair pair = shaken(alice, bob);
  BOOST_REQUIRE(pair.stands());
  const bytes session = pair.client.take_session();
  BOOST_REQUIRE(!session.empty());
  BOOST_TEST(pair.client.take_session().empty());
  BOOST_TEST(pair.server.take_session().empty());
  return session;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_trust_and_sessions)

BOOST_AUTO_TEST_CASE(another_key_than_the_pinned_one_hears_nothing) {
  const tls_identity mallory = tests::new_identity();
  const tls_context bob = tests::server_of(mallory);
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  tls_pair pair = shaken(alice, bob);
  BOOST_REQUIRE(!pair.client_result);
  BOOST_TEST((pair.client_result.error().code == errc::key_changed));
  BOOST_TEST(pair.client_result.error().detail.find(tests::fingerprint_of(bobs())) !=
             std::string::npos);
  BOOST_TEST(!pair.client.established());
  BOOST_TEST(!pair.server.established());
  BOOST_TEST(pair.at_server.empty());
  bytes output;
  BOOST_TEST((code_of(pair.client.send("my password", output)) == errc::link_failed));
  BOOST_TEST(output.empty());
}

BOOST_AUTO_TEST_CASE(a_pin_must_match_to_the_last_character) {
  std::string almost = tests::fingerprint_of(bobs());
  almost.back() = almost.back() == 'A' ? 'B' : 'A';
  for (const std::string& pin :
       {std::string{}, std::string{"SHA256:"}, almost, tests::fingerprint_of(bobs()) + "="}) {
    BOOST_TEST((refusal_under({pin, std::nullopt, ""}, bobs()) == errc::key_changed));
  }
}

BOOST_AUTO_TEST_CASE(who_pins_does_not_care_for_names_and_dates) {
  const auto expired = make_tls_identity(key_kind::ec_p256, "old", 1'000'000).value();
  tls_trust trust = tests::pinned(expired);
  trust.host = "somewhere.else";
  BOOST_TEST((refusal_under(trust, expired) == errc{}));
}

BOOST_AUTO_TEST_CASE(an_authority_vouches_for_one_host) {
  const certificate_file authority(bobs());
  BOOST_TEST((refusal_under(authority.trust("bob.example"), bobs()) == errc{}));
  for (const auto* host :
       {"mallory.example", "example", "sub.bob.example", "127.0.0.1", "::1", ""}) {
    BOOST_TEST((refusal_under(authority.trust(host), bobs()) == errc::certificate_invalid),
               "host '" << host << "'");
  }
  BOOST_TEST((refusal_under(authority.trust(std::string("bob.example\0.mallory", 20)), bobs()) ==
              errc::certificate_invalid));
}

BOOST_AUTO_TEST_CASE(an_authority_vouches_for_nobody_else) {
  const certificate_file authority(bobs());
  const tls_identity mallory = tests::new_identity("bob.example");
  BOOST_TEST((refusal_under(authority.trust("bob.example"), mallory) == errc::certificate_invalid));
  const auto expired = make_tls_identity(key_kind::ec_p256, "bob.example", 1'000'000).value();
  const certificate_file old(expired);
  BOOST_TEST((refusal_under(old.trust("bob.example"), expired) == errc::certificate_invalid));
}

BOOST_AUTO_TEST_CASE(a_pin_and_an_authority_must_both_agree) {
  const certificate_file authority(bobs());
  tls_trust both = authority.trust("bob.example");
  both.fingerprint = tests::fingerprint_of(bobs());
  BOOST_TEST((refusal_under(both, bobs()) == errc{}));
  both.host = "mallory.example";
  BOOST_TEST((refusal_under(both, bobs()) == errc::certificate_invalid));
  both.host = "bob.example";
  both.fingerprint = tests::fingerprint_of(tests::new_identity());
  BOOST_TEST((refusal_under(both, bobs()) == errc::key_changed));
}

BOOST_AUTO_TEST_CASE(contexts_refuse_what_does_not_fit_together) {
  const auto refusal = [](const tls_identity& identity, const bytes& tickets) {
    return code_of(tls_context::server(identity, tickets));
  };
  const tls_identity other = tests::new_identity();
  const bytes tickets = tests::ticket_key();
  for (const tls_identity& broken :
       {tls_identity{}, tls_identity{bobs().certificate_pem, other.private_key_pem},
        tls_identity{bobs().certificate_pem, ""}, tls_identity{"", bobs().private_key_pem},
        tls_identity{bobs().private_key_pem, bobs().certificate_pem},
        tls_identity{bobs().certificate_pem.substr(0, 100), bobs().private_key_pem}}) {
    BOOST_TEST((refusal(broken, tickets) == errc::certificate_invalid));
  }
  BOOST_TEST((refusal(bobs(), tickets.substr(1)) == errc::certificate_invalid));
  BOOST_TEST((refusal(bobs(), "") == errc::certificate_invalid));
  BOOST_TEST((refusal(bobs(), tickets) == errc{}));

  const auto authority = [](const std::string& path) {
    return code_of(tls_context::client({std::nullopt, path, "bob.example"}));
  };
  BOOST_TEST((authority("/nowhere/ca.pem") == errc::certificate_invalid));
  BOOST_TEST((authority("/dev/null") == errc::certificate_invalid));
}

BOOST_AUTO_TEST_CASE(an_encrypted_key_is_refused_without_a_question) {
  const openssl::bio_ptr plain(BIO_new_mem_buf(bobs().private_key_pem.data(),
                                               static_cast<int>(bobs().private_key_pem.size())));
  const openssl::key_ptr key(PEM_read_bio_PrivateKey(plain.get(), nullptr, nullptr, nullptr));
  const openssl::bio_ptr sealed(BIO_new(BIO_s_mem()));
  char passphrase[] = "secret";
  BOOST_REQUIRE(PEM_write_bio_PKCS8PrivateKey(sealed.get(), key.get(), EVP_aes_128_cbc(),
                                              passphrase, 6, nullptr, nullptr) == 1);
  const auto made = tls_context::server({bobs().certificate_pem, openssl::contents(sealed.get())},
                                        tests::ticket_key());
  BOOST_TEST((code_of(made) == errc::certificate_invalid));
}

// ------------------------------------------------------------------------------------ sessions

BOOST_AUTO_TEST_CASE(alice_resumes_her_session_also_after_bobs_restart) {
  const bytes session = session_from(tests::server_of(bobs()));
  const tls_context restarted = tests::server_of(bobs());
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  tls_pair pair = shaken(alice, restarted, session);
  BOOST_REQUIRE(pair.stands());
  BOOST_TEST((pair.client.resumed() && pair.server.resumed()));
  BOOST_TEST(pair.client.peer_fingerprint() == tests::fingerprint_of(bobs()));
  BOOST_TEST((pair.client.export_secret("EXPORTER-test", 8) ==
              pair.server.export_secret("EXPORTER-test", 8)));
  BOOST_TEST(pair.client.send("back again", pair.to_server).has_value());
  pair.carry();
  BOOST_TEST(pair.at_server == "back again");
  // And has a new session for the next time.
  const bytes next = pair.client.take_session();
  BOOST_REQUIRE(!next.empty());
  tls_pair third = shaken(alice, restarted, next);
  BOOST_TEST((third.stands() && third.client.resumed()));
}

BOOST_AUTO_TEST_CASE(a_session_that_was_used_is_used_again) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  tls_pair first = shaken(alice, bob);
  const bytes session = first.client.take_session();
  for (int time = 0; time < 3; ++time) {
    tls_pair pair = shaken(alice, bob, session);
    BOOST_TEST((pair.stands() && pair.client.resumed()));
    BOOST_TEST(pair.client.peer_fingerprint() == tests::fingerprint_of(bobs()));
  }
}

BOOST_AUTO_TEST_CASE(more_sessions_than_are_remembered_do_no_harm) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  std::vector<bytes> sessions;
  for (std::size_t count = 0; count < openssl::sessions_remembered_max + 10; ++count) {
    tls_pair pair = shaken(alice, bob);
    BOOST_REQUIRE(pair.stands());
    sessions.push_back(pair.client.take_session());
  }
  for (const auto& session : sessions) {
    tls_pair pair = shaken(alice, bob, session);
    BOOST_TEST((pair.stands() && pair.client.resumed()));
  }
}

BOOST_AUTO_TEST_CASE(a_link_that_was_cut_is_resumed_as_well) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  bytes session;
  {
    tls_pair cut = shaken(alice, bob);
    session = cut.client.take_session();
  }  // without a word: OpenSSL takes the link's own session for worthless then
  tls_pair pair = shaken(alice, bob, session);
  BOOST_TEST((pair.stands() && pair.client.resumed()));
}

BOOST_AUTO_TEST_CASE(a_shelf_forgets_the_oldest) {
  openssl::session_shelf shelf;
  const openssl::session_ptr session(SSL_SESSION_new());
  const auto named = [](std::size_t number) { return std::to_string(number); };
  for (std::size_t number = 0; number <= openssl::sessions_remembered_max; ++number) {
    shelf.put(named(number), session.get());
  }
  BOOST_TEST(!shelf.copy_of(named(0)));
  for (const std::size_t kept : {std::size_t{1}, openssl::sessions_remembered_max}) {
    const auto copy = shelf.copy_of(named(kept));
    BOOST_TEST((copy && copy != session));
    BOOST_TEST(!!shelf.copy_of(named(kept)));
  }
}

BOOST_AUTO_TEST_CASE(a_session_octet_by_octet) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  tls_pair pair(alice, bob, session_from(bob));
  pair.start();
  pair.carry(1);
  BOOST_TEST((pair.stands() && pair.client.resumed()));
}

BOOST_AUTO_TEST_CASE(another_ticket_key_costs_a_full_handshake_and_no_more) {
  const bytes session = session_from(tests::server_of(bobs(), 'k'));
  const tls_context bob = tests::server_of(bobs(), 'n');
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  tls_pair pair = shaken(alice, bob, session);
  BOOST_REQUIRE(pair.stands());
  BOOST_TEST((!pair.client.resumed() && !pair.server.resumed()));
}

BOOST_AUTO_TEST_CASE(an_old_session_does_not_hide_a_changed_key) {
  const bytes session = session_from(tests::server_of(bobs()));
  const tls_identity changed = tests::new_identity();
  for (const char tickets : {'k', 'n'}) {  // whether the ticket key stayed or not
    const tls_context bob = tests::server_of(changed, tickets);
    const tls_context alice = tests::client_of(tests::pinned(bobs()));
    tls_pair pair = shaken(alice, bob, session);
    BOOST_TEST((code_of(pair.client_result) == errc::key_changed));
    BOOST_TEST(!pair.server.established());

    const tls_context anybody = tests::client_of();
    tls_pair open = shaken(anybody, bob, session);
    BOOST_REQUIRE(open.stands());
    BOOST_TEST(!open.client.resumed());
    BOOST_TEST(open.client.peer_fingerprint() == tests::fingerprint_of(changed));
  }
}

BOOST_AUTO_TEST_CASE(a_session_with_another_key_than_the_pinned_one_is_not_shown) {
  const tls_identity mallory = tests::new_identity();
  const tls_context at_mallorys = tests::server_of(mallory);
  const bytes session = session_from(at_mallorys);
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  tls_pair caught = shaken(alice, at_mallorys, session);
  BOOST_TEST((code_of(caught.client_result) == errc::key_changed));
  BOOST_TEST(!caught.server.established());
  const tls_context at_bobs = tests::server_of(bobs());
  tls_pair pair = shaken(alice, at_bobs, session);
  BOOST_TEST((pair.stands() && !pair.client.resumed()));
}

BOOST_AUTO_TEST_CASE(a_damaged_session_does_no_harm) {
  const tls_context bob = tests::server_of(bobs());
  const tls_context alice = tests::client_of(tests::pinned(bobs()));
  const bytes session = session_from(bob);
  for (const bytes& nonsense : {bytes("nonsense"), bytes(1000, '\0'), bytes(session.size(), '\xff'),
                                session.substr(0, session.size() / 2)}) {
    tls_pair pair = shaken(alice, bob, nonsense);
    BOOST_TEST((pair.stands() && !pair.client.resumed()));
  }
  for (std::size_t at = 0; at < session.size(); ++at) {
    bytes flipped = session;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
    tls_pair pair = shaken(alice, bob, flipped);
    // Whatever comes of it: never another key, never half a link.
    const bool refused = code_of(pair.client_result) == errc::link_failed ||
                         code_of(pair.server_result) == errc::link_failed;
    if (!pair.stands() && !refused) BOOST_ERROR("octet " << at);
    if (pair.stands() && pair.client.peer_fingerprint() != tests::fingerprint_of(bobs())) {
      BOOST_ERROR("octet " << at << " changed the key");
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_the_handshake_on_a_resumed_link_either) {
  const tls_context bob = tests::server_of(bobs());
  const bytes session = session_from(bob);
  const auto* from = reinterpret_cast<const unsigned char*>(session.data());
  SSL_SESSION* parsed = d2i_SSL_SESSION(nullptr, &from, static_cast<long>(session.size()));
  BOOST_REQUIRE(parsed != nullptr);
  BOOST_TEST(SSL_SESSION_get_max_early_data(parsed) == 0u);
  SSL_SESSION_free(parsed);
  const tls_context alice = tests::client_of();
  tls_pair pair(alice, bob, session);
  pair.start();
  const bytes flight = pair.to_server;
  BOOST_TEST((code_of(pair.client.send("early", pair.to_server)) == errc::link_failed));
  BOOST_TEST((pair.to_server == flight));
}

BOOST_AUTO_TEST_SUITE_END()
