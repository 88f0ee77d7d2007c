#pragma once

#include <cstddef>
#include <memory>

#include "protocol/bytes.hpp"

namespace uod {

/// Octets that nobody else may learn: they are wiped when they go, on every way out. Moved, never
/// copied without saying so; in memory of their own, because a short string that is moved leaves
/// its octets behind.
class secret_bytes {
 public:
  secret_bytes() = default;
  static secret_bytes zeros(std::size_t size);
  static secret_bytes copy_of(bytes_view octets);

  secret_bytes(secret_bytes&& other) noexcept;
  secret_bytes& operator=(secret_bytes&& other) noexcept;
  secret_bytes(const secret_bytes&) = delete;
  secret_bytes& operator=(const secret_bytes&) = delete;
  ~secret_bytes();

  [[nodiscard]] secret_bytes copy() const { return copy_of(view()); }
  [[nodiscard]] bytes_view view() const { return {octets_.get(), size_}; }
  [[nodiscard]] char* data() { return octets_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// Forgets what is behind the first `size` octets.
  void cut(std::size_t size);

 private:
  std::unique_ptr<char[]> octets_;
  std::size_t size_ = 0;
};

}  // namespace uod
