#include "client/sealing/direct_chat.hpp"

#include <algorithm>

namespace uod::client {

bool is_chat_between(const chat_id& chat, const account_id& one, const account_id& other) {
  return chat == direct_chat_id(one, other);
}

outcome<account_id> partner_in(const chat_info& chat, const account_id& myself) {
  account_id partner = myself;
  bool am_in_it = false;
  for (const auto& each : chat.members) {
    am_in_it = am_in_it || each.id == myself;
    if (each.id != myself) partner = each.id;
  }
  const std::size_t expected = partner == myself ? 1 : 2;
  if (!am_in_it || chat.members.size() != expected || !is_chat_between(chat.id, myself, partner)) {
    return fail(errc::malformed, "the server gives a chat that cannot be");
  }
  return partner;
}

}  // namespace uod::client
