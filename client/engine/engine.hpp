#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/engine/runtime.hpp"
#include "protocol/messages.hpp"
#include "protocol/password.hpp"
#include "protocol/tls_link.hpp"

/// The client without terminal, files or audio: one account on one connection that comes back by
/// itself. Everything that later clients, tests and the load tester do goes through here. One
/// thread; nothing blocks; all answers come by callback, never from within the asking call.
namespace uod::client {

/// A stored message with the names that a person knows it by.
struct message_event {
  message stored;
  std::string chat_name;  ///< the other member of a direct chat
  std::string from;
  std::string to;
};

/// A broadcast as it stands on the home page.
struct broadcast_event {
  broadcast stored;
  std::string from;
};

struct receipt_event {
  std::string chat_name;
  std::string by;
  std::uint64_t delivered_seq = 0;
  std::uint64_t read_seq = 0;
};

struct presence_event {
  std::string name;
  bool online = false;
  std::uint64_t last_seen_ms = 0;
};

enum class connection_state {
  connected,     ///< the first time
  reconnecting,  ///< lost, or not reached; tries go on
  resumed,       ///< back; logged in again by token where there was one
};

/// The world as the engine tells of it, and what it needs to know from it.
class engine_listener {
 public:
  virtual ~engine_listener() = default;

  /// Whom to trust at this server, and an earlier TLS session with it (a secret) or nothing.
  virtual tls_trust trust_for(const endpoint& server) = 0;
  virtual bytes session_for(const endpoint&) { return {}; }

  /// The server's key, once its handshake stands and before anything is sent to it. Whoever
  /// trusts on first use keeps it. An error (`key_changed`) ends the engine.
  virtual outcome<void> on_fingerprint(const endpoint& server, const std::string& fingerprint) = 0;
  virtual void on_session(const endpoint&, const bytes&) {}

  /// The token is no good any more. Another program of this profile may have got a new one for this
  /// device: then this gives it, and the engine goes on with that.
  virtual std::optional<bytes> renewed_token(const device_id&) { return {}; }

  virtual void on_connection(connection_state, const endpoint&) {}
  /// `why` the connection was lost or not made, for -v and for what is said at a time-out.
  virtual void on_trouble(const error&) {}

  /// Events of the subscription: each message once and in the order of positions.
  virtual void on_message(const message_event&) {}
  /// The same for the home page: each broadcast once, with rising `seq`.
  virtual void on_broadcast(const broadcast_event&) {}
  /// The server's store ends before `position` or `home_position`, so a backup was restored there:
  /// both are set back to its end, and smaller ones follow. What was told before stays told.
  virtual void on_set_back() {}
  virtual void on_receipt(const receipt_event&) {}
  virtual void on_presence(const presence_event&) {}

  /// The engine has given up: `key_changed`, `certificate_invalid`, `not_logged_in` (the token
  /// was revoked), `account_closed`, `account_deleted`, `unsupported_version`. What was pending has
  /// failed with the same error.
  virtual void on_end(const error&) {}
};

struct engine_options {
  std::vector<endpoint> servers;  ///< tried in turn
  std::string program = "uod";    ///< for the server's log
  /// Octets of requests that may wait for a connection or for the server's window. A caller that
  /// pipelines looks at `backlog_bytes` and waits for answers.
  std::size_t backlog_bytes_max = 1024 * 1024;
  std::uint64_t backoff_first_ms = 100;
  std::uint64_t backoff_max_ms = 15'000;
  /// From dialling to the server's welcome, then the next server is tried.
  std::uint64_t connect_timeout_ms = 10'000;
  /// Delivered marks are sent at most this often.
  std::uint64_t mark_delay_ms = 100;
};

template <class T>
using answer = std::function<void(outcome<T>)>;

/// What a device keeps to log in again.
struct credentials {
  account_id account;
  device_id device;
  bytes token;
};

/// Where the keys of a password go, before the answer of what it was needed for.
using keys_wanted = std::shared_ptr<password_keys>;
/// Seals the identity key by a vault key. On the engine's thread.
using identity_resealer = std::function<outcome<bytes>(bytes_view vault_key)>;

class engine {
 public:
  /// Runtime and listener must outlive the engine. Callbacks may call everything here but the
  /// destructor: who wants to destroy an engine does it from outside of its callbacks.
  engine(engine_options options, runtime& world, engine_listener& listener);
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// Begins to connect, and to come back whenever the connection is lost: back-off doubling from
  /// the first to the longest delay, each spread by a random half.
  void start();

