#pragma once

#include <deque>
#include <functional>
#include <map>
#include <unordered_map>

#include "client/load/broadcast_oracle.hpp"
#include "client/load/dialling_world.hpp"
#include "client/load/generator.hpp"
#include "client/load/pacer.hpp"
#include "client/load/talk.hpp"
#include "client/load/virtual_user.hpp"

/// The generator's inside; only generator*.cpp include this. `generator.cpp` holds the stages of a
/// run, `generator_prepare.cpp` accounts and log-ins before the clock, `generator_talks.cpp` the
/// way of a message, `generator_stories.cpp` what stories ask for, `generator_end.cpp` the end.
namespace uod::load {

struct generator::state final : story_host, user_owner {
  enum class stage { preparing, settling, running, draining, over };

  state(client::asio_runtime& world_in, story_machine& stories_in, generator_settings settings_in,
        run_watcher& watcher_in);
  ~state() override;

  // The stages (generator.cpp)
  outcome<measurements> run();
  void start_clock(std::uint64_t at_ns);
  void on_second();
  void break_off(const error& why);
  /// Runs the loop until it is so; false when that took too long, or the run was broken off.
  bool wait_until(const std::function<bool()>& done, double seconds);
  [[nodiscard]] bool is_measured(std::uint64_t at_ns) const;
  [[nodiscard]] const phase& phase_at(std::uint64_t at_ns) const;
  [[nodiscard]] std::uint64_t end_ns() const { return clock_ns + length_ns; }

  // Before the clock (generator_prepare.cpp)
  outcome<void> prepare();
  outcome<void> reach();
  outcome<void> make_accounts(std::size_t from);
  void make_account(std::size_t place);
  outcome<bool> accounts_are_known();
  outcome<void> connect_all();
  outcome<void> make_premium();
  void redeem(std::size_t place);
  void fail_preparing(const error& why);

  // The way of a message (generator_talks.cpp)
  talk& talk_of(std::uint32_t from, std::uint32_t to);
  void open(talk& of);
  void on_opened(talk& of, const chat_info& chat);
  void end_opening(talk& of);
  void on_not_opened(talk& of, const error& why);
  void make_key(talk& of);
  void on_key_stored(talk& of, chat_key key);
  void feed(talk& of);
  void feed_later(talk& of, const error& why);
  void write(talk& of, talk::planned next);
  void on_answered(std::uint32_t index, std::uint32_t number, std::uint64_t given_ns,
                   std::optional<std::uint32_t> turn, const outcome<message_sent>& answered);
  static bool is_waited_for(const virtual_user& who, std::optional<std::uint32_t> turn);
  void on_not_written(virtual_user& who, std::optional<std::uint32_t> turn, errc code);
  void count_failure(errc code);
  void on_came(talk& of);
  void keep_sending(talk& of);
  void on_due(std::uint64_t planned_ns);

  // Stories (generator_stories.cpp)
  void begin_stories();
  void begin_story(std::uint32_t user, std::uint64_t planned_ns);
  void answer(virtual_user& who, const story_values& values);
  void fail_story_call(virtual_user& who, errc code);
  std::function<void()> guarded(virtual_user& who, std::function<void()> act);
  client::runtime& world_of(std::uint32_t user, std::uint32_t reads_per_s);
  void dial(virtual_user& who, const kept_account* account, bool listen,
            std::uint32_t reads_per_s = 0);
  void enter(virtual_user& who, bool listen, std::uint64_t from_ns, std::uint32_t reads_per_s = 0);
  void leave(virtual_user& who, bool says_goodbye, std::function<void()> then);
  template <class Reply, class Take>
  void ask_for(virtual_user& who, client_body body, Take take);
  std::optional<story_values> carry_out(virtual_user& who, const ask::login& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::logout& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::drop& asked);
  std::optional<story_values> carry_out(virtual_user& who, ask::send& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::expect& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::keep_sending& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::history& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::mark_read& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::broadcast& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::add_contact& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::sleep& asked);
  std::optional<story_values> carry_out(virtual_user& who, const ask::wait_for_end& asked);
  std::optional<story_values> look_into_inbox(virtual_user& who);

