#include "client/commands/secrets.hpp"

#include <unistd.h>

#include "client/commands/interruption.hpp"
#include "client/terminal/prompt.hpp"
#include "protocol/codes.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/recovery_code.hpp"

namespace uod::client {
namespace {

outcome<std::string> read_line(std::string_view what) {
  return terminal::read_secret_line(STDIN_FILENO, interruption::level(), what);
}

/// The bare characters in place of what was typed.
outcome<std::string> bare_code(std::string typed, std::size_t characters, errc wrong) {
  auto bare = parse_code(typed, characters, wrong);
  wipe(typed);
  return bare;
}

/// A new password is asked for twice: nobody sees what is typed.
outcome<std::string> ask_twice(const std::string& question) {
  auto password = terminal::ask_secret(question, interruption::level());
  if (!password) return password;
  auto again = terminal::ask_secret("The same again: ", interruption::level());
  const bool same = again && *again == *password;
  if (again) wipe(*again);
  if (same) return password;
  wipe(*password);
  if (!again) return again;
  return fail(errc::usage, "the two passwords differ; nothing was done");
}

}  // namespace

outcome<std::string> get_password(const context& with, const std::string& question,
                                  bool from_stdin) {
  if (from_stdin) return read_line("a password");
  if (with.global.no_input) return fail(errc::input_needed, "the password");
  return terminal::ask_secret(question, interruption::level());
}

outcome<std::string> get_new_password(const context& with, const std::string& question,
                                      bool from_stdin) {
  if (!from_stdin && with.global.no_input) return fail(errc::input_needed, "the new password");
  auto password = from_stdin ? read_line("a new password") : ask_twice(question);
  if (!password) return password;
  if (const auto good = check_new_password(*password); !good) {
    wipe(*password);
    return tl::unexpected(good.error());
  }
  return password;
}

outcome<std::string> get_mail_code(const context& with, bool from_stdin) {
  if (!from_stdin && with.global.no_input)
    return fail(errc::input_needed, "the code from the mail");
  auto typed = from_stdin ? read_line("a code")
                          : terminal::ask_line("Code from the mail: ", interruption::level());
  if (!typed) return typed;
  return bare_code(std::move(*typed), mail_code_characters, errc::code_wrong);
}

outcome<secret_bytes> get_recovery_code(const context& with, bool from_stdin) {
  if (!from_stdin && with.global.no_input) return fail(errc::input_needed, "the recovery code");
  auto typed = from_stdin ? read_line("a recovery code")
                          : terminal::ask_secret("Recovery code: ", interruption::level());
  if (!typed) return tl::unexpected(typed.error());
  auto code = parse_recovery_code(*typed);
  wipe(*typed);
  return code;
}

outcome<std::string> get_premium_code(const std::string& given) {
  if (given != "-") return bare_code(given, premium_code_characters, errc::premium_code_invalid);
  auto typed = read_line("a premium code");
  if (!typed) return typed;
  return bare_code(std::move(*typed), premium_code_characters, errc::premium_code_invalid);
}

}  // namespace uod::client
