// Method: a client's end of a wire, mistreated; see fuzz_wire.cpp. Seeds: make_fuzz_corpus.

#include "tests/fuzz/fuzz_wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  uod::fuzz_wire(uod::link_side::client, data, size);
  return 0;
}
