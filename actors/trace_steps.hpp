#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

/// What a trace of one message tells, and whoever waits for it. Texts are never in it: they are
/// sealed, and nobody's business.
namespace uod {

/// Where a message was seen on its way through a node, in the order in which it usually passes.
enum class trace_point : std::uint8_t {
  frame_read,      ///< the bridge had read the octets that its frame ended in
  session_took,    ///< the sender's session got all of that read's frames
  submitted,       ///< it went to the message store
  store_took,      ///< the message store took it out of its mailbox
  commit_begun,    ///< `count` changes are in the commit
  commit_ended,    ///< it is on disk; `count` is its `seq`
  repeated,        ///< instead: it was there already, so nobody is told; `count` is its `seq`
  refused,         ///< instead: it was not stored; `detail` is the error's name
  answered,        ///< the sender's session told its bridge that it is stored
  answer_written,  ///< and everything up to that has left for the sender's socket
  announced,       ///< the directory told `count` sessions of others, and of the sender's devices
  pushed,          ///< a recipient's session gave it to its bridge
  left_to_store,   ///< instead: that session reads it from the store when its reader is ready
  written,         ///< everything up to it has left for the recipient's socket
};

inline constexpr std::array<std::string_view, 14> trace_point_names{
    "frame_read",   "session_took", "submitted",     "store_took", "commit_begun",
    "commit_ended", "repeated",     "refused",       "answered",   "answer_written",
    "announced",    "pushed",       "left_to_store", "written"};

struct trace_step {
  trace_point point{};
  std::uint64_t at_ns = 0;    ///< steady
  std::uint64_t session = 0;  ///< the connection's number, as in the log; 0: none
  std::string account;        ///< the name of whose session it is
  std::uint64_t count = 0;
  std::string detail;
};

/// Which message: by its id, or the next one from an account, in a chat, or both.
struct trace_wanted {
  std::optional<message_id> id;
  std::optional<account_id> from;
  std::optional<chat_id> chat;
};

/// An armed trace, until it is let go.
class trace_watch {
 public:
  virtual ~trace_watch() = default;

  struct news {
    std::optional<message_id> message;  ///< once it has come
    std::vector<trace_step> steps;      ///< that were not told before
    bool complete = false;              ///< nothing more is expected
  };
  /// What has happened since the last call; waits for it for so long at most.
  virtual news next(std::uint32_t wait_ms) = 0;
  /// Steady nanoseconds, for the steps' times.
  [[nodiscard]] virtual std::uint64_t now_ns() const = 0;
};

/// Traces that can be armed at once: half of the administrators' places, each of which one holds
/// for as long as it waits, so that there is always one for a lock.
inline constexpr std::size_t traces_max = 4;
/// Steps of one that are kept: a message to a chat's sixteen members on many devices each. What
/// comes later is not.
inline constexpr std::size_t trace_steps_max = 1'024;

}  // namespace uod
