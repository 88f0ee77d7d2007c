#pragma once

#include <functional>
#include <string>

#include "client/commands/context.hpp"
#include "client/commands/conversation.hpp"

/// What sending and saving a file have in common: how much is under way, waiting, and showing how
/// far it is.
namespace uod::client {

/// Segments under way at a time: what the server takes ahead of one connection is twice as much, so
/// that a word of chat finds room beside them.
inline constexpr std::size_t segments_under_way_max = 4;

class file_transfer {
 public:
  /// `what` is for people: `photo.jpg to bob`. `octets` are all that there are.
  file_transfer(context& with, conversation& talk, std::string what, std::uint64_t octets);

  /// So much is over.
  void moved_to(std::uint64_t octets);

  /// Waits until something is so; `timed_out` when nothing has moved for --timeout on a connection.
  outcome<void> wait(const std::function<bool()>& so);

  /// Lets some time pass, as a server asks for it. `interrupted`, or why the engine has ended.
  outcome<void> rest(std::uint32_t retry_after_ms);

  /// Whether a refusal only asks for patience.
  static bool is_for_now(errc code) {
    return code == errc::rate_limited || code == errc::overloaded;
  }

  /// An error as a person is to see it: how far it came, and that it goes on from there.
  [[nodiscard]] error account_for(error why) const;

 private:
  context& with_;
  conversation& talk_;
  std::string what_;
  std::uint64_t octets_;
  std::uint64_t begun_ms_;
  std::uint64_t moved_ms_;
  std::uint64_t drawn_ms_ = 0;
  std::uint64_t over_ = 0;
  std::optional<std::uint64_t> before_;
};

/// `3.1 MiB`, for people.
std::string octets_text(std::uint64_t octets);

}  // namespace uod::client
