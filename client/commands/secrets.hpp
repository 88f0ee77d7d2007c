#pragma once

#include <string>

#include "client/commands/context.hpp"
#include "protocol/crypto_secret.hpp"

/// Passwords and codes of a person: typed, or piped in, a line each. They come in strings that the
/// caller wipes (`uod::wipe`). Errors: those of terminal/prompt.hpp, `input_needed` also where
/// asking is forbidden.
namespace uod::client {

/// The password that there is; `question` ends with a colon and a space.
outcome<std::string> get_password(const context& with, const std::string& question,
                                  bool from_stdin);

/// One that is to be: asked for twice, and judged. Errors: `usage` where the two differ, those of
/// `check_new_password`.
outcome<std::string> get_new_password(const context& with, const std::string& question,
                                      bool from_stdin);

/// A code from a mail, as its bare characters. Error: `code_wrong` for what cannot be one, so that
/// a slip asks nothing of the server and counts against no rate.
outcome<std::string> get_mail_code(const context& with, bool from_stdin);

/// A recovery code. Error: `recovery_code_invalid`, before anything is tried with it.
outcome<secret_bytes> get_recovery_code(const context& with, bool from_stdin);

/// A premium code as it was given on the command line, `-` for a line of stdin; bare as above.
/// Error: `premium_code_invalid`.
outcome<std::string> get_premium_code(const std::string& given);

}  // namespace uod::client
