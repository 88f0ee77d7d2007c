#pragma once

#include <deque>
#include <map>
#include <memory>

#include "client/commands/sealed_talk.hpp"

namespace uod::client {

/// Seals what is sent to one chat, in order: beside the engine's loop, in batches of what waits,
/// and under a new key only when that is stored. Held by a shared pointer, because answers may
/// still come when the conversation is closed. All on the engine's thread.
class sealed_sender : public std::enable_shared_from_this<sealed_sender> {
 public:
  /// The keyring must stay until `finish` has returned.
  sealed_sender(conversation& talk, keyring& keys, chat_info chat)
      : talk_(talk), keys_(keys), chat_(std::move(chat)) {}

  /// Meets the members and has a key ready. Before anything else.
  outcome<void> prepare();

  /// Sends under an id; the same id again, after it was refused for now, goes out as it was sealed
  /// the first time. `then` is never called from within.
  void send(const message_id& id, content what, answer<message_sent> then);

  /// Whoever has more to send waits for answers first.
  [[nodiscard]] bool full() const { return waiting_.size() >= waiting_max; }

  /// At the end: leaves the key to the next process, where nothing is lost by that. What still
  /// waits is not sent.
  outcome<void> finish();

 private:
  /// As many as are sealed in one go; a callback each is all that they cost until then.
  static constexpr std::size_t waiting_max = 256;

  struct unsealed {
    message_id id;
    content what;
    answer<message_sent> then;
  };
  struct sealed_body {
    bytes octets;
    std::uint32_t counter = 0;
  };
  struct batch;

  outcome<void> begin(const epoch_end& before);
  void advance();
  void refuse_waiting(const error& why);
  void renew();
  void take_new(outcome<keyring::new_sending> made);
  void seal_waiting();
  void send_sealed(const message_id& id, const bytes& body, answer<message_sent> then);
  void settle(const message_id& id, const outcome<message_sent>& sent);
  /// Work on the side thread, of which there is one at a time; `finish` waits for it.
  void aside(std::function<void()> work, std::function<void()> after);

  conversation& talk_;
  keyring& keys_;
  chat_info chat_;
  std::shared_ptr<sealing_chat> current_;  ///< the side thread counts in it while `at_work_`
  std::deque<unsealed> waiting_;
  std::map<message_id, sealed_body> under_way_;  ///< sealed under the current key, not acknowledged
  bool at_work_ = false;
  bool renewing_ = false;     ///< a new key is on its way to the server
  bool is_given_up_ = false;  ///< the current key, for that another of somebody's is confirmed
  bool over_ = false;
  std::optional<error> refused_for_now_;  ///< of something that has not come again since
  std::optional<error> failure_;          ///< there is no key to go on with: nothing more is sealed
};

}  // namespace uod::client