  /// Says "Exit" (goodbye) and closes. Pending requests fail with `link_closed`. `stopped` is
  /// called once the goodbye has left or could not.
  void stop(std::function<void()> stopped);

  /// Logs in with this token at every connection, before anything else. Before `start`.
  void use(const credentials& kept);

  /// Makes an account and logs in: stretches the password aside, then asks. The engine uses the
  /// credentials from then on. The password is wiped before this returns to the loop. `learn` gets
  /// the password's keys, here and below, for whoever seals or opens something with them.
  void register_account(std::string name, std::string email, std::string password,
                        std::string device_name, answer<logged_in> then,
                        std::string premium_code = {}, keys_wanted learn = {});
  /// `as`: the device that this was for the same account before, whose token the new one replaces.
  void log_in(std::string name, std::string password, std::string device_name,
              answer<logged_in> then, std::optional<device_id> as = {}, keys_wanted learn = {});
  /// Sets a new password by the code of a mail, and logs in as above.
  void reset_password(std::string name, std::string code, std::string password,
                      std::string device_name, answer<logged_in> then, keys_wanted learn = {});
  /// Stretches the password of whoever is logged in, and gives its keys; asks only for the salt.
  void derive_keys(std::string password, answer<done> then, keys_wanted learn);

  /// Of whoever is logged in; both passwords are stretched aside and wiped as above. The other
  /// devices are logged out unless `keep_devices`. The answer is what to keep from now on: the
  /// device has a new token, which the engine uses itself. `reseal` seals the identity key by the
  /// new password's vault key; without it the account must have none. Errors: `password_weak` (the
  /// new one), `wrong_credentials` (the present one), `account_locked`.
  void change_password(std::string present, std::string fresh, bool keep_devices,
                       answer<credentials> then, identity_resealer reseal = {});
  /// Asks for another address, which is taken when it is confirmed.
  void change_email(std::string password, std::string address, answer<done> then);

  /// Asks anything; the answer is the server's, or its `failure` as an error. Requests leave in
  /// the order they are made, at most the server's window at once; those not answered when the
  /// connection is lost are sent again on the next, in the same order (all of them may safely
  /// come twice). They wait for as long as it takes: destroying or stopping the engine fails
  /// them. `overloaded` at once when the backlog is full.
  void ask(client_body body, answer<server_body> then);

  /// `ask`, for the one kind of answer that belongs to a request; any other is `malformed`.
  template <class Reply>
  void ask_for(client_body body, answer<Reply> then) {
    ask(std::move(body), [then = std::move(then)](outcome<server_body> answered) {
      if (!answered) return then(tl::unexpected(answered.error()));
      if (auto* reply = std::get_if<Reply>(&*answered)) return then(std::move(*reply));
      then(fail(errc::malformed, "the server gave another kind of answer"));
    });
  }

  /// Sends a text to a chat under an id of its own (made here unless given).
  void send_text(const chat_id& chat, std::string text, answer<message_sent> then,
                 std::optional<message_id> id = {});

  /// Sends what was sealed (client/sealing) under the id that it was sealed for.
  void send_sealed(const chat_id& chat, bytes body, answer<message_sent> then,
                   std::optional<message_id> id);

  /// Sends a text to everybody's home page, under an id as above.
  void send_broadcast(std::string text, answer<broadcast_sent> then,
                      std::optional<message_id> id = {});

  /// Wants events behind a position (without one: from the first message not delivered yet) and
  /// behind a broadcast's `seq` (without one: since this device logged in), also after each
  /// reconnection, from where it stands then. Marks what comes as delivered. Once: later calls
  /// change nothing. What this engine sent itself does not come back as an event.
  void subscribe(std::optional<std::uint64_t> after_position,
                 std::optional<std::uint64_t> after_broadcast = {});
  /// The position up to which `on_message` has been told everything.
  [[nodiscard]] std::optional<std::uint64_t> position() const;
  /// The `seq` up to which `on_broadcast` has been told everything.
  [[nodiscard]] std::optional<std::uint64_t> home_position() const;

  /// Notes that a person has read a chat up to here; sent with the next marks.
  void mark_read(const chat_id& chat, std::uint64_t seq);

  /// A new time-ordered id.
  message_id make_message_id();

  [[nodiscard]] bool connected() const;  ///< greeted, and logged in where there are credentials
  [[nodiscard]] std::size_t pending_requests() const;
  [[nodiscard]] std::size_t backlog_bytes() const;
  /// What the server takes; empty before the first welcome.
  [[nodiscard]] const std::optional<welcome>& greeting() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace uod::client
