#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <string>
#include <utility>

#include "config/descriptor.hpp"
#include "protocol/errors.hpp"

/// What both ends of a node's local socket need of the system.
namespace uod::administration {

/// The address of a socket's file, however long its path is: a path that does not fit into an
/// address is named by way of its opened directory (proc(5), /proc/self/fd).
class socket_address {
 public:
  /// Errors as for opening the directory.
  static outcome<socket_address> of(const std::filesystem::path& file);

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] socklen_t size() const { return sizeof address_; }

 private:
  descriptor directory_;
  sockaddr_un address_{};
};

/// Waits until a descriptor can be read or written (poll(2)'s `events`), or `wake` can be read.
/// `timed_out`, `going_away` for `wake`; -1: there is none.
outcome<void> wait_for(int file, short events, int wake, int timeout_ms);

/// Writes all of it. Each wait for room is bounded by `stall_ms`. Errors as above, `link_closed`.
outcome<void> send_all(int file, std::string_view octets, int wake, int stall_ms);

}  // namespace uod::administration
