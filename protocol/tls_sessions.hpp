#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "protocol/bytes.hpp"
#include "protocol/tls_handles.hpp"

/// Sessions that a client's context was given, for the files behind OpenSSL's door only.
namespace uod::openssl {

using session_ptr = std::unique_ptr<SSL_SESSION, releaser<SSL_SESSION_free>>;

/// Sessions remembered at the most: 25 kB each where it brought a certificate of its own.
inline constexpr std::size_t sessions_remembered_max = 256;

/// Remembers sessions as OpenSSL's own objects beside the octets that were handed out: reading
/// those again costs OpenSSL 3.0 a quarter of all that a resumed connection costs a client, since
/// it makes a key of the server's certificate each time. Any thread.
class session_shelf {
 public:
  /// Remembers a session, as it is now, under its octets; at the bound the oldest is forgotten.
  void put(bytes_view octets, SSL_SESSION* session);
  /// A copy of the session with these octets, for one link; nothing where it is not here.
  session_ptr copy_of(bytes_view octets);

 private:
  std::mutex mutex_;
  std::unordered_map<bytes, session_ptr> by_digest_;  ///< octets are a secret: their SHA-256
  std::deque<bytes> remembered_;                      ///< in order
};

}  // namespace uod::openssl
