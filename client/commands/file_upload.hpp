#pragma once

#include "client/commands/context.hpp"
#include "client/commands/conversation.hpp"
#include "client/commands/source_file.hpp"
#include "client/commands/upload_notes.hpp"

namespace uod::client {

/// Brings the file's segments to the server, behind those that it holds. Each is read and sealed
/// aside of the engine's loop; several are under way. Goes on over lost connections. Errors: those
/// of `source_file::read`, the server's, `interrupted`, `timed_out`.
outcome<void> upload_file(context& with, conversation& talk, const chat_id& chat,
                          const source_file& file, const kept_upload& upload,
                          const std::string& what);

}  // namespace uod::client
