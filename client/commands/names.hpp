#pragma once

#include <functional>
#include <string>

#include "client/commands/conversation.hpp"

namespace uod::client {

/// Connects with this profile's log-in, does the work, says goodbye.
outcome<void> as_myself(context& with,
                        const std::function<outcome<void>(conversation&, const kept_login&)>& work);

/// A failure that concerns a name which a person gave. What cannot be a name belongs to nobody:
/// it becomes `missing`. The detail names whom it was about.
error about_name(error failure, const std::string& name, errc missing = errc::no_such_account);

/// Whom a direct chat is with: the other member, or oneself.
std::string chat_name(const chat_info& chat, const account_id& myself);

/// Opens the chat with somebody. Errors: those of `conversation::ask`, about the name; `malformed`
/// where the server gives another chat than was asked for.
outcome<chat_info> open_chat_with(conversation& talk, const account_id& myself,
                                  const std::string& name);

}  // namespace uod::client
