#pragma once

#include <functional>
#include <string>

#include "client/commands/context.hpp"
#include "client/commands/conversation.hpp"

/// One's own account: how it is shown, and what is kept of a log-in.
namespace uod::client {

/// What this device calls itself to the server: the name of the machine.
std::string device_name();

void show_account(context& with, const conversation& talk, const account_info& account,
                  const device_id& device, const std::string& identity_fingerprint = {});

/// Keeps the token of a log-in, overwrites it in `in`, and shows whose it is. What the profile was
/// logged in as before is logged out then, and where it was another account, what was read here is
/// forgotten; where the former cannot be done a warning says so.
outcome<void> settle(context& with, conversation& talk, logged_in& in);

/// Says that a password is being stretched, which takes a moment.
void say_deriving(context& with);

/// Connects without a log-in, does the work, says goodbye.
outcome<void> as_stranger(context& with, const std::function<outcome<void>(conversation&)>& work);

}  // namespace uod::client
