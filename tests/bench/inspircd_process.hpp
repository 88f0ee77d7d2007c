#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace uod::bench {

/// InspIRCd, as Debian packages it, with TLS and without any of its limits: what a messenger can do
/// on this machine that stores nothing and seals nothing. Ended with this object.
class inspircd_process {
 public:
  /// Its program; nothing where it is not installed.
  static std::optional<std::filesystem::path> program();

  /// Starts it and waits until it listens. Throws when it does not.
  inspircd_process(const std::filesystem::path& program, const std::filesystem::path& directory);
  ~inspircd_process();
  inspircd_process(const inspircd_process&) = delete;
  inspircd_process& operator=(const inspircd_process&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return process_; }

 private:
  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace uod::bench
