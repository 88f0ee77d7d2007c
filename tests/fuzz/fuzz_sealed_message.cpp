// Method: any octets are taken for a content, for a sealed message and for what is inside one.
// A content that is accepted must be written as it was read, and a file's name must be one part of
// a path. A message of rubbish never opens. Sealed by us, the content that was accepted comes out
// again; then the input's last octets say which octet of the sealed message is changed, and it must
// not open any more. Seeds: the published contents and messages.

#include "protocol/sealing/sealed_message.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz_sealing.hpp"

using namespace uod;

namespace {

const account_id alice = fuzz_id<account_id>(1);
const message_id first = fuzz_id<message_id>(4);

const chat_key& key() {
  static const auto made = chat_key::from(fuzz_id<chat_id>(1), fuzz_id<epoch_id>(2), alice,
                                          secret_bytes::copy_of(bytes(chat_key_octets, 'k')));
  return *made;
}

message_origin as_sent() { return {key().chat(), alice, first}; }

void judge_file(const content& what) {
  const auto* file = std::get_if<file_content>(&what);
  if (file == nullptr) return;
  UOD_EXPECT(is_file_name(file->name) && file->name.find('/') == std::string::npos);
  UOD_EXPECT(file->name != ".." && file->name.find('\0') == std::string::npos);
  UOD_EXPECT(file->size <= file_octets_max && file->key.size() == file_key_octets);
}

void seal_and_change(const content& what, bytes_view octets) {
  const auto sealed = seal_message(key(), first, 3, what);
  UOD_EXPECT(sealed.has_value());
  const auto opened = open_message(key(), as_sent(), *sealed);
  UOD_EXPECT(opened.has_value() && encode_content(*opened)->view() == octets);
  std::size_t at = 0;
  for (const char octet : octets.substr(octets.size() - std::min<std::size_t>(octets.size(), 2))) {
    at = at << 8 | static_cast<std::uint8_t>(octet);
  }
  bytes spoilt = *sealed;
  spoilt[at % spoilt.size()] ^= static_cast<char>(1 << (at % 8));
  UOD_EXPECT(!open_message(key(), as_sent(), spoilt));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view octets{reinterpret_cast<const char*>(data), size};
  const auto head = parse_sealed_message(octets);
  expect_told(head);
  if (head) UOD_EXPECT(head->counter > 0 && !head->epoch.is_nil());
  UOD_EXPECT(!open_message(key(), as_sent(), octets));

  const auto what = parse_content(octets);
  expect_told(what);
  if (!what) return 0;
  const auto encoded = encode_content(*what);
  UOD_EXPECT(encoded.has_value() && encoded->view() == octets);
  judge_file(*what);
  seal_and_change(*what, octets);
  return 0;
}
