#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Runs real programs. Whoever waits here waits for an event, never for a time: the bound only
/// ends a test that would hang.
namespace uod::process {

using words = std::vector<std::string>;

/// For any one event: a hundred times what the slowest takes on a busy machine.
inline constexpr int wait_ms_max = 60'000;

/// What is run, and how.
struct launch {
  words command;                  ///< the program's path first
  std::string input;              ///< its whole stdin
  bool input_stays_open = false;  ///< `input` is only the beginning; see `child::write`
  words environment;              ///< `NAME=value` each; nothing of the test's own is inherited
};

/// How a program ended.
struct ended {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;
  std::string out;  ///< all that it wrote
  std::string err;
};

/// A program that runs. It is killed when this object or the whole test goes. Failures of the
/// harness itself (no such program, nothing came in time) are thrown; see must.hpp.
class child {
 public:
  explicit child(launch what);
  child(child&&) noexcept;
  child& operator=(child&&) noexcept;
  ~child();

  [[nodiscard]] pid_t pid() const;
  void signal(int number) const;

  /// More stdin, and its end. Only with `input_stays_open`.
  void write(std::string_view text);
  void close_input();

  /// Waits for the next line of stdout that was not asked for yet; without its line feed.
  std::string line();
  /// Waits for a line of stdout (or stderr) that the predicate likes, passing over others. It is
  /// not seen again by later calls.
  std::string await_line(const std::function<bool(const std::string&)>& wanted);
  std::string await_message(const std::function<bool(const std::string&)>& wanted);
  /// The same, for a line that holds this text.
  std::string await_message(std::string_view text);

  /// What stood on stderr until now.
  [[nodiscard]] std::string messages() const;

  /// Waits for the end.
  ended end();
  /// Closes our end of stdout, as `head` does.
  void stop_listening();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Runs it to its end.
ended run(launch what);

/// The lines of a text, without their line feeds.
std::vector<std::string> lines_of(const std::string& text);

/// How many lines hold this text.
std::size_t lines_with(const std::string& text, std::string_view part);

}  // namespace uod::process
