#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/administration/execute.hpp"
#include "server/administration/local_socket.hpp"

namespace uod::administration {

/// Bounds of a node's local socket. Whoever reaches one is told (`overloaded`, `too_large`,
/// `timed_out`) and closed.
struct socket_limits {
  std::size_t connections_max = 8;             ///< administrators are few, and each takes a thread
  std::size_t request_octets_max = 64 * 1024;  ///< names and numbers are short
  std::uint32_t request_ms = 5'000;            ///< from connecting to the whole request
  std::uint32_t stall_ms = 10'000;             ///< without the other reading what it asked for
};

/// Gives a host for one thread, at any time and from any thread. Errors: `storage_failed`.
using host_maker = std::function<outcome<std::unique_ptr<administration_host>>()>;

/// A running node's ear for administrators: a local socket with mode 0600 in the data directory,
/// so that the system says who may connect, and nobody can from the network. One request a
/// connection: a line as `command_from_line` takes it; the answer is rows, a line each, then
/// `{"type":"end"}` or a row of type `error`.
///
/// Each connection has a thread and, for its command, a host of its own: who is slow to read a long
/// answer keeps nobody else waiting. What is no command changes nothing, and is noted in the audit
/// log.
class admin_socket {
 public:
  /// Listens from now on. A file left by a node that was killed is replaced: the caller holds the
  /// data directory's lock, so that nobody else listens there. Errors: `permission_denied`,
  /// `storage_full`, `io_failed`, with the path; those of `make_host`.
  static outcome<std::unique_ptr<admin_socket>> open(const std::filesystem::path& file,
                                                     host_maker make_host,
                                                     const socket_limits& limits = {});

  /// Ends the commands that run, each at its next row, and removes the file.
  ~admin_socket();
  admin_socket(const admin_socket&) = delete;
  admin_socket& operator=(const admin_socket&) = delete;

 private:
  using clock = std::chrono::steady_clock;
  struct connection {
    descriptor link;
    std::uint32_t uid = 0;
    std::string received;
  };
  /// The thread of one connection.
  struct worker {
    std::thread thread;
    std::atomic<bool> done = false;
  };

  admin_socket(std::filesystem::path file, host_maker make_host,
               std::unique_ptr<administration_host> host, const socket_limits& limits,
               descriptor listener, descriptor wake);

  void work();
  void accept();
  void forget_done();
  void await_place();
  // On a worker's thread.
  void serve(connection& from);
  /// The request, without its end; nothing when there is none to answer.
  std::optional<std::string> read_request(connection& from);
  void answer(connection& from, std::string_view line);
  void refuse(const connection& whom, const error& why);

  const std::filesystem::path file_;
  const host_maker make_host_;
  std::mutex refusing_;
  const std::unique_ptr<administration_host> host_;  ///< for what is refused; under `refusing_`
  const socket_limits limits_;
  descriptor listener_;
  descriptor wake_;
  std::mutex ending_;
  std::condition_variable ended_;  ///< a worker is done
  std::list<worker> workers_;      ///< of `thread_`, but for their flags
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace uod::administration
