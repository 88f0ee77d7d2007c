// Method: any octets are taken for a chat key's record. What is accepted must be written as it was
// read, and keep the promises of its header: members ascending, each once, no more than the bound,
// the maker among them, every piece of its length. No signature is asked for: whoever holds a key
// can sign anything, so the form must hold by itself. Seeds: the published records.

#include <algorithm>

#include "protocol/sealing/chat_key_record.hpp"
#include "tests/fuzz/fuzz_sealing.hpp"

using namespace uod;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bytes_view octets{reinterpret_cast<const char*>(data), size};
  const auto record = parse_chat_key(octets);
  expect_told(record);
  if (!record) return 0;
  UOD_EXPECT(size <= chat_key_record_octets_max && encode_chat_key(*record) == octets);
  const auto& members = record->members;
  UOD_EXPECT(!members.empty() && members.size() <= chat_key_members_max);
  UOD_EXPECT(record->find(record->about.maker) != nullptr);
  for (std::size_t at = 1; at < members.size(); ++at) {
    UOD_EXPECT(members[at - 1].account < members[at].account);
  }
  UOD_EXPECT(std::ranges::all_of(members, [](const chat_key_member& member) {
    return member.wrapped.size() == identity_block_octets;
  }));
  UOD_EXPECT(record->check.size() == 32 && record->signature.size() == identity_block_octets);
  UOD_EXPECT(!record->about.epoch.is_nil() && record->about.epoch != record->about.previous_epoch);
  return 0;
}
