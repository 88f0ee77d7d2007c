#pragma once

#include "actors/mailer.hpp"
#include "config/server_config.hpp"

namespace uod {

/// What a node's mailer works with, as the configuration has it: the templates, read and checked,
/// and the way out. The Maildir is DATA/mail. Errors: `config_invalid` (a template, a setting of
/// SMTP, a password that others may read), `permission_denied`, `storage_full`, `io_failed`, each
/// with the path.
outcome<mail_equipment> set_up_mail(const server_config& config);

/// Whether `set_up_mail` would refuse the configuration, with the same errors. Makes nothing and
/// asks no server.
outcome<void> check_mail(const server_config& config);

}  // namespace uod
