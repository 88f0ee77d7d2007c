#include "client/terminal/prompt.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "client/terminal/output.hpp"
#include "protocol/password.hpp"

namespace uod::terminal {
namespace {

// What a signal handler needs to know: written before the flag is set, and not while it is.
termios terminal_before;
std::atomic<bool> echo_taken{false};
static_assert(std::atomic<bool>::is_always_lock_free);

/// Takes the echo away for as long as it lives.
class without_echo {
 public:
  without_echo() {
    if (::tcgetattr(STDIN_FILENO, &terminal_before) != 0) return;
    termios silent = terminal_before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL | ICANON;
    echo_taken = true;
    // Flushing drops what was typed ahead, before the person could see what it answers.
    good_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~without_echo() { restore_terminal(); }
  without_echo(const without_echo&) = delete;
  without_echo& operator=(const without_echo&) = delete;

  [[nodiscard]] bool good() const { return good_; }

 private:
  bool good_ = false;
};

outcome<void> wait_readable(int descriptor, int interrupt) {
  for (;;) {
    pollfd watched[] = {{descriptor, POLLIN, 0}, {interrupt, POLLIN, 0}};
    const int ready = ::poll(watched, 2, -1);
    if (ready < 0 && errno != EINTR) return fail(errc::io_failed, "standard input");
    if (ready <= 0) continue;
    if (watched[1].revents != 0) return fail(errc::interrupted);
    if (watched[0].revents != 0) return {};
  }
}

/// One octet, so that nothing behind the line is taken from whoever reads next. False at the end.
outcome<bool> read_octet(int descriptor, int interrupt, char& octet) {
  for (;;) {
    if (auto readable = wait_readable(descriptor, interrupt); !readable)
      return tl::unexpected(readable.error());
    const ssize_t count = ::read(descriptor, &octet, 1);
    if (count >= 0) return count == 1;
    if (errno != EINTR && errno != EAGAIN) return fail(errc::io_failed, "standard input");
  }
}

outcome<void> read_line_into(std::string& line, int descriptor, int interrupt,
                             std::string_view what) {
  for (;;) {
    char octet = 0;
    const auto more = read_octet(descriptor, interrupt, octet);
    if (!more) return tl::unexpected(more.error());
    if (!*more && line.empty())
      return fail(errc::input_needed,
                  std::string("standard input ended before ").append(what).append(" came"));
    if (!*more || octet == '\n') break;
    if (line.size() == password_octets_max + 1)  // one more for a CR
      return fail(errc::too_large, std::string(what) + " has at most " +
                                       std::to_string(password_octets_max) + " octets");
    line.push_back(octet);
  }
  if (line.ends_with('\r')) line.pop_back();
  return {};
}

}  // namespace

outcome<std::string> read_secret_line(int descriptor, int interrupt, std::string_view what) {
  std::string line;
  line.reserve(password_octets_max + 2);  // growing would leave copies behind
  if (auto read = read_line_into(line, descriptor, interrupt, what); !read) {
    wipe(line);
    return tl::unexpected(read.error());
  }
  return line;
}

outcome<std::string> ask_secret(const std::string& question, int interrupt) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0)
    return fail(errc::input_needed, "there is no terminal to ask for the password");
  const without_echo silence;
  if (!silence.good()) return fail(errc::io_failed, "the terminal would show the password");
  descriptor_output(STDERR_FILENO, interrupt).write(question);
  auto line = read_secret_line(STDIN_FILENO, interrupt);
  if (!line) descriptor_output(STDERR_FILENO, interrupt).write("\n");
  return line;
}

outcome<std::string> ask_line(const std::string& question, int interrupt) {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0)
    return fail(errc::input_needed, "there is no terminal to ask for the code");
  descriptor_output(STDERR_FILENO, interrupt).write(question);
  auto line = read_secret_line(STDIN_FILENO, interrupt, "a code");
  if (!line) descriptor_output(STDERR_FILENO, interrupt).write("\n");
  return line;
}

void restore_terminal() noexcept {
  if (echo_taken.exchange(false)) ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
}

}  // namespace uod::terminal
