#include "protocol/tls_sessions.hpp"

#include "protocol/crypto_hash.hpp"

namespace uod::openssl {

void session_shelf::put(bytes_view octets, SSL_SESSION* session) {
  // Copies, here and there: a link that is cut without a word makes the session it has worthless.
  session_ptr copy(SSL_SESSION_dup(session));
  if (!copy) return;
  bytes digest = sha256(octets);
  const std::lock_guard lock(mutex_);
  if (!by_digest_.insert_or_assign(digest, std::move(copy)).second) return;
  remembered_.push_back(std::move(digest));
  if (remembered_.size() <= sessions_remembered_max) return;
  by_digest_.erase(remembered_.front());
  remembered_.pop_front();
}

session_ptr session_shelf::copy_of(bytes_view octets) {
  const bytes digest = sha256(octets);
  const std::lock_guard lock(mutex_);
  const auto found = by_digest_.find(digest);
  return session_ptr(found != by_digest_.end() ? SSL_SESSION_dup(found->second.get()) : nullptr);
}

}  // namespace uod::openssl
