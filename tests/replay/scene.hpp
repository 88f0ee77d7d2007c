#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/process/raw_client.hpp"

/// A real conversation, of which one frame is captured.
namespace uod::replaying {

/// What the captured frame asks for.
enum class subject { message, contact, mark };

/// A frame as it went through Alice's link, and was answered.
struct captured {
  std::uint32_t request = 0;
  std::string frame;    ///< its id, as logs write it
  bytes segments;       ///< the octets inside the link
  bytes ciphertext;     ///< the same octets as they went over the socket
  bytes whole_history;  ///< all that this client has sent over the socket, the handshake too
};

/// What Alice has at the server, as far as a replay could change it.
struct standing {
  std::vector<message> messages;
  std::vector<std::string> contacts;
  std::vector<chat_info> chats;  ///< the one with Bob, with its marks

  bool operator==(const standing&) const = default;
};

/// Alice, Bob and Carol, registered under new random names at the server behind a port.
class scene {
 public:
  explicit scene(std::uint16_t port);

  /// Lets Alice do something whose repetition would show, and captures how she says it.
  captured capture(subject what);

  /// Alice's first link, until `hang_up`.
  process::raw_client& alice() { return *alice_; }
  void hang_up() { alice_.reset(); }
  /// Another link of Alice's device, by its token.
  [[nodiscard]] std::unique_ptr<process::raw_client> alice_again() const;

  /// What Alice has, read over one of her links. Before it is read she makes a change of each kind
  /// that is none of what is compared: all that the link brought before has then been worked off,
  /// its answers have come.
  standing look(process::raw_client& over) const;

 private:
  std::uint16_t port_;
  std::string bob_;
  std::string carol_;
  std::unique_ptr<process::raw_client> alice_;
  logged_in account_;
  chat_id chat_;   ///< with Bob
  chat_id notes_;  ///< with herself
};

}  // namespace uod::replaying
