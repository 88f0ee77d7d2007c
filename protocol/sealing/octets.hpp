#pragma once

#include <cstdint>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

/// What all formats of sealing are written and read with: integers in network order, and pieces of
/// a fixed length.
namespace uod::sealing {

/// The first octet of every format.
inline constexpr char version = 1;

template <class Number>
void put(bytes& out, Number number) {
  for (std::size_t at = sizeof number; at-- > 0;) {
    out.push_back(static_cast<char>(number >> (8 * at) & 0xff));
  }
}

/// Takes from the front. What is missing at the end is read as zeros and nothing, and said once,
/// by `too_short`: so a format is read in one go and judged afterwards.
class octet_reader {
 public:
  explicit octet_reader(bytes_view octets) : rest_(octets) {}

  bytes_view piece(std::size_t size) {
    if (size > rest_.size()) {
      short_ = true;
      rest_ = {};
      return {};
    }
    const bytes_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  template <class Number>
  Number number() {
    Number value = 0;
    for (const char octet : piece(sizeof value)) {
      value = static_cast<Number>(static_cast<std::uint64_t>(value) << 8 |
                                  static_cast<std::uint8_t>(octet));
    }
    return value;
  }

  /// An id, a fingerprint: whatever is made from octets.
  template <class Thing>
  Thing thing() {
    Thing made;
    const bytes_view taken = piece(made.octets.size());
    if (!taken.empty()) made = *Thing::from_octets(taken);
    return made;
  }

  [[nodiscard]] bytes_view rest() const { return rest_; }
  [[nodiscard]] bool too_short() const { return short_; }

 private:
  bytes_view rest_;
  bool short_ = false;
};

/// Judges the first octet of a format. Errors: `sealed_damaged`, `sealed_by_newer`.
inline outcome<void> check_version(bytes_view octets) {
  if (octets.empty() || octets.front() == 0) return fail(errc::sealed_damaged);
  if (octets.front() != version) return fail(errc::sealed_by_newer);
  return {};
}

}  // namespace uod::sealing
