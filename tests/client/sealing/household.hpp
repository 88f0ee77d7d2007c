#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/sealing/keyring.hpp"
#include "tests/protocol/sealing/people.hpp"

/// Devices of Alice's and Bob's, and a server that keeps what they seal and may show it as it
/// likes.
namespace uod::tests {

/// One device: a keyring in a directory of its own.
class sealing_device {
 public:
  explicit sealing_device(const person& owner);
  ~sealing_device();
  sealing_device(const sealing_device&) = delete;

  [[nodiscard]] client::keyring& keys() { return *keys_; }
  [[nodiscard]] const account_id& account() const { return owner_.account; }
  /// Ends and begins again, as a program does.
  void restart();
  /// As after a crash: the file stays, nothing is given back.
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  const person& owner_;
  std::filesystem::path directory_;
  std::filesystem::path file_;
  std::optional<client::keyring> keys_;
};

/// What the server has of one chat of Alice and Bob.
class sealing_server {
 public:
  /// The chat as the server shows it, with everybody's key.
  chat_info chat;
  std::map<epoch_id, bytes> records;
  std::vector<message> messages;
  std::map<bytes, identity_public> identities;  ///< by fingerprint

  sealing_server();

  /// A device says something: seals it and has it stored. With a key that it goes on with, or a new
  /// one.
  message say(sealing_device& from, const std::string& text);
  /// A device reads these, asking for what it lacks.
  std::vector<client::opened_message> show(sealing_device& to, const std::vector<message>& what);
  std::vector<client::opened_message> show_all(sealing_device& to) { return show(to, messages); }
  /// Pins everybody in the chat, as the first sending or reading does.
  void introduce(sealing_device& to);

  std::uint64_t now_ms = 1'767'225'600'000;

 private:
  std::uint8_t ids_ = 0;
};

/// The text of what could be opened.
std::string text_of(const client::opened_message& it);

}  // namespace uod::tests
