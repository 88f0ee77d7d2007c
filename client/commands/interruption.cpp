#include "client/commands/interruption.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "client/terminal/prompt.hpp"

namespace uod::client {
namespace {

// Written once before the handlers are installed, then only read.
int level_pipe[2] = {-1, -1};
int edge_pipe[2] = {-1, -1};
std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
  const int errno_before = errno;
  int none = 0;
  if (first_signal.compare_exchange_strong(none, number)) {
    const char octet = 0;
    // Both pipes are empty, so that neither write can fail for want of room.
    static_cast<void>(!::write(level_pipe[1], &octet, 1));
    static_cast<void>(!::write(edge_pipe[1], &octet, 1));
  } else {
    terminal::restore_terminal();
    ::signal(number, SIG_DFL);
    ::raise(number);  // takes effect when this handler returns
  }
  errno = errno_before;
}

}  // namespace

outcome<void> interruption::install() {
  if (::pipe2(level_pipe, O_CLOEXEC | O_NONBLOCK) != 0 ||
      ::pipe2(edge_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
    return fail(errc::io_failed, "a pipe for signals");
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may grow no more is an error like a full disk
  return {};
}

int interruption::level() { return level_pipe[0]; }
int interruption::edge() { return edge_pipe[0]; }
int interruption::received() { return first_signal; }

}  // namespace uod::client
