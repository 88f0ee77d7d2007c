#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <unordered_set>

#include "client/engine/chat_names.hpp"
#include "client/engine/engine.hpp"
#include "client/engine/marks.hpp"

namespace uod::client {

/// The stream of events as one account sees it, over all its connections: where it stands in its
/// chats and on the home page, what has been told already, which chats are called how. Pure.
class subscription {
 public:
  /// Own messages and broadcasts that are remembered: what a server may say again after a
  /// reconnect. Four thousand are more than any window holds unanswered.
  static constexpr std::size_t own_messages_max = 4'096;

  /// Who takes the events. After a call `wants_more` says whether it still listens.
  class sink {
   public:
    virtual ~sink() = default;
    virtual void on_event(const message_event& event) = 0;
    virtual void on_broadcast(const broadcast_event& event) = 0;
    virtual void on_stray(const message& stored) = 0;  ///< of a chat that nobody told about
    virtual void on_set_back() = 0;  ///< the server's store ends before what had been told
    [[nodiscard]] virtual bool wants_more() const = 0;
  };

  void want(std::optional<std::uint64_t> after_position,
            std::optional<std::uint64_t> after_broadcast);
  [[nodiscard]] bool wanted() const { return wanted_; }
  [[nodiscard]] const std::optional<std::uint64_t>& position() const { return position_; }
  [[nodiscard]] const std::optional<std::uint64_t>& home_position() const { return home_; }

  /// The server has answered. Where its store ends before the place that was asked for, as after
  /// a backup was restored, the place is set back to there, or it would hide what comes next.
  /// Error `malformed`: the server would leave something out.
  outcome<void> begin(const subscribed& from, sink& to);
  void connection_lost() { open_ = false; }
  [[nodiscard]] bool open() const { return open_; }

  void note_own(const message_id& id);
  /// An own broadcast is on the home page there. A server need not tell it to whom it answered so.
  void note_own_broadcast(std::uint64_t seq);

  /// Takes messages as they come, with repetitions, and tells each once. Notes what is delivered.
  /// Error `malformed`: they came unasked.
  outcome<void> take(messages_arrived event, const account_id& viewer, sink& to);
  /// The same for broadcasts. Error `malformed` also for a gap: `seq` has none.
  outcome<void> take(const broadcasts_arrived& event, sink& to);

  chat_names& names() { return names_; }
  marks& due_marks() { return marks_; }

 private:
  void pass_own_broadcasts();

  bool wanted_ = false;
  bool open_ = false;  ///< on this connection
  std::optional<std::uint64_t> position_;
  std::optional<std::uint64_t> home_;       ///< `seq` of the last broadcast that was told
  std::set<std::uint64_t> own_broadcasts_;  ///< `seq` of own ones behind it
  std::unordered_set<message_id> own_;
  std::deque<message_id> own_order_;
  chat_names names_;
  marks marks_;
};

}  // namespace uod::client
