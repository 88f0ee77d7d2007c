#pragma once

#include "client/commands/sealed_sender.hpp"

namespace uod::client {

/// Sends a file into a chat: its segments first, then the message that says what it is. Goes on
/// with what an earlier run has begun, and announces nothing twice. Errors: `usage` (no name that a
/// file may have), `too_large`, those of `upload_file`, the server's.
outcome<void> send_file(context& with, conversation& talk, keyring& keys, sealed_sender& sender,
                        const chat_info& chat, const std::string& name, const std::string& path);

}  // namespace uod::client
