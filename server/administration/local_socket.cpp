#include "server/administration/local_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "config/private_file.hpp"

namespace uod::administration {

outcome<socket_address> socket_address::of(const std::filesystem::path& file) {
  socket_address made;
  made.address_.sun_family = AF_UNIX;
  std::string name = file.string();
  if (name.size() >= sizeof made.address_.sun_path) {
    const auto parent = file.parent_path();
    made.directory_ = descriptor(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!made.directory_.open()) return tl::unexpected(system_error_at(errno, parent));
    name =
        "/proc/self/fd/" + std::to_string(made.directory_.get()) + "/" + file.filename().string();
  }
  if (name.size() >= sizeof made.address_.sun_path) {
    return fail(errc::io_failed, file.string() + ": the name is too long for a socket");
  }
  std::memcpy(made.address_.sun_path, name.data(), name.size());
  return made;
}

outcome<void> wait_for(int file, short events, int wake, int timeout_ms) {
  pollfd watched[2] = {{file, events, 0}, {wake, POLLIN, 0}};
  for (;;) {
    const int ready = ::poll(watched, 2, timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return fail(errc::io_failed, std::strerror(errno));
    if (ready == 0) return fail(errc::timed_out);
    if (watched[1].revents != 0) return fail(errc::going_away);
    return {};
  }
}

outcome<void> send_all(int file, std::string_view octets, int wake, int stall_ms) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(file, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      octets.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto ready = wait_for(file, POLLOUT, wake, stall_ms); !ready) return ready;
    } else if (errno != EINTR) {
      return fail(errc::link_closed);
    }
  }
  return {};
}

}  // namespace uod::administration
