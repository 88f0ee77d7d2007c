#pragma once

#include <algorithm>
#include <ctime>
#include <map>
#include <string>
#include <utility>

#include "protocol/tls_link.hpp"

/// Both ends of a TLS link in one process, and what they need to know of each other.
namespace uod::tests {

/// Made once a program for each kind: RSA keys take their time.
inline const tls_identity& identity_of(key_kind kind) {
  static std::map<key_kind, tls_identity> made;
  const auto found = made.find(kind);
  if (found != made.end()) return found->second;
  return made.emplace(kind, make_tls_identity(kind, "bob.example", std::time(nullptr)).value())
      .first->second;
}

inline tls_identity new_identity(std::string_view name = "bob.example") {
  return make_tls_identity(key_kind::ec_p256, name, std::time(nullptr)).value();
}

inline std::string fingerprint_of(const tls_identity& identity) {
  return fingerprint_of_certificate(identity.certificate_pem).value();
}

inline bytes ticket_key(char fill = 'k') { return bytes(ticket_key_octets, fill); }

inline tls_context server_of(const tls_identity& identity, char ticket_fill = 'k') {
  return std::move(tls_context::server(identity, ticket_key(ticket_fill)).value());
}

inline tls_context client_of(const tls_trust& trust = {}) {
  return std::move(tls_context::client(trust).value());
}

inline tls_trust pinned(const tls_identity& identity) {
  return {fingerprint_of(identity), std::nullopt, ""};
}

/// Alice's end and Bob's, and the two directions between them.
struct tls_pair {
  tls_pair(const tls_context& alice, const tls_context& bob, bytes_view session = {})
      : client(alice, session), server(bob) {}

  tls_link client;
  tls_link server;
  bytes to_server;  ///< ciphertext under way
  bytes to_client;
  bytes at_server;  ///< plaintext that has arrived
  bytes at_client;
  outcome<void> client_result;  ///< the first failure of each
  outcome<void> server_result;

  void start() { client_result = client.start(to_server); }

  /// Carries what is under way, in pieces of at most `piece` octets, until both are silent. What is
  /// meant for a dead end is lost.
  void carry(std::size_t piece = bytes::npos) {
    while (!to_server.empty() || !to_client.empty()) {
      deliver(server, std::exchange(to_server, {}), at_server, to_client, server_result, piece);
      deliver(client, std::exchange(to_client, {}), at_client, to_server, client_result, piece);
    }
  }

  [[nodiscard]] bool stands() const {
    return client_result && server_result && client.established() && server.established();
  }

 private:
  static void deliver(tls_link& to, bytes_view octets, bytes& plaintext, bytes& answer,
                      outcome<void>& result, std::size_t piece) {
    while (!octets.empty() && result) {
      const std::size_t step = std::min(piece, octets.size());
      result = to.receive(octets.substr(0, step), plaintext, answer);
      octets.remove_prefix(step);
    }
  }
};

/// A pair that has shaken hands.
inline tls_pair shaken(const tls_context& alice, const tls_context& bob, bytes_view session = {}) {
  tls_pair pair(alice, bob, session);
  pair.start();
  pair.carry();
  return pair;
}

template <class T>
errc code_of(const outcome<T>& result) {
  return result ? errc{} : result.error().code;
}

}  // namespace uod::tests
