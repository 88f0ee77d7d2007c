#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/commands/context.hpp"
#include "client/engine/asio_runtime.hpp"
#include "client/engine/engine.hpp"

namespace uod::client {

/// The event-driven engine as commands use it: ask, and wait for the answer, a time-out or a
/// signal. Pins and checks the servers' keys. Everything on the thread of whoever calls.
class conversation : public engine_listener {
 public:
  /// Begins to connect; with `kept` logged in by token. `with` must outlive it. Errors: a server
  /// that cannot be read, or what is pinned cannot be.
  static outcome<std::unique_ptr<conversation>> start(context& with, const kept_login* kept);

  /// `conversation` itself or something on top of it; then `open`.
  explicit conversation(context& with);
  ~conversation() override;
  outcome<void> open(const kept_login* kept);

  /// Asks, and waits for the one kind of answer that belongs to it. Errors: the server's,
  /// `server_unreachable` and `timed_out` (nothing for --timeout), `interrupted`.
  template <class Reply>
  outcome<Reply> ask(client_body body) {
    return await<Reply>(
        [&](answer<Reply> then) { engine_->ask_for<Reply>(std::move(body), std::move(then)); });
  }

  /// The same for anything that the engine answers.
  template <class T>
  outcome<T> await(const std::function<void(answer<T>)>& begin) {
    // Shared: after a time-out the engine still answers, when it is stopped.
    auto answered = std::make_shared<std::optional<outcome<T>>>();
    begin([answered](outcome<T> result) { *answered = std::move(result); });
    const auto waited = wait_until([&] { return answered->has_value(); }, timeout_ms());
    if (!waited) return tl::unexpected(waited.error());
    if (!**answered) return tl::unexpected(naming_server((*answered)->error()));
    return std::move(**answered);
  }

  /// Waits until something is so, at most `longest_ms` (nothing: for ever). Errors as `ask`.
  outcome<void> wait_until(const std::function<bool()>& so,
                           std::optional<std::uint64_t> longest_ms);

  /// The same for what must be brought to an end after a signal: only a second one breaks it off.
  outcome<void> finish_until(const std::function<bool()>& so, std::uint64_t longest_ms);

  /// Does something that takes time beside the engine, which goes on meanwhile; returns when it is
  /// done, whatever else happens.
  void aside(std::function<void()> work);

  /// Why nothing came: never reached, or no answer. With the last trouble.
  [[nodiscard]] error no_answer() const;

  /// Tells a person something, on stderr.
  void say(const std::string& line) { with_.status.say(line); }

  /// Says goodbye and closes; waits a moment for that, no longer.
  void close();

  engine& talk() { return *engine_; }
  asio_runtime& world() { return world_; }
  [[nodiscard]] const std::vector<endpoint>& servers() const { return servers_; }
  /// The one that was reached last, and its key.
  [[nodiscard]] const endpoint& server() const { return server_; }
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  [[nodiscard]] bool ever_connected() const { return ever_connected_; }
  /// When the connection that there is, or was last, came to stand (`steady_ms`); 0 for never.
  [[nodiscard]] std::uint64_t connected_at_ms() const { return connected_at_ms_; }
  [[nodiscard]] const std::optional<error>& ended() const { return ended_; }

  // engine_listener
  tls_trust trust_for(const endpoint& server) override;
  bytes session_for(const endpoint& server) override;
  outcome<void> on_fingerprint(const endpoint& server, const std::string& fingerprint) override;
  void on_session(const endpoint& server, const bytes& session) override;
  std::optional<bytes> renewed_token(const device_id& device) override;
  void on_connection(connection_state state, const endpoint& server) override;
  void on_trouble(const error& why) override;
  void on_end(const error& why) override;

 protected:
  context& with_;

 private:
  [[nodiscard]] std::uint64_t timeout_ms() const { return with_.timeout_ms(); }
  [[nodiscard]] std::string server_list() const;
  /// Of several servers a person must know which one shows another key.
  [[nodiscard]] error naming_server(error why) const;
  outcome<void> wait(const std::function<bool()>& so, std::optional<std::uint64_t> longest_ms,
                     bool heed_signals);

  asio_runtime world_;
  std::vector<endpoint> servers_;
  std::map<endpoint, std::string> pins_;  ///< what was pinned when this began
  std::map<endpoint, bytes> sessions_;    ///< the newest, to be kept at the end
  std::unique_ptr<engine> engine_;
  std::unique_ptr<asio_runtime::input> signals_;
  std::unique_ptr<timer> first_sign_;
  endpoint server_;
  endpoint dialled_;  ///< the one that is tried, or was last
  std::string fingerprint_;
  bool ever_connected_ = false;
  std::uint64_t connected_at_ms_ = 0;
  std::optional<error> trouble_;
  std::optional<error> ended_;
};

}  // namespace uod::client
