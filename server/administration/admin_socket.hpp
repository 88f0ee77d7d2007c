#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/administration/execute.hpp"
#include "server/administration/local_socket.hpp"

namespace uod::administration {

/// Bounds of a node's local socket. Whoever reaches one is told (`overloaded`, `too_large`,
/// `timed_out`) and closed.
struct socket_limits {
  std::size_t connections_max = 8;             ///< administrators are few
  std::size_t request_octets_max = 64 * 1024;  ///< names and numbers are short
  std::uint32_t request_ms = 5'000;            ///< from connecting to the whole request
  std::uint32_t stall_ms = 10'000;             ///< without the other reading what it asked for
};

/// A running node's ear for administrators: a local socket with mode 0600 in the data directory,
/// so that the system says who may connect, and nobody can from the network. One request a
/// connection: a line as `command_from_line` takes it; the answer is rows, a line each, then
/// `{"type":"end"}` or a row of type `error`.
///
/// Commands run one after the other on the socket's own thread, which is the only one to use the
/// host. What is no command changes nothing, and is noted in the audit log.
class admin_socket {
 public:
  /// Listens from now on. A file left by a node that was killed is replaced: the caller holds the
  /// data directory's lock, so that nobody else listens there. Errors: `permission_denied`,
  /// `storage_full`, `io_failed`; with the path.
  static outcome<std::unique_ptr<admin_socket>> open(const std::filesystem::path& file,
                                                     administration_host& host,
                                                     const socket_limits& limits = {});

  /// Ends the command that runs at its next row, and removes the file.
  ~admin_socket();
  admin_socket(const admin_socket&) = delete;
  admin_socket& operator=(const admin_socket&) = delete;

 private:
  using clock = std::chrono::steady_clock;
  struct connection {
    descriptor link;
    std::uint32_t uid = 0;
    clock::time_point deadline;
    std::string received;
  };

  admin_socket(std::filesystem::path file, administration_host& host, const socket_limits& limits,
               descriptor listener, descriptor wake);

  void work();
  [[nodiscard]] int wait_ms() const;
  void accept();
  /// False when the connection is to be closed.
  bool serve(connection& from);
  void answer(connection& from, std::string_view line);
  void refuse(const connection& whom, const error& why);

  const std::filesystem::path file_;
  administration_host& host_;
  const socket_limits limits_;
  descriptor listener_;
  descriptor wake_;
  std::list<connection> connections_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace uod::administration
