#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/process/house.hpp"

namespace uod::replaying {

/// The server that is tried: one of our own, which can be restarted and whose log is ours to read,
/// or one that runs already, of which only the port is known.
class site {
 public:
  /// Starts a server of our own in a directory that is gone afterwards.
  explicit site(const std::filesystem::path& program);
  /// A server that runs already on this machine.
  explicit site(std::uint16_t port) : port_(port) {}

  [[nodiscard]] std::uint16_t port() const { return own_ ? own_->port() : port_; }
  [[nodiscard]] bool is_own() const { return own_.has_value(); }

  /// Stops our own server and starts it again, at the same port and with the same data. Gives all
  /// that it logged since it was started; its last line holds what it counted.
  std::string restart();

 private:
  std::optional<process::server> own_;
  std::uint16_t port_ = 0;
};

}  // namespace uod::replaying