  // The end (generator_end.cpp)
  /// Whether all that was on its way has come to its end.
  bool drain();
  bool await_arrivals(double patience_s);
  void bury_all();
  void bring_back_listeners();
  void read_histories();
  void read_history(std::uint32_t chat);
  void read_home();
  void read_home_page(client::engine& engine, std::uint64_t after_seq);
  void say_goodbye();

  // story_host
  std::optional<story_values> on_call(std::uint32_t user, story_call call) override;
  [[nodiscard]] bool running() const override;
  [[nodiscard]] std::string phase_name() const override;
  [[nodiscard]] double elapsed_s() const override;
  [[nodiscard]] std::string name_of(std::uint32_t user) const override;
  [[nodiscard]] bool is_logged_in(std::uint32_t user) const override;
  void say(const std::string& text) override { watcher.on_print(text); }
  void on_story_end(std::uint32_t user) override;
  void on_story_fault(std::uint32_t user, const error& why) override;

  // user_owner
  void on_entered(virtual_user& who, bool again) override;
  void on_lost(virtual_user& who) override;
  void on_ended(virtual_user& who, const error& why) override;
  void on_message(virtual_user& who, const client::message_event& event) override;
  void on_broadcast(virtual_user& who, const client::broadcast_event& event) override;
  outcome<void> on_fingerprint(const std::string& fingerprint) override;
  bytes session_for(virtual_user& who) override;
  void on_session(const bytes& session) override { tls_session = session; }
  void on_trouble(const error& why) override { last_trouble = why; }

  client::asio_runtime& world;
  story_machine& stories;
  const scenario_plan& plan;
  generator_settings settings;
  run_watcher& watcher;

  stage now = stage::preparing;
  bool interrupted = false;
  bool home_was_read = false;
  bool brings_back = false;      ///< whoever listened once comes again
  std::optional<error> broken;   ///< why the run ends early
  std::optional<error> refused;  ///< why it could not begin
  error last_trouble;
  std::string fingerprint;
  bytes tls_session;
  std::optional<account_book> book;
  std::size_t in_work = 0;  ///< accounts or log-ins or histories
  std::size_t next_place = 0;
  std::size_t finished = 0;

  std::uint64_t clock_ns = 0;  ///< when the phases began; 0: not yet
  std::uint64_t length_ns = 0;
  double cpu_from_s = 0;
  measurements all;
  second_row row;
  std::uint64_t row_number = 0;
  double row_cpu_s = 0;
  std::uint64_t entered = 0;
  std::uint64_t lost = 0;
  std::uint64_t trying = 0;  ///< have an engine that has not logged in yet
  std::uint64_t lost_since_ns = 0;
  std::uint64_t alive_ns = 0;  ///< when the server was last heard of

  oracle judge;
  broadcast_oracle home;
  std::unordered_map<chat_id, std::uint32_t> chats;  ///< number at the oracle
  struct chat_reader {
    chat_id chat;
    std::uint32_t user = 0;
  };
  std::vector<chat_reader> chat_readers;                   ///< who reads back each, by its number
  std::deque<talk> talks;                                  ///< where they are, they stay
  std::unordered_map<std::uint64_t, talk*> talks_by_pair;  ///< from << 32 | to
  std::vector<talk*> talks_by_index;                       ///< the oracle's conversations
  std::vector<std::vector<talk*>> talks_to;                ///< of each user
  std::size_t talks_opening = 0;
  std::vector<talk*> writers;  ///< who keep sending by plan
  std::size_t next_writer = 0;

  std::deque<std::uint32_t> idle_users;          ///< whose story may begin again
  std::deque<std::uint64_t> waiting_stories_ns;  ///< due, and nobody is free

  /// By source address and reading rate; engines refer to them to their end.
  std::map<std::pair<std::uint32_t, std::uint32_t>, dialling_world> worlds;
  std::vector<std::unique_ptr<client::engine>> graves;
  std::unique_ptr<client::timer> second_timer;
  std::unique_ptr<client::timer> grave_timer;
  std::unique_ptr<client::timer> connect_timer;
  std::unique_ptr<client::timer> measure_timer;
  std::shared_ptr<int> alive = std::make_shared<int>(0);
  std::unique_ptr<pacer> pace;
  std::deque<virtual_user> users;  ///< last: their engines call back into the rest
};

}  // namespace uod::load
