#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "actors/mail/transport.hpp"
#include "protocol/errors.hpp"

namespace uod::mail {

/// Delivers into a Maildir (https://cr.yp.to/proto/maildir.html), so that nothing has to be
/// installed: each letter becomes `new/ID.eml`, complete and on disk before it gets that name. The
/// same letter again replaces its file. Makes the directories (mode 0700; files get 0600), also
/// when somebody removes them later; what is above `path` must exist. Errors: as `composer::make`;
/// `permission_denied`, `storage_full`, `io_failed` for the directories.
outcome<std::unique_ptr<transport>> make_maildir_transport(const std::filesystem::path& path,
                                                           std::string_view from_address,
                                                           std::string_view from_name);

}  // namespace uod::mail
