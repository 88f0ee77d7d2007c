// Method: any octets are taken for a typed code, and 20 of them for a code's own. What is accepted
// must be shown so that it reads as the same again; and with one character changed for another, as
// the input says, it must not pass for the same code. Seeds: the published codes, and typing
// errors.

#include "protocol/codes.hpp"
#include "protocol/sealing/recovery_code.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/fuzz_sealing.hpp"

using namespace uod;

namespace {

void judge_shown(bytes_view octets, std::size_t place, std::size_t other) {
  auto shown = show_recovery_code(octets);
  UOD_EXPECT(shown.size() == 44);
  const auto again = parse_recovery_code(shown);
  UOD_EXPECT(again && again->view() == octets);
  char& character = shown[place % shown.size()];
  if (character == '-' || character == code_alphabet[other % 32]) return;
  character = code_alphabet[other % 32];
  const auto changed = parse_recovery_code(shown);
  // By chance the check fits once in 2^20; but never to the same octets.
  UOD_EXPECT(changed ? changed->view() != octets
                     : changed.error().code == errc::recovery_code_invalid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto typed = parse_recovery_code({reinterpret_cast<const char*>(data), size});
  UOD_EXPECT(typed || typed.error() == error{errc::recovery_code_invalid});
  if (typed) judge_shown(typed->view(), size, data[0]);

  fuzz_input input(data, size);
  const std::size_t place = input.octet();
  const std::size_t other = input.octet();
  bytes own(input.piece(recovery_code_octets));
  own.resize(recovery_code_octets);
  judge_shown(own, place, other);
  return 0;
}
