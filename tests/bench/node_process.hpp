#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "client/engine/runtime.hpp"

namespace uod::bench {

/// A node of its own process, with a data directory of its own, ended with this object.
class node_process {
 public:
  /// Starts `program` and waits until it listens. Throws when it does not.
  /// `key`: as `tls.key` in its configuration.
  node_process(std::filesystem::path program, std::filesystem::path directory,
               const std::string& key = "ec:P-256");
  ~node_process();
  node_process(const node_process&) = delete;
  node_process& operator=(const node_process&) = delete;

  [[nodiscard]] const client::endpoint& where() const { return where_; }
  [[nodiscard]] pid_t pid() const { return process_; }
  /// CPU time of the process so far; counted by the kernel in steps of 10 ms.
  [[nodiscard]] double cpu_s() const;
  [[nodiscard]] double resident_kb() const;

  /// Runs a command of the node's program on it, as its administrator does, and waits for its
  /// end. Throws when it fails.
  void administer(const std::vector<std::string>& command) const;

  /// Kills it as a power cut would, starts it again at the same address, and waits until it
  /// listens.
  void kill_and_restart();

  struct totals {
    double messages = 0;
    double commits = 0;
  };
  /// Ends it and gives what it says of itself at its end. Throws when it did not end well.
  totals stop();

 private:
  void launch(const std::string& address);
  void await_listening();

  std::filesystem::path program_;
  std::filesystem::path directory_;
  pid_t process_ = -1;
  int output_ = -1;
  client::endpoint where_;
};

}  // namespace uod::bench
