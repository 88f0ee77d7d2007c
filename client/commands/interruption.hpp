#pragma once

#include <csignal>

#include "protocol/errors.hpp"

namespace uod::client {

/// SIGINT and SIGTERM as something to wait for. The first asks the program to end cleanly; the
/// second ends it at once, wherever it is, with the terminal's echo given back. SIGPIPE is
/// ignored from here on: a closed pipe is an error of write(). One in a process.
///
/// Not `asio_runtime::on_signal`, because a prompt and a write to a slow reader wait outside of
/// that loop, and a second signal must end those too.
class interruption {
 public:
  /// Error: `io_failed`, out of descriptors.
  static outcome<void> install();

  /// Readable from the first signal on; nobody reads it, so it stays so. -1 when not installed.
  static int level();
  /// Readable once, for the event loop to read.
  static int edge();
  /// The signal that came; 0 for none yet.
  static int received();
};

}  // namespace uod::client
