#pragma once

#include "protocol/messages.hpp"

/// What a chat must be, whatever a server says: its id is made of the two who are in it
/// (PROTOCOL.md, Ids), so that nobody can put a third in it, or somebody else in the place of one.
namespace uod::client {

/// Who a direct chat is with: the member that is not `myself`, or oneself where one talks to
/// oneself. Error: `malformed` where it has other members, or the id of another chat.
outcome<account_id> partner_in(const chat_info& chat, const account_id& myself);

/// Whether a chat may be between these two.
bool is_chat_between(const chat_id& chat, const account_id& one, const account_id& other);

}  // namespace uod::client
