#pragma once

#include "client/engine/back_off.hpp"
#include "client/engine/connection.hpp"
#include "client/engine/engine.hpp"
#include "client/engine/requests.hpp"
#include "client/engine/sign_on.hpp"
#include "client/engine/subscription.hpp"

/// The engine's inside; only engine*.cpp include this. `engine.cpp` holds the door and the end,
/// `engine_connect.cpp` how a connection comes and goes, `engine_traffic.cpp` what is said on it.
namespace uod::client {

struct engine::state final : connection_owner, sign_on_host, subscription::sink {
  enum class phase {
    idle,        ///< not started
    waiting,     ///< no connection; the next try is due later
    connecting,  ///< from dialling to the welcome, and to the log-in where there are credentials
    ready,
    ended,
  };
  /// How far a stop has come.
  enum class stop_step { none, asked, marks, goodbye };

  /// While one exists, something of the caller's may be on the stack: no time to be destroyed.
  class calling {
   public:
    explicit calling(state& of) : of_(of) { ++of_.depth_; }
    ~calling() { --of_.depth_; }
    calling(const calling&) = delete;
    calling& operator=(const calling&) = delete;

   private:
    state& of_;
  };

  state(engine_options options_in, runtime& world_in, engine_listener& listener_in);
  ~state() override;

  // The door and the end (engine.cpp)
  void ask(client_body body, answer<server_body> then, bool is_mark = false);
  [[nodiscard]] bool takes_requests() const;
  [[nodiscard]] error why_not() const;
  void refuse(answer<logged_in> then);
  std::unique_ptr<timer> arm(std::uint64_t delay_ms, std::function<void()> act);
  void schedule_turn();
  void turn();
  void keep(const logged_in& answered);
  void forget_credentials();
  void fail_everything(const error& why, bool keep_marks);
  void end(const error& why);
  void go_on_stopping();
  void say_goodbye();
  void finish_stopping();

  // How a connection comes and goes (engine_connect.cpp)
  void dial();
  void lost(const error& why);
  void retry(const error& why);
  void become_ready();
  void watch(std::uint64_t delay_ms);
  void look_for_life();
  [[nodiscard]] std::uint64_t quiet_ms() const;
  void prepare_to_leave(const error& why);

  // What is said on it (engine_traffic.cpp)
  void send_now(std::uint32_t id, client_body body);
  void send_subscribe();
  void feed();
  void feed_and_pump();
  outcome<void> on_event(server_body body);
  outcome<void> on_welcome(const server_body& body);
  outcome<void> on_resumed(server_body& body);
  outcome<void> on_subscribed(const server_body& body);
  outcome<void> on_answer(std::uint32_t id, server_body body);
  void learn_from(const client_body& asked, const server_body& answered);
  void plan_marks(std::uint64_t delay_ms);
  void send_marks();
  void on_mark_answered(const chat_id& chat, const outcome<server_body>& answered);

  std::uint32_t new_request_id();
  [[nodiscard]] std::size_t window_left() const;
  [[nodiscard]] std::size_t payload_bytes_max() const;
  [[nodiscard]] bool known_to_server() const;  ///< the log-in is answered on this connection
  void refuse_next(error why);
  [[nodiscard]] const endpoint& server() const { return options.servers[server_index]; }
  [[nodiscard]] bool stopping() const { return stop != stop_step::none; }

  // connection_owner
  outcome<void> on_link(const std::string& fingerprint) override;
  outcome<void> on_server(server_message received) override;
  void on_session_offer(const bytes& session) override;
  void on_replay(const frame_id& id) override;
  void on_room() override;
  void on_lost(const error& why) override;

  // sign_on_host
  [[nodiscard]] const std::optional<welcome>& last_greeting() const override { return greeting; }
  void request_answer(client_body body, answer<server_body> then) override;
  uuid new_id() override;
  void aside(std::function<void()> work, std::function<void()> after) override;
  void later(std::function<void()> act) override;

  // subscription::sink
  void on_event(const message_event& event) override { listener.on_message(event); }
  void on_broadcast(const broadcast_event& event) override { listener.on_broadcast(event); }
  void on_stray(const message& stored) override;
  void on_set_back() override { listener.on_set_back(); }
  [[nodiscard]] bool wants_more() const override { return !stopping(); }

  engine_options options;
  runtime& world;
  engine_listener& listener;

  phase now = phase::idle;
  stop_step stop = stop_step::none;
  int depth_ = 0;
  bool destroying = false;
  std::optional<error> end_reason;
  std::vector<std::function<void()>> stopped;
  std::vector<std::function<void()>> deferred;

  std::optional<credentials> kept;
  /// With a new password comes a new token; until that is answered either may be the good one.
  bytes coming_token;
  std::optional<welcome> greeting;
  requests pending;
  subscription events;
  sign_on signing;
  back_off delays;
  std::size_t server_index = 0;
  bool was_connected = false;  ///< at any time
  bool told_lost = false;      ///< `reconnecting` was said, and nothing better since

  // Of the present connection. Ids are 0 where nothing is asked or it is answered.
  std::uint32_t last_request = 0;
  std::uint32_t hello_request = 0;
  std::uint32_t resume_request = 0;
  std::uint32_t subscribe_request = 0;
  bool linked = false;
  bool greeted = false;
  bool logged_in_here = false;   ///< or will be, when the answers under way are good
  std::optional<error> leaving;  ///< the server is about to close
  std::optional<error> fatal;    ///< the engine ends with the connection
  std::optional<std::uint64_t> asked_for_life_at_ms;

  std::shared_ptr<int> alive = std::make_shared<int>(0);
  std::unique_ptr<timer> turn_timer;
  std::unique_ptr<timer> retry_timer;
  std::unique_ptr<timer> connect_timer;
  std::unique_ptr<timer> life_timer;
  std::unique_ptr<timer> leave_timer;
  std::unique_ptr<timer> mark_timer;
  std::unique_ptr<timer> stop_timer;
  std::unique_ptr<connection> link;  ///< last: gone first
};

}  // namespace uod::client
