#include "protocol/crypto_secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

namespace uod {

secret_bytes secret_bytes::zeros(std::size_t size) {
  secret_bytes made;
  made.octets_ = std::make_unique<char[]>(size);
  made.size_ = size;
  return made;
}

secret_bytes secret_bytes::copy_of(bytes_view octets) {
  secret_bytes made = zeros(octets.size());
  std::copy(octets.begin(), octets.end(), made.octets_.get());
  return made;
}

secret_bytes::secret_bytes(secret_bytes&& other) noexcept
    : octets_(std::move(other.octets_)), size_(std::exchange(other.size_, 0)) {}

secret_bytes& secret_bytes::operator=(secret_bytes&& other) noexcept {
  // What was here goes at once, not with `other`, which may live on for long.
  secret_bytes taken(std::move(other));
  std::swap(octets_, taken.octets_);
  std::swap(size_, taken.size_);
  return *this;
}

secret_bytes::~secret_bytes() { cut(0); }

void secret_bytes::cut(std::size_t size) {
  if (size >= size_) return;
  OPENSSL_cleanse(octets_.get() + size, size_ - size);
  size_ = size;
}

}  // namespace uod
