#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client/commands/conversation.hpp"
#include "client/commands/line_queue.hpp"
#include "client/commands/line_reader.hpp"

namespace uod::client {

/// Where lines go.
struct line_way {
  std::string to;  ///< as people call it
  std::size_t line_bytes_max = 0;
  /// Sends a line under an id, and shows that it is acknowledged: false when that did not go out.
  std::function<void(const message_id& id, const std::string& text, answer<bool> shown)> send;
  /// Whether it takes no more until something is answered; none: it takes what the engine takes.
  std::function<bool()> full = {};
};

/// `send NAME -` and `broadcast -`: each line of a descriptor is a message, many of them under way
/// at once. What the server refuses for now is sent again when it may be. Held by a shared pointer,
/// because answers may still come when the conversation is closed.
class line_sender : public std::enable_shared_from_this<line_sender> {
 public:
  line_sender(context& with, conversation& talk, line_way way);

  /// Sends until the end of the descriptor, and waits until every line is acknowledged. At the
  /// first failure it reads and sends no more, and waits for what is under way. Errors: what
  /// went wrong, with the line's number and how many lines are acknowledged.
  outcome<void> run(int descriptor);

 private:
  void take(bytes_view octets);
  /// Sends lines for as long as the engine's backlog is not half full and the server takes them.
  void pump();
  void send(const line_queue::line& line);
  void on_answer(std::uint64_t line, const outcome<bool>& answered);
  void slow_down(std::uint64_t line, const error& why);
  void stop_reading(const error& why);
  void show_progress();

  [[nodiscard]] bool all_sent() const {
    return failure_ || (reader_.at_end() && queue_.all_sent());
  }
  [[nodiscard]] std::uint64_t progress_ms() const;
  outcome<void> wait_for_answers();
  [[nodiscard]] error account_for(error why) const;

  context& with_;
  conversation& talk_;
  line_way way_;
  line_reader reader_;
  line_queue queue_;
  std::unique_ptr<asio_runtime::input> input_;
  std::unique_ptr<timer> rest_;
  bool paused_ = false;
  bool slowed_ = false;  ///< the server has refused a line for now, and a person was told
  std::uint64_t acknowledged_ = 0;
  std::uint64_t moved_ms_ = 0;  ///< when an answer came, or the first was waited for
  std::uint64_t drawn_ms_ = 0;
  std::optional<error> failure_;  ///< of the first line that failed
};

}  // namespace uod::client
