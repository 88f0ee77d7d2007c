#include "protocol/tls_sessions.hpp"

#include "protocol/crypto_hash.hpp"

namespace uod::openssl {

void session_shelf::put(bytes_view octets, SSL_SESSION* session) {
  if (SSL_SESSION_up_ref(session) != 1) return;
  session_ptr held(session);
  const std::lock_guard lock(mutex_);
  if (by_digest_.size() >= sessions_remembered_max) by_digest_.erase(by_digest_.begin());
  by_digest_[sha256(octets)] = std::move(held);
}

session_ptr session_shelf::take(bytes_view octets) {
  const bytes digest = sha256(octets);
  const std::lock_guard lock(mutex_);
  auto found = by_digest_.extract(digest);
  return found ? std::move(found.mapped()) : nullptr;
}

}  // namespace uod::openssl
