#include "client/load/talk.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace uod::load {
namespace {

/// The next key is begun early: it takes two milliseconds and a way to the server.
constexpr std::uint32_t key_ahead = 1'000;

}  // namespace

bool talk::needs_key() const {
  if (making_key || next_key) return false;
  return keys.empty() || sealed + key_ahead >= messages_per_epoch_max;
}

bool talk::can_seal() {
  if (!keys.empty() && sealed < messages_per_epoch_max) return true;
  if (!next_key) return false;
  keys.push_back(std::move(*next_key));
  next_key.reset();
  if (keys.size() > keys_max) keys.pop_front();
  sealed = 0;
  return true;
}

outcome<bytes> talk::seal(const message_id& id, const std::string& text) {
  return seal_message(keys.back(), id, ++sealed, text_content{text});
}

std::optional<outcome<std::string>> talk::open_sealed(const message& stored) const {
  const auto head = parse_sealed_message(stored.body);
  if (!head) return tl::unexpected(head.error());
  const auto key = std::find_if(keys.rbegin(), keys.rend(),
                                [&](const chat_key& each) { return each.epoch() == head->epoch; });
  if (key == keys.rend()) return std::nullopt;
  auto opened = open_message(*key, {stored.chat, stored.sender, stored.id}, stored.body);
  if (!opened) return tl::unexpected(opened.error());
  auto* text = std::get_if<text_content>(&*opened);
  if (text == nullptr) return fail(errc::sealed_damaged, "no text");
  return std::move(text->text);
}

std::string text_of(std::uint64_t number, std::size_t octets) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  std::string text(digits.data(), end);
  // Words would not be harder for anybody than dots: nothing on the way compresses.
  text.resize(octets, '.');
  return text;
}

outcome<made_chat_key> make_key_for(const chat_key_about& about, const account_id& from,
                                    const identity_private& from_identity, const account_id& to,
                                    const identity_public& to_identity) {
  const std::array members{chat_member{from, from_identity.public_half()},
                           chat_member{to, to_identity}};
  return make_chat_key(about, members, from_identity);
}

}  // namespace uod::load
