#include "client/terminal/output.hpp"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace uod::terminal {

bool descriptor_output::write(std::string_view text) {
  while (!text.empty() && !closed_) {
    if (!wait_for_room()) {
      closed_ = true;
      break;
    }
    // A pipe that poll() calls writable takes PIPE_BUF octets without blocking, no more.
    const std::size_t piece = std::min<std::size_t>(text.size(), PIPE_BUF);
    const ssize_t written = ::write(descriptor_, text.data(), piece);
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      closed_ = true;
    }
  }
  return !closed_;
}

bool descriptor_output::wait_for_room() const {
  for (;;) {
    pollfd watched[] = {{descriptor_, POLLOUT, 0}, {interrupt_, POLLIN, 0}};
    const int ready = ::poll(watched, 2, -1);
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    // What fits is still written after the wish to end: the goodbye is said in this way.
    if (watched[0].revents & POLLOUT) return true;
    if (watched[0].revents != 0) return false;
    if (watched[1].revents != 0) return false;
  }
}

bool can_animate(int descriptor) {
  if (::isatty(descriptor) == 0) return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && *term != '\0' && std::strcmp(term, "dumb") != 0;
}

bool wants_color(int descriptor, bool forbidden) {
  const char* no_color = std::getenv("NO_COLOR");
  return !forbidden && (no_color == nullptr || *no_color == '\0') && can_animate(descriptor);
}

}  // namespace uod::terminal
