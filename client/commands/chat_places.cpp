#include "client/commands/chat_places.hpp"

#include <algorithm>

#include "protocol/sealing/octets.hpp"

namespace uod::client {
namespace {

constexpr const char* note_name = "heard up to";

}  // namespace

outcome<void> chat_places::load(keyring& keys, std::uint64_t position) {
  const auto note = keys.note(note_name);
  if (!note) return tl::unexpected(note.error());
  sealing::octet_reader read(note->view());
  if (read.number<std::uint64_t>() != position || read.too_short()) return {};
  while (!read.rest().empty()) {
    const auto chat = read.thing<chat_id>();
    const auto seq = read.number<std::uint64_t>();
    if (read.too_short()) break;
    put(chat, seq);
  }
  changed_ = false;
  return {};
}

outcome<void> chat_places::keep(keyring& keys, std::uint64_t position) {
  if (!changed_) return {};
  bytes octets;
  sealing::put(octets, position);
  for (const auto& [chat, at] : places_) {
    octets.append(chat.view());
    sealing::put(octets, at.seq);
  }
  auto kept = keys.keep_note(note_name, octets);
  if (kept) changed_ = false;
  return kept;
}

void chat_places::clear() {
  places_.clear();
  changed_ = true;
}

std::optional<std::uint64_t> chat_places::find(const chat_id& chat) const {
  const auto found = places_.find(chat);
  if (found == places_.end()) return std::nullopt;
  return found->second.seq;
}

void chat_places::put(const chat_id& chat, std::uint64_t seq) {
  places_[chat] = {seq, ++puts_};
  changed_ = true;
  if (places_.size() <= chats_max) return;
  places_.erase(
      std::ranges::min_element(places_, {}, [](const auto& each) { return each.second.used; }));
}

}  // namespace uod::client
