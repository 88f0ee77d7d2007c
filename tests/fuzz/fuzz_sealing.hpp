#pragma once

#include "protocol/ids.hpp"
#include "tests/fuzz/expect.hpp"

namespace uod {

/// Whoever a fuzzer makes octets for.
template <class Id>
Id fuzz_id(std::uint8_t number) {
  Id id;
  id.octets.fill(7);
  id.octets[15] = number;
  return id;
}

/// The errors that octets from others may lead to; anything else is a fault of ours.
template <class T>
void expect_told(const outcome<T>& result) {
  if (result) return;
  UOD_EXPECT(result.error().code == errc::sealed_damaged ||
             result.error().code == errc::sealed_by_newer);
}

}  // namespace uod
