#pragma once

#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <vector>

#include "protocol/sealing/chat_key.hpp"
#include "protocol/sealing/sealed_message.hpp"

/// Alice and Bob with their keys, and Mallory, who has one too.
namespace uod::tests {

struct person {
  account_id account;
  identity_private identity;

  [[nodiscard]] chat_member as_member() const { return {account, identity.public_half()}; }
};

/// Made once a program: a key takes its time. Accounts rise from Alice on.
const person& alice();
const person& bob();
const person& carol();
const person& mallory();

/// An id of any kind with this number as its last octet.
template <class Id>
Id numbered(std::uint8_t number) {
  Id id;
  id.octets.fill(7);
  id.octets[15] = number;
  return id;
}

/// The first key of Alice's device in chat 1, epoch 2.
chat_key_about first_epoch();

/// Alice makes a key for herself and Bob, or for whom else.
made_chat_key made_by_alice(std::vector<chat_member> members = {alice().as_member(),
                                                                bob().as_member()});

/// As another program would sign it: whatever stands in it.
bytes signed_by(const person& maker, chat_key_record record);

/// The value, or the end of the test.
template <class T>
T must(outcome<T> result) {
  if (!result) throw std::runtime_error(to_text(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// Why something failed; `not_allowed`, which sealing never gives, if it did not.
template <class T>
errc why(const outcome<T>& result) {
  return result ? errc::not_allowed : result.error().code;
}

/// Octets with one bit of one octet changed.
bytes changed(bytes octets, std::size_t at);

inline content text(std::string_view words) { return text_content{std::string(words)}; }

}  // namespace uod::tests
