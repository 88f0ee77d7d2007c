#include "client/engine/engine.hpp"

#include <cassert>

#include "client/engine/engine_state.hpp"
#include "protocol/password.hpp"

namespace uod::client {
namespace {

/// How long a stop waits for the server to take the last marks, and again for the goodbye to
/// leave: a person who ends the program is not kept.
constexpr std::uint64_t stop_wait_ms = 1'000;

/// Whether callers may ask this, or it belongs to the connection itself.
bool is_for_callers(const client_body& body) {
  return !std::holds_alternative<hello>(body) && !std::holds_alternative<goodbye>(body) &&
         !std::holds_alternative<ping>(body) && !std::holds_alternative<pong>(body) &&
         !std::holds_alternative<resume>(body) && !std::holds_alternative<uod::subscribe>(body);
}

/// The id of what the caller says to others, which is no news when it comes back.
std::optional<message_id> own_id(const client_body& body) {
  if (const auto* sending = std::get_if<send_message>(&body)) return sending->id;
  if (const auto* sending = std::get_if<uod::send_broadcast>(&body)) return sending->id;
  return std::nullopt;
}

std::array<std::uint8_t, 10> ten_octets(runtime& world) {
  std::array<std::uint8_t, 10> octets{};
  const std::uint64_t one = world.random();
  const std::uint64_t other = world.random();
  std::memcpy(octets.data(), &one, 8);
  std::memcpy(octets.data() + 8, &other, 2);
  return octets;
}

}  // namespace

// ---------------------------------------------------------------------------------- the inside

engine::state::state(engine_options options_in, runtime& world_in, engine_listener& listener_in)
    : options(std::move(options_in)),
      world(world_in),
      listener(listener_in),
      pending(options.backlog_bytes_max),
      signing(*this),
      delays(options.backoff_first_ms, options.backoff_max_ms) {}

engine::state::~state() {
  assert(depth_ == 0 && "an engine must not be destroyed from within one of its callbacks");
  destroying = true;
  link.reset();
  fail_everything(end_reason.value_or(error{errc::link_closed, "the engine is gone"}), false);
  for (const auto& act : std::exchange(deferred, {})) act();
  forget_credentials();
}

bool engine::state::takes_requests() const { return !end_reason && !stopping(); }

error engine::state::why_not() const {
  return end_reason.value_or(error{errc::link_closed, "the engine is stopping"});
}

void engine::state::ask(client_body body, answer<server_body> then, bool is_mark) {
  if (destroying) return wipe_secrets(body);
  error why;
  if (!takes_requests() && !(is_mark && !end_reason)) {
    why = why_not();
  } else {
    const std::optional<message_id> own = own_id(body);
    request made{std::move(body), std::move(then), 0, is_mark, false};
    const auto added = pending.add(std::move(made));
    if (added) {
      if (own) events.note_own(*own);
      return schedule_turn();
    }
    why = added.error();
    body = std::move(made.body);
    then = std::move(made.then);
  }
  wipe_secrets(body);
  later([then = std::move(then), why = std::move(why)] { then(tl::unexpected(why)); });
}

/// Nothing new begins any more.
void engine::state::refuse(answer<logged_in> then) {
  later([why = why_not(), then = std::move(then)] { then(tl::unexpected(why)); });
}

void engine::state::request_answer(client_body body, answer<server_body> then) {
  ask(std::move(body), std::move(then));
}

uuid engine::state::new_id() { return make_uuid_v7(world.unix_ms(), ten_octets(world)); }

std::unique_ptr<timer> engine::state::arm(std::uint64_t delay_ms, std::function<void()> act) {
  return world.after(delay_ms, [this, act = std::move(act)] {
    const calling guard(*this);
    act();
  });
}

void engine::state::aside(std::function<void()> work, std::function<void()> after) {
  world.run_aside(std::move(work),
                  [this, after = std::move(after), guard = std::weak_ptr<int>(alive)] {
                    if (guard.expired()) return;
                    const calling here(*this);
                    after();
                  });
}

void engine::state::later(std::function<void()> act) {
  if (destroying) return;  // nobody asks an engine that is being destroyed
  deferred.push_back(std::move(act));
  schedule_turn();
}

/// What callers do is worked on a moment later: many requests then share a TLS record, and no
/// callback comes from within a call.
void engine::state::schedule_turn() {
  if (turn_timer || destroying) return;
  turn_timer = arm(0, [this] { turn(); });
}

void engine::state::turn() {
  const auto fired = std::move(turn_timer);
  for (const auto& act : std::exchange(deferred, {})) act();
  if (stopping()) return go_on_stopping();
  feed_and_pump();
}

void engine::state::keep(const logged_in& answered) {
  forget_credentials();
  kept = credentials{answered.account.id, answered.device, answered.token};
}

void engine::state::forget_credentials() {
  if (kept) wipe(kept->token);
  kept.reset();
  wipe(coming_token);
}

/// Callers hear it one after the other; what they ask from within is answered later.
void engine::state::fail_everything(const error& why, bool keep_marks) {
  for (const auto& then : signing.give_up()) then(tl::unexpected(why));
  for (auto& each : pending.give_up(keep_marks)) {
    wipe_secrets(each.body);
    each.then(tl::unexpected(why));
  }
}

void engine::state::end(const error& why) {
  now = phase::ended;
  end_reason = why;
  retry_timer.reset();
  mark_timer.reset();
  fail_everything(why, false);
  listener.on_end(why);
}

void engine::state::go_on_stopping() {
  if (now == phase::ended) return finish_stopping();
  if (stop == stop_step::asked) {
    stop = stop_step::marks;
    retry_timer.reset();
    fail_everything({errc::link_closed, "the engine is stopping"}, true);
    stop_timer = arm(stop_wait_ms, [this] {
      if (stop == stop_step::marks) return say_goodbye();
      finish_stopping();
    });
    if (now == phase::ready) send_marks();
  }
  if (now != phase::ready || leaving) return finish_stopping();
  if (stop == stop_step::marks) {
    if (!events.due_marks().idle()) return feed_and_pump();
    return say_goodbye();
  }
  if (const auto pumped = link->pump(); !pumped) return finish_stopping();
  if (link->queued_bytes() == 0) link->say_close();
  if (link->queued_bytes() == 0 && link->unsent_bytes() == 0) finish_stopping();
}

void engine::state::say_goodbye() {
  stop = stop_step::goodbye;
  stop_timer = arm(stop_wait_ms, [this] { finish_stopping(); });
  send_now(0, goodbye{});
  go_on_stopping();
}

void engine::state::finish_stopping() {
  link.reset();
  connect_timer.reset();
  life_timer.reset();
  leave_timer.reset();
  mark_timer.reset();
  const auto fired = std::move(stop_timer);
  now = phase::ended;
  if (!end_reason) end_reason = error{errc::link_closed, "the engine was stopped"};
  fail_everything(*end_reason, false);
  for (const auto& then : std::exchange(stopped, {})) {
    if (then) then();
  }
}

// ------------------------------------------------------------------------------------ the door

engine::engine(engine_options options, runtime& world, engine_listener& listener)
    : state_(std::make_unique<state>(std::move(options), world, listener)) {}

engine::~engine() = default;

void engine::start() {
  if (state_->now != state::phase::idle) return;
  state_->now = state::phase::waiting;
  if (state_->options.servers.empty()) {
    return state_->later([inside = state_.get()] {
      inside->end({errc::usage, "no server is named"});
    });
  }
  state_->retry_timer = state_->arm(0, [inside = state_.get()] { inside->dial(); });
}

void engine::stop(std::function<void()> stopped) {
  state_->stopped.push_back(std::move(stopped));
  if (!state_->stopping()) state_->stop = state::stop_step::asked;
  state_->schedule_turn();
}

void engine::use(const credentials& kept) {
  state_->forget_credentials();
  state_->kept = kept;
}

void engine::register_account(std::string name, std::string email, std::string password,
                              std::string device_name, answer<logged_in> then,
                              std::string premium_code, keys_wanted learn) {
  if (!state_->takes_requests()) {
    wipe(password);
    wipe(premium_code);
    return state_->refuse(std::move(then));
  }
  state_->signing.register_account(std::move(name), std::move(email), std::move(password),
                                   std::move(device_name), std::move(then), std::move(premium_code),
                                   std::move(learn));
}

void engine::log_in(std::string name, std::string password, std::string device_name,
                    answer<logged_in> then, std::optional<device_id> as, keys_wanted learn) {
  state_->signing.log_in(std::move(name), std::move(password), std::move(device_name),
                         std::move(then), as, std::move(learn));
}

void engine::derive_keys(std::string password, answer<done> then, keys_wanted learn) {
  state_->signing.derive_keys(std::move(password), std::move(then), std::move(learn));
}

void engine::change_password(std::string present, std::string fresh, bool keep_devices,
                             answer<credentials> then, identity_resealer reseal) {
  state_->signing.change_password(
      std::move(present), std::move(fresh), keep_devices,
      [mine = state_.get(), then = std::move(then)](const outcome<done>& changed) {
        if (!changed) return then(tl::unexpected(changed.error()));
        if (!mine->kept) return then(fail(errc::not_logged_in));
        then(*mine->kept);
      },
      std::move(reseal));
}

void engine::change_email(std::string password, std::string address, answer<done> then) {
  state_->signing.change_email(std::move(password), std::move(address), std::move(then));
}

void engine::reset_password(std::string name, std::string code, std::string password,
                            std::string device_name, answer<logged_in> then, keys_wanted learn) {
  if (!state_->takes_requests()) {
    wipe(code);
    wipe(password);
    return state_->refuse(std::move(then));
  }
  state_->signing.reset_password(std::move(name), std::move(code), std::move(password),
                                 std::move(device_name), std::move(then), std::move(learn));
}

void engine::ask(client_body body, answer<server_body> then) {
  if (is_for_callers(body)) return state_->ask(std::move(body), std::move(then));
  wipe_secrets(body);
  state_->later([then = std::move(then)] {
    then(fail(errc::usage, "the engine itself asks this when it is needed"));
  });
}

void engine::send_text(const chat_id& chat, std::string text, answer<message_sent> then,
                       std::optional<message_id> id) {
  ask_for<message_sent>(
      send_message{id ? *id : make_message_id(), chat, content_type::text, std::move(text)},
      std::move(then));
}

void engine::send_sealed(const chat_id& chat, bytes body, answer<message_sent> then,
                         std::optional<message_id> id) {
  ask_for<message_sent>(
      send_message{id ? *id : make_message_id(), chat, content_type::sealed, std::move(body)},
      std::move(then));
}

void engine::send_broadcast(std::string text, answer<broadcast_sent> then,
                            std::optional<message_id> id) {
  ask_for<broadcast_sent>(uod::send_broadcast{id ? *id : make_message_id(), std::move(text)},
                          std::move(then));
}

void engine::subscribe(std::optional<std::uint64_t> after_position,
                       std::optional<std::uint64_t> after_broadcast) {
  if (state_->events.wanted()) return;
  state_->events.want(after_position, after_broadcast);
  state_->later([inside = state_.get()] { inside->send_subscribe(); });
}

std::optional<std::uint64_t> engine::position() const { return state_->events.position(); }

std::optional<std::uint64_t> engine::home_position() const {
  return state_->events.home_position();
}

void engine::mark_read(const chat_id& chat, std::uint64_t seq) {
  if (state_->end_reason) return;
  state_->events.due_marks().read(chat, seq);
  state_->plan_marks(state_->options.mark_delay_ms);
}

message_id engine::make_message_id() { return message_id(state_->new_id()); }

bool engine::connected() const { return state_->now == state::phase::ready; }
std::size_t engine::pending_requests() const { return state_->pending.size(); }
std::size_t engine::backlog_bytes() const { return state_->pending.bytes(); }
const std::optional<welcome>& engine::greeting() const { return state_->greeting; }

}  // namespace uod::client
