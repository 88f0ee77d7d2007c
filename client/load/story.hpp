#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/errors.hpp"

namespace uod::load {

/// What a story can ask for, as plain values: the language that it is told in is behind
/// `story_machine`, and what becomes of it is up to a `story_host`.
namespace ask {

struct login {
  bool listen = true;
  std::uint32_t reads_per_s = 0;  ///< octets; 0: as fast as they come
};
struct logout {};
/// Cuts the connection, without a goodbye.
struct drop {};
struct send {
  std::uint32_t to = 0;
  std::optional<std::string> text;  ///< else one of `bytes` octets is made
  std::uint64_t bytes = 0;          ///< 0: as many as declared
};
/// Waits for a message, passing over those with another text where one is given.
struct expect {
  std::optional<std::string> text;
  double within_s = 30;
};
/// Writes to somebody as the scenario's arrival says, until the time is over.
struct keep_sending {
  std::uint32_t to = 0;
  std::uint32_t window = 0;  ///< 0: as declared
};
struct history {
  std::uint32_t with = 0;
  std::uint32_t limit = 50;
  std::uint64_t before_seq = 0;
};
struct mark_read {
  std::uint32_t with = 0;
};
struct broadcast {
  std::optional<std::string> text;
};
struct add_contact {
  std::uint32_t who = 0;
};
struct sleep {
  double seconds = 0;
};
/// Until the time is over.
struct wait_for_end {};

}  // namespace ask

using story_call = std::variant<ask::login, ask::logout, ask::drop, ask::send, ask::expect,
                                ask::keep_sending, ask::history, ask::mark_read, ask::broadcast,
                                ask::add_contact, ask::sleep, ask::wait_for_end>;

/// A message as a story sees it.
struct heard {
  std::string from;
  std::string text;
  std::uint64_t seq = 0;
};

using story_value = std::variant<std::monostate, bool, double, std::string, heard>;
using story_values = std::vector<story_value>;

/// Who makes stories come true. Everything is called on one thread, from within a story.
class story_host {
 public:
  virtual ~story_host() = default;
  /// The answer where there is one at once; else the story waits for `story_machine::go_on`.
  virtual std::optional<story_values> on_call(std::uint32_t user, story_call call) = 0;
  /// The time of the run is not over yet.
  [[nodiscard]] virtual bool running() const = 0;
  [[nodiscard]] virtual std::string phase_name() const = 0;
  [[nodiscard]] virtual double elapsed_s() const = 0;
  [[nodiscard]] virtual std::string name_of(std::uint32_t user) const = 0;
  [[nodiscard]] virtual bool is_logged_in(std::uint32_t user) const = 0;
  /// What a story prints, for a person; not made safe yet.
  virtual void say(const std::string& text) = 0;
  virtual void on_story_end(std::uint32_t user) = 0;
  /// A fault in the scenario itself: `file:line: reason`.
  virtual void on_story_fault(std::uint32_t user, const error& why) = 0;
};

}  // namespace uod::load
