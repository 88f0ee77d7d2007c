#pragma once

#include <string>
#include <string_view>

#include "protocol/errors.hpp"

/// Secrets, typed or piped in. They come in strings that the caller wipes (`uod::wipe`).
namespace uod::terminal {

/// Asks on a terminal, without echo. `interrupt` becomes readable when the program shall end.
/// Errors: `input_needed` (stdin or stderr is no terminal, or it ended), `interrupted`,
/// `too_large`, `io_failed`.
outcome<std::string> ask_secret(const std::string& question, int interrupt);

/// The same for what may be seen while it is typed: a code that is good once.
outcome<std::string> ask_line(const std::string& question, int interrupt);

/// The next line of a descriptor, without its end (LF or CR LF). `what` it is, for errors, which
/// are as above; `input_needed` when there is nothing at all.
outcome<std::string> read_secret_line(int descriptor, int interrupt,
                                      std::string_view what = "a password");

/// Gives the terminal its echo back when a prompt has taken it. Safe in a signal handler, for
/// programs that end at once.
void restore_terminal() noexcept;

}  // namespace uod::terminal
