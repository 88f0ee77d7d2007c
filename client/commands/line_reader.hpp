#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"

namespace uod::client {

/// A stream of octets as lines to send: each LF or CR LF ends one, and so does the end of the
/// stream. Empty lines are passed over and counted. Holds what was fed and not yet taken. Pure.
class line_reader {
 public:
  struct line {
    std::uint64_t number = 0;  ///< from 1, empty ones counted as well
    std::string text;
  };

  /// A longer line than `line_bytes_max` is an error, as soon as that is known.
  explicit line_reader(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  void feed(bytes_view octets) { held_.append(octets); }
  /// Nothing is fed any more: what is held is the last line, also without its end.
  void finish() { finished_ = true; }

  /// The next line; nothing when it has not come whole yet, or all are taken. Errors, with the
  /// line's number, after which nothing more comes: `too_large`, `text_invalid`.
  outcome<std::optional<line>> next();

  /// Everything was taken, and no more comes.
  [[nodiscard]] bool at_end() const { return finished_ && taken_ == held_.size(); }
  [[nodiscard]] std::uint64_t empty_lines() const { return empty_lines_; }
  [[nodiscard]] std::size_t held_bytes() const { return held_.size() - taken_; }

 private:
  std::optional<std::string> take_line();

  std::size_t line_bytes_max_;
  bytes held_;
  std::size_t taken_ = 0;
  std::size_t searched_ = 0;  ///< no LF before this, so that nothing is looked at twice
  bool finished_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t empty_lines_ = 0;
};

}  // namespace uod::client
