#pragma once

#include <filesystem>

#include "client/commands/context.hpp"
#include "client/commands/conversation.hpp"
#include "client/sealing/keyring.hpp"

namespace uod::client {

/// Where a file that came under `name` goes: into `output` where that is a directory, else to
/// `output` itself; empty: into the current directory. Never anywhere else, whatever the name says:
/// `sealed_damaged` for one that is no name, `not_allowed` for one that begins with a dot or a
/// dash.
outcome<std::filesystem::path> place_to_save(const std::string& output, const std::string& name);

/// Fetches a file, opens each of its segments, and puts them into `PLACE.part`, which gets its name
/// when all of it is there. What an earlier run has brought into the part is kept, by whole
/// segments. Errors: `not_allowed` (something is there already, and not `force`), `no_such_file`,
/// `sealed_damaged`, `storage_full`, `permission_denied`, `io_failed`, those of
/// `conversation::ask`.
outcome<void> download_file(context& with, conversation& talk, keyring& keys,
                            const file_content& file, const std::filesystem::path& place,
                            bool force);

}  // namespace uod::client
