#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "protocol/bytes.hpp"

namespace uod {

/// A fuzzer's input, taken from the front; at its end it gives zeros and empty pieces.
class fuzz_input {
 public:
  fuzz_input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] bytes_view rest() const { return rest_; }

  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return first;
  }

  /// At most `size` octets.
  bytes_view piece(std::size_t size) {
    const bytes_view taken = rest_.substr(0, std::min(size, rest_.size()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  bytes_view rest_;
};

}  // namespace uod
