#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "actors/interfaces.hpp"

namespace uod {

/// Room for changes at the message store, shared by all sessions: mailboxes have no bound of
/// their own. A session that gets none keeps its work, reads no further, and stands in line: so the
/// bound reaches back through the socket to whoever sends too fast. Any thread.
///
/// As long as somebody stands in line there is a place taken, whose end calls the next, or somebody
/// called who has not answered yet: nobody waits for nothing.
class store_room {
 public:
  class ticket;

  explicit store_room(std::size_t changes_max) : changes_max_(changes_max) {}

  /// Takes one place, past those in line; false when there is none.
  bool take();
  /// Takes one place. Where there is none, or others came before, `who` stands in line, with `in`,
  /// and gets `store_room_freed` when it is called. Whoever was called takes as many as there are.
  bool take_or_wait(const session_actor& who, ticket& in);
  /// Takes a place that may lie beyond the bound, for what is already on its way; each session has
  /// at most its window of those.
  void take_anyway() { taken_.fetch_add(1); }
  /// Gives places back, and calls up as many of those in line.
  void give_back(std::size_t changes);

  /// So much waits that who comes in now would only wait as well.
  [[nodiscard]] bool is_nearly_full() const { return taken() >= changes_max_ - changes_max_ / 4; }
  [[nodiscard]] std::size_t taken() const { return taken_.load(); }
  [[nodiscard]] std::size_t changes_max() const { return changes_max_; }

 private:
  void call_up(std::size_t sessions);
  void leave(std::uint64_t number);

  const std::size_t changes_max_;
  std::atomic<std::size_t> taken_{0};
  std::atomic<std::size_t> in_line_{0};  ///< as many as `line_` has
  std::mutex mutex_;
  std::map<std::uint64_t, session_actor> line_;  ///< by ticket: who came first is first
  std::uint64_t last_number_ = 0;
};

/// A session's place in line, left with this object. Whoever was called up and is gone, or has no
/// use for it, passes the call on, or the others would wait for it.
class store_room::ticket {
 public:
  ticket() = default;
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;
  ~ticket() {
    if (standing_ == standing::in_line) room_->leave(number_);
    call_answered();
  }

  [[nodiscard]] bool is_waiting() const { return standing_ == standing::in_line; }
  /// The call has come: now `take_or_wait` takes what there is.
  void called() { standing_ = standing::called; }
  /// Whoever was called has taken what it can use.
  void call_answered();

 private:
  friend class store_room;
  enum class standing { nowhere, in_line, called, served };

  store_room* room_ = nullptr;
  standing standing_ = standing::nowhere;
  std::uint64_t number_ = 0;
};

}  // namespace uod
