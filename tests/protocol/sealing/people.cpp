#include "tests/protocol/sealing/people.hpp"

namespace uod::tests {
namespace {

person born(std::uint8_t number) { return {numbered<account_id>(number), must(make_identity())}; }

}  // namespace

const person& alice() {
  static const person she = born(0xa1);
  return she;
}

const person& bob() {
  static const person he = born(0xb0);
  return he;
}

const person& carol() {
  static const person she = born(0xca);
  return she;
}

const person& mallory() {
  static const person she = born(0xe1);
  return she;
}

chat_key_about first_epoch() {
  return {numbered<chat_id>(1), numbered<epoch_id>(2), alice().account, 1'700'000'000'000, {}, 0};
}

made_chat_key made_by_alice(std::vector<chat_member> members) {
  return must(make_chat_key(first_epoch(), members, alice().identity));
}

bytes signed_by(const person& maker, chat_key_record record) {
  record.signature = must(maker.identity.sign(signed_part(record)));
  return encode_chat_key(record);
}

bytes changed(bytes octets, std::size_t at) {
  octets.at(at) = static_cast<char>(octets.at(at) ^ (1 << (at % 8)));
  return octets;
}

}  // namespace uod::tests
