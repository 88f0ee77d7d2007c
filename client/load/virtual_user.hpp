#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "client/engine/engine.hpp"
#include "client/load/accounts.hpp"
#include "client/load/story.hpp"

namespace uod::load {

class virtual_user;

/// Who is told what happens to virtual users. Everything comes from within an engine's callback.
class user_owner {
 public:
  virtual ~user_owner() = default;
  /// Logged in: the first time, or again after the connection was lost.
  virtual void on_entered(virtual_user& who, bool again) = 0;
  virtual void on_lost(virtual_user& who) = 0;
  /// The engine has given up.
  virtual void on_ended(virtual_user& who, const error& why) = 0;
  virtual void on_message(virtual_user& who, const client::message_event& event) = 0;
  virtual void on_broadcast(virtual_user& who, const client::broadcast_event& event) = 0;
  /// The server's key, at every connection. An error ends the engine.
  virtual outcome<void> on_fingerprint(const std::string& fingerprint) = 0;
  virtual bytes session_for(virtual_user& who) = 0;
  virtual void on_session(const bytes& session) = 0;
  virtual void on_trouble(const error& why) = 0;
};

/// What a story waits for; one thing at a time.
enum class waiting { nothing, login, logout, answer, message, sleep, end };

/// One person: an account, and an engine while the person is logged in. Whoever is away costs some
/// hundred octets; an inbox holds what a story has not looked at yet, and that is little.
class virtual_user final : public client::engine_listener {
 public:
  /// Messages that a story may leave unlooked at; the oldest is forgotten (the oracle has it).
  static constexpr std::size_t inbox_max = 32;
  /// For all that a writer has not sent yet. A plan that goes on while the server is away fills it.
  static constexpr std::size_t backlog_bytes_max = 4 * 1024 * 1024;

  virtual_user(std::uint32_t number, user_owner& owner) : number_(number), owner_(owner) {}

  /// Connects, and logs in where `account` is given. Before, there must be no engine.
  void enter(client::runtime& world, const std::vector<client::endpoint>& servers,
             const kept_account* account, bool listen);
  /// Takes the engine out: whoever destroys it, outside of its callbacks, cuts the connection.
  std::unique_ptr<client::engine> take_engine();

  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] client::engine* engine() { return engine_.get(); }
  [[nodiscard]] bool entered() const { return entered_; }
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] bool listens() const { return listens_; }
  [[nodiscard]] bool ever_listened() const { return ever_listened_; }

  /// What the story waits for. `turn` changes with each wait, so that what comes late is known.
  waiting wait = waiting::nothing;
  std::uint32_t turn = 0;
  std::unique_ptr<client::timer> wait_timer;
  std::optional<std::string> expected;
  std::deque<heard> inbox;
  std::uint64_t entering_ns = 0;  ///< from when the log-in counts

 private:
  tls_trust trust_for(const client::endpoint&) override { return {}; }
  bytes session_for(const client::endpoint&) override { return owner_.session_for(*this); }
  outcome<void> on_fingerprint(const client::endpoint&, const std::string& shown) override {
    return owner_.on_fingerprint(shown);
  }
  void on_session(const client::endpoint&, const bytes& session) override {
    owner_.on_session(session);
  }
  void on_connection(client::connection_state state, const client::endpoint&) override;
  void on_trouble(const error& why) override { owner_.on_trouble(why); }
  void on_message(const client::message_event& event) override { owner_.on_message(*this, event); }
  void on_broadcast(const client::broadcast_event& event) override {
    owner_.on_broadcast(*this, event);
  }
  void on_end(const error& why) override { owner_.on_ended(*this, why); }

  std::uint32_t number_;
  bool entered_ = false;
  bool lost_ = false;
  bool listens_ = false;
  bool ever_listened_ = false;
  user_owner& owner_;
  /// Where the last engine stood in what this person hears.
  std::optional<std::uint64_t> position_;
  std::optional<std::uint64_t> home_position_;
  std::unique_ptr<client::engine> engine_;  ///< last: it calls back into the rest
};

}  // namespace uod::load
