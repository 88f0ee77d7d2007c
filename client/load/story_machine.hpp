#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "client/load/scenario.hpp"
#include "client/load/story.hpp"

namespace uod::load {

/// Scenarios are told in Lua 5.4: a table `scenario` with declarations, and a function for each
/// role. The only door to Lua. All people live in one Lua state, each as a coroutine that waits
/// wherever its story waits; so ten thousand of them cost a kilobyte each.
///
/// A scenario may do nothing but tell stories: no files, processes, modules or compiled chunks.
/// One thread.
class story_machine {
 public:
  /// Of all that a scenario keeps, with a coroutine of about a kilobyte for each of `users_max`.
  static constexpr std::size_t memory_bytes_max = 512 * 1024 * 1024;
  /// Between two waits: a hundred times what building a text of 64 KiB by hand takes. A story that
  /// goes on for longer is ended with an error that names the line.
  static constexpr std::uint64_t steps_max = 20'000'000;
  /// The same in seconds of CPU time: some steps are long, such as an error that leaves many calls.
  static constexpr double busy_s_max = 3;
  static constexpr std::size_t source_bytes_max = 1024 * 1024;

  ~story_machine();
  story_machine(story_machine&&) noexcept;
  story_machine& operator=(story_machine&&) noexcept;

  /// Reads a scenario; `file` is how errors name it. Errors are `usage`, as `file:line: reason`:
  /// no Lua, an endless loop, a declaration that is missing, unknown or out of bounds, a threshold
  /// on nothing, a change of what is not declared.
  static outcome<story_machine> load(const std::string& file, std::string_view source,
                                     const scenario_changes& changes, std::uint64_t seed);

  [[nodiscard]] const scenario_plan& plan() const;

  /// Who answers from now on; must outlive the stories.
  void set_host(story_host& host);
  /// Lets a person begin. Calls back from within.
  void begin(std::uint32_t user);
  /// Answers what a person's story has asked. Calls back from within.
  void go_on(std::uint32_t user, const story_values& values);
  /// Ends the story where it waits, without a word.
  void end(std::uint32_t user);
  [[nodiscard]] bool is_alive(std::uint32_t user) const;

  struct state;  ///< the inside, see story_lua.hpp

 private:
  explicit story_machine(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

}  // namespace uod::load
