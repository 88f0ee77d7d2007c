#pragma once

#include <string>
#include <string_view>

#include "client/terminal/output.hpp"

namespace uod::terminal {

/// What is said to a person on stderr: lines that stay, and on a terminal one below them that is
/// drawn over while something is under way. Everything said is made safe here.
class status_line {
 public:
  struct manner {
    bool animate = false;  ///< a terminal, and nobody forbade it
    bool quiet = false;    ///< -q: only failures are said
    bool verbose = false;  ///< -v
    std::string_view program = "uod";
  };

  /// `to` must outlive it.
  status_line(output& to, manner in) : to_(to), manner_(in) {}
  ~status_line() { clear(); }
  status_line(const status_line&) = delete;
  status_line& operator=(const status_line&) = delete;

  /// A line that stays.
  void say(std::string_view text);
  /// One for -v.
  void say_more(std::string_view text);
  /// One that comes through -q as well: `uod: …`, or another program's name.
  void say_failure(std::string_view text);

  /// What is under way, drawn over by the next; nothing where that cannot be drawn.
  void show(std::string_view text);
  void clear();

  [[nodiscard]] const manner& how() const { return manner_; }

 private:
  void put(std::string_view text);

  output& to_;
  manner manner_;
  bool drawn_ = false;
};

}  // namespace uod::terminal
