#pragma once

#include <array>
#include <optional>
#include <string>

#include "tests/replay/scene.hpp"
#include "tests/replay/site.hpp"

namespace uod::replaying {

/// How the captured octets come again.
enum class manner {
  same_link,         ///< the frame, inside the link that it was first sent on
  second_link,       ///< the frame, inside another link of the same device, beside the first
  reconnect,         ///< the frame, after the first link has ended and the token opened another
  restart,           ///< the frame, after the server has been restarted
  same_socket,       ///< the ciphertext, on the socket that it was first sent on
  whole_connection,  ///< all ciphertext of the client, the handshake too, on a new socket
};

inline constexpr std::array subjects = {subject::message, subject::contact, subject::mark};
inline constexpr std::array manners = {manner::same_link,   manner::second_link,
                                       manner::reconnect,   manner::restart,
                                       manner::same_socket, manner::whole_connection};

/// Whether TLS has to refuse it, before there is a frame to look at.
constexpr bool is_ciphertext(manner how) {
  return how == manner::same_socket || how == manner::whole_connection;
}

/// What came of a replay. What only the server knows is missing where it is not our own.
struct finding {
  subject what{};
  manner how{};
  std::string frame;    ///< id of the replayed frame
  std::string session;  ///< the server's number for the link it was replayed on
  bool unchanged = false;
  bool unanswered = false;
  /// Frames: the link goes on. Ciphertext: the link has ended.
  bool link_right = false;
  /// Frames: once, among the replays. Ciphertext: not among them, no frame has come.
  std::optional<bool> counted;
  /// Frames: the alarm with session and frame. Ciphertext: the link's end, for `link_failed`.
  std::optional<bool> logged;

  [[nodiscard]] bool ignored() const { return unchanged && unanswered && link_right; }
  [[nodiscard]] bool seen_whole() const { return counted && logged; }
  [[nodiscard]] bool good() const {
    return ignored() && counted.value_or(true) && logged.value_or(true);
  }
};

/// Plays a scene of its own at the site, replays what was captured, and looks what came of it.
/// `restart` needs a site of our own. Throws `harness_failure` where the scene cannot be played.
finding attempt(site& at, subject what, manner how);

}  // namespace uod::replaying
