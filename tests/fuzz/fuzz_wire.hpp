#pragma once

#include <cstddef>
#include <cstdint>

#include "protocol/tls_link.hpp"

namespace uod {

/// Mistreats the end of a wire that is on `subject`'s side as the input says, and ends the program
/// where a promise does not hold. fuzz_wire.cpp describes how.
void fuzz_wire(link_side subject, const std::uint8_t* data, std::size_t size);

}  // namespace uod
