// Method: any octets are taken for the payload of a frame from the client. Decoding must end with a
// message or with the error `malformed` and the name of a field, never with anything else. What is
// taken is encoded, and decoded again: the second message must equal the first, and encoding the
// second must give the same octets, so that nothing is lost or made up on the way. The sanitizers
// watch memory. Seeds: the published vectors, legal and malformed.

#include <cstddef>
#include <cstdint>

#include "protocol/codec.hpp"
#include "tests/fuzz/expect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace uod;
  const auto decoded = decode_client_message({reinterpret_cast<const char*>(data), size});
  if (!decoded) {
    UOD_EXPECT(decoded.error().code == errc::malformed);
    UOD_EXPECT(!decoded.error().detail.empty());
    return 0;
  }
  const auto payload = encode(*decoded);
  const auto again = decode_client_message(payload);
  UOD_EXPECT(again.has_value());
  UOD_EXPECT(*again == *decoded);
  UOD_EXPECT(encode(*again) == payload);
  return 0;
}
