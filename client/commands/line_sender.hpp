#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "client/commands/conversation.hpp"
#include "client/commands/line_reader.hpp"

namespace uod::client {

/// `send NAME -`: each line of a descriptor is a message, many of them under way at once. Held
/// by a shared pointer, because answers may still come when the conversation is closed.
class line_sender : public std::enable_shared_from_this<line_sender> {
 public:
  /// The conversation must have been greeted: the server's limits are known then.
  line_sender(context& with, conversation& talk, const chat_id& chat, std::string name);

  /// Sends until the end of the descriptor, and waits until every line is acknowledged. At the
  /// first failure it reads and sends no more, and waits for what is under way. Errors: what
  /// went wrong, with the line's number and how many lines are acknowledged.
  outcome<void> run(int descriptor);

 private:
  void take(bytes_view octets);
  /// Sends lines for as long as the engine's backlog is not half full.
  void pump();
  void send(line_reader::line line);
  void on_answer(std::uint64_t line, const outcome<message_sent>& answered);
  void stop_reading(const error& why);
  void show_progress();

  [[nodiscard]] bool all_sent() const { return failure_ || reader_.at_end(); }
  [[nodiscard]] std::uint64_t progress_ms() const;
  outcome<void> wait_for_answers();
  [[nodiscard]] error account_for(error why) const;

  context& with_;
  conversation& talk_;
  chat_id chat_;
  std::string name_;
  line_reader reader_;
  std::unique_ptr<asio_runtime::input> input_;
  bool paused_ = false;
  std::set<std::uint64_t> under_way_;  ///< numbers of lines that have no answer yet
  std::uint64_t acknowledged_ = 0;
  std::uint64_t moved_ms_ = 0;  ///< when an answer came, or the first was waited for
  std::uint64_t drawn_ms_ = 0;
  std::optional<error> failure_;  ///< of the first line that failed
};

}  // namespace uod::client
