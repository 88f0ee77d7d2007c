#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "protocol/ids.hpp"

namespace uod::client {

/// Lines on their way to a server that may refuse them for now (`rate_limited`): which one is to
/// be sent, and when. Order is kept, because after a first refusal the server takes nothing until
/// that line comes again, and here nothing is sent before everything under way is answered. After
/// a refusal lines go one at a time, and one more at once with every second acknowledgement: so no
/// more is refused than was taken before. Pure.
class line_queue {
 public:
  /// However long a server says one should wait, it is tried again after this.
  static constexpr std::uint64_t rest_ms_max = 60'000;
  /// Where it does not say how long.
  static constexpr std::uint64_t rest_ms_default = 1'000;

  struct line {
    std::uint64_t number = 0;
    message_id id;  ///< the same each time it is sent
    std::string text;
  };

  /// A new line, with a larger number than all before.
  void add(line made);
  /// The line to send at this time, or null.
  [[nodiscard]] const line* next(std::uint64_t now_ms) const;
  /// `next` has been sent.
  void note_sent();

  void acknowledged(std::uint64_t number);
  /// To be sent again, `retry_after_ms` from now or later.
  void refused(std::uint64_t number, std::uint64_t now_ms, std::uint64_t retry_after_ms);
  /// It failed for good.
  void drop(std::uint64_t number) { take_answer(number); }

  /// Everything that was added has been sent: there is room for more.
  [[nodiscard]] bool all_sent() const { return unsent_.empty(); }
  /// Until when nothing may be sent, where that is all that is waited for.
  [[nodiscard]] std::optional<std::uint64_t> rest_until_ms() const;
  [[nodiscard]] std::size_t under_way() const { return under_way_; }
  /// The first line that is not acknowledged; nothing where all are.
  [[nodiscard]] std::optional<std::uint64_t> first() const;

 private:
  [[nodiscard]] std::size_t window() const;
  void take_answer(std::uint64_t number);

  std::map<std::uint64_t, line> lines_;  ///< all that are not answered for good
  std::set<std::uint64_t> unsent_;
  std::size_t under_way_ = 0;
  std::optional<std::size_t> taken_;  ///< acknowledged since the last refusal, if there was one
  bool resting_ = false;              ///< a line was refused, and none sent since
  std::uint64_t rest_until_ms_ = 0;
};

}  // namespace uod::client
