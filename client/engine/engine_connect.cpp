#include "client/engine/engine_state.hpp"
#include "client/engine/trusted_context.hpp"
#include "protocol/password.hpp"

/// How a connection comes, is watched, goes, and comes again.
namespace uod::client {
namespace {

/// What the server's silence may last before its first welcome.
constexpr std::uint64_t silence_default_ms = 30'000;
/// The server asks first, when its own time is over; the client only when even that stays away.
constexpr std::uint64_t silence_grace_ms = 5'000;
/// Between "still there?" and taking the connection for lost.
constexpr std::uint64_t life_wait_ms = 10'000;
/// A server that says it is closing may still answer what it has; then it is left.
constexpr std::uint64_t leave_wait_ms = 1'000;
/// However long a server says one should stay away, it is tried again after this.
constexpr std::uint64_t retry_after_max_ms = 60'000;

/// Nothing gets better by trying again.
bool is_final(errc code) {
  return code == errc::key_changed || code == errc::certificate_invalid ||
         code == errc::unsupported_version || code == errc::account_closed ||
         code == errc::account_deleted;
}

/// The server broke the rules, so a connection that was good once is no promise for the next.
bool is_misbehaviour(errc code) {
  return code == errc::malformed || code == errc::segment_invalid ||
         code == errc::frame_too_large || code == errc::link_failed;
}

}  // namespace

void engine::state::dial() {
  const auto fired = std::move(retry_timer);
  auto trust = listener.trust_for(server());
  if (stopping()) return;  // said so from within
  auto trusted = trusted_context(trust);
  if (!trusted) return end(trusted.error());
  now = phase::connecting;
  last_request = hello_request = resume_request = subscribe_request = 0;
  linked = greeted = logged_in_here = false;
  leaving.reset();
  fatal.reset();
  asked_for_life_at_ms.reset();
  bytes session = listener.session_for(server());
  link = std::make_unique<connection>(std::move(*trusted), session, world, *this);
  wipe(session);
  connect_timer = arm(options.connect_timeout_ms, [this] {
    lost({errc::timed_out, to_text(server()) + " did not greet in time"});
  });
  link->open(server());
}

outcome<void> engine::state::on_link(const std::string& fingerprint) {
  const calling guard(*this);
  if (auto trusted = listener.on_fingerprint(server(), fingerprint); !trusted) {
    fatal = trusted.error();
    return trusted;
  }
  linked = true;
  watch(quiet_ms());
  // All at once: nothing here has to wait for an answer, so it costs one round trip.
  hello_request = new_request_id();
  send_now(hello_request, hello{options.program + " " UOD_VERSION});
  if (kept) {
    resume_request = new_request_id();
    send_now(resume_request, resume{kept->device, kept->token});
    logged_in_here = true;
    send_subscribe();
  }
  return {};
}

void engine::state::become_ready() {
  if (now == phase::ready || !greeted || resume_request != 0) return;
  now = phase::ready;
  const auto how = was_connected ? connection_state::resumed : connection_state::connected;
  was_connected = true;
  told_lost = false;
  listener.on_connection(how, server());
}

void engine::state::on_session_offer(const bytes& session) {
  const calling guard(*this);
  listener.on_session(server(), session);
}

void engine::state::on_replay(const frame_id& id) {
  const calling guard(*this);
  listener.on_trouble({errc::malformed, "THIS IS A REPLAY ATTACK: frame " + to_text(id) + " of " +
                                            to_text(server()) + " came again and is ignored"});
}

void engine::state::on_room() {
  const calling guard(*this);
  if (stopping()) return go_on_stopping();
  feed_and_pump();
}

void engine::state::on_lost(const error& why) {
  const calling guard(*this);
  lost(error(why));  // a copy: the reason may lie in what is destroyed now
}

/// The one place where a connection ends. Nothing of it is touched afterwards.
void engine::state::lost(const error& why) {
  const auto gone = std::move(link);
  const auto fired = std::move(connect_timer);
  const auto life = std::move(life_timer);
  const auto leave = std::move(leave_timer);
  const bool was_ready = now == phase::ready;
  const error reason = leaving ? *leaving : why;
  linked = greeted = logged_in_here = false;
  pending.connection_lost();
  events.connection_lost();
  if (stopping()) return finish_stopping();
  if (fatal) return end(*fatal);
  if (is_final(reason.code)) return end(reason);

  now = phase::waiting;
  if (was_ready && !is_misbehaviour(reason.code)) delays.reset();
  const endpoint left = server();
  retry(reason);
  listener.on_trouble(reason);
  if (told_lost) return;
  told_lost = true;
  listener.on_connection(connection_state::reconnecting, left);
}

void engine::state::retry(const error& why) {
  server_index = (server_index + 1) % options.servers.size();
  const std::uint64_t asked_ms = std::min<std::uint64_t>(why.retry_after_ms, retry_after_max_ms);
  retry_timer = arm(asked_ms + delays.next_ms(world.random()), [this] { dial(); });
}

/// The server closes soon: what it still answers is taken, nothing more is sent.
void engine::state::prepare_to_leave(const error& why) {
  if (leaving) return;
  leaving = why;
  leave_timer = arm(leave_wait_ms, [this] { lost(*leaving); });
}

// ----------------------------------------------------------------------------- is it still there?

void engine::state::watch(std::uint64_t delay_ms) {
  life_timer = arm(delay_ms, [this] { look_for_life(); });
}

/// How long the server may say nothing before it is asked.
std::uint64_t engine::state::quiet_ms() const {
  return (greeting ? greeting->limits.silence_ms : silence_default_ms) + silence_grace_ms;
}

/// One timer a connection, moved on when it is due and not with every read.
void engine::state::look_for_life() {
  const std::uint64_t time_ms = world.steady_ms();
  const std::uint64_t silent_ms = time_ms - link->heard_at_ms();
  if (asked_for_life_at_ms && link->heard_at_ms() < *asked_for_life_at_ms) {
    return lost({errc::silent, to_text(server()) + " does not answer any more"});
  }
  asked_for_life_at_ms.reset();
  if (silent_ms < quiet_ms()) return watch(quiet_ms() - silent_ms);
  asked_for_life_at_ms = time_ms;
  send_now(0, ping{});
  if (const auto pumped = link->pump(); !pumped) return lost(pumped.error());
  watch(life_wait_ms);
}

}  // namespace uod::client
