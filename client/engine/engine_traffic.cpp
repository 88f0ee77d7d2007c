#include "client/engine/engine_state.hpp"
#include "protocol/codec.hpp"
#include "protocol/password.hpp"

/// What is said on a connection: requests and their answers, events, marks.
namespace uod::client {
namespace {

/// Requests that may be unanswered before the first welcome tells the server's own number.
constexpr std::size_t window_default = 32;
/// Encoded ahead: what is encoded has its place in a lane, what is not costs its memory once.
constexpr std::size_t queued_bytes_max = 256 * 1024;
/// Pongs are not queued behind more than this; a server that asks on without reading is left.
constexpr std::size_t unheard_bytes_max = 2 * 1024 * 1024;

error failed_with(const server_body& body) { return std::get<failure>(body).reason; }

/// The token is no good any more, whoever revoked it.
bool is_revoked(errc code) {
  return code == errc::wrong_credentials || code == errc::no_such_device ||
         code == errc::not_logged_in;
}

}  // namespace

// ------------------------------------------------------------------------------------------ out

std::uint32_t engine::state::new_request_id() {
  do {
    ++last_request;
  } while (last_request == 0 || pending.find(last_request) != nullptr);
  return last_request;
}

void engine::state::send_now(std::uint32_t id, client_body body) {
  client_message message{id, std::move(body)};
  link->send(lane_of(message.body), encode(message));
  wipe_secrets(message.body);
}

/// Once a connection, when it is logged in.
void engine::state::send_subscribe() {
  if (!events.wanted() || !linked || !logged_in_here || leaving) return;
  if (events.open() || subscribe_request != 0) return;
  subscribe_request = new_request_id();
  send_now(subscribe_request, uod::subscribe{events.position(), events.home_position()});
}

std::size_t engine::state::window_left() const {
  const std::size_t window =
      greeting ? std::max<std::size_t>(greeting->limits.requests_in_flight_max, 1) : window_default;
  const std::size_t in_flight = pending.in_flight() + (hello_request != 0 ? 1 : 0) +
                                (resume_request != 0 ? 1 : 0) + (subscribe_request != 0 ? 1 : 0);
  return in_flight < window ? window - in_flight : 0;
}

std::size_t engine::state::payload_bytes_max() const {
  return greeting ? greeting->limits.frame_bytes_max : stranger_frame_bytes_max;
}

bool engine::state::known_to_server() const {
  return greeted && logged_in_here && resume_request == 0;
}

void engine::state::refuse_next(error why) {
  request refused = pending.take_next();
  wipe_secrets(refused.body);
  later([then = std::move(refused.then), why = std::move(why)] { then(tl::unexpected(why)); });
}

/// Sends what the window and the queue have room for, in the order it was asked.
void engine::state::feed() {
  if (!linked || leaving || stop == stop_step::goodbye) return;
  while (window_left() > 0 && link->queued_bytes() < queued_bytes_max) {
    const request* next = pending.next();
    if (next == nullptr) return;
    const std::uint32_t id = new_request_id();
    client_message message{id, next->body};
    bytes payload = encode(message);
    wipe_secrets(message.body);
    if (payload.size() > stranger_frame_bytes_max && !known_to_server()) {
      // The server ends the connection of a stranger who sends so much. An answer under way may
      // change what we are to it; when none is, nothing will.
      if (!greeted || resume_request != 0 || pending.in_flight() > 0) return;
      refuse_next({errc::not_logged_in});
      continue;
    }
    if (payload.size() > payload_bytes_max()) {
      // The server would end the connection over it, and over its repetition on the next.
      refuse_next({errc::too_large, std::to_string(payload.size()) + " octets"});
      continue;
    }
    if (const auto* changing = std::get_if<uod::change_password>(&next->body)) {
      coming_token = changing->token;
    }
    link->send(lane_of(next->body), std::move(payload));
    pending.note_sent(id);
  }
}

void engine::state::feed_and_pump() {
  feed();
  if (!link) return;
  if (const auto pumped = link->pump(); !pumped) return lost(pumped.error());
}

// ------------------------------------------------------------------------------------------- in

outcome<void> engine::state::on_server(server_message received) {
  const calling guard(*this);
  const std::uint32_t id = received.request;
  if (std::holds_alternative<ping>(received.body)) {
    if (link->queued_bytes() > unheard_bytes_max) {
      return fail(errc::malformed, "the server asks and does not listen");
    }
    send_now(id, pong{});
    return {};
  }
  if (id == 0) return on_event(std::move(received.body));
  if (!greeted && id != hello_request) {
    return fail(errc::malformed, "an answer came before the welcome");
  }
  outcome<void> taken;
  if (id == hello_request) {
    taken = on_welcome(received.body);
  } else if (id == resume_request) {
    taken = on_resumed(received.body);
  } else if (id == subscribe_request) {
    taken = on_subscribed(received.body);
  } else {
    taken = on_answer(id, std::move(received.body));
  }
  if (taken) become_ready();
  return taken;
}

outcome<void> engine::state::on_welcome(const server_body& body) {
  hello_request = 0;
  if (std::holds_alternative<failure>(body)) {
    leaving = failed_with(body);  // with its time to wait, and final where the version is
    return tl::unexpected(*leaving);
  }
  const auto* welcomed = std::get_if<welcome>(&body);
  if (welcomed == nullptr) return fail(errc::malformed, "hello was not answered by a welcome");
  greeted = true;
  greeting = *welcomed;
  connect_timer.reset();
  watch(quiet_ms());
  signing.on_greeting();
  return {};
}

outcome<void> engine::state::on_resumed(server_body& body) {
  resume_request = 0;
  if (std::holds_alternative<failure>(body)) {
    const error why = failed_with(body);
    if (is_revoked(why.code) && !coming_token.empty()) {
      // A change of password may have happened whose answer was lost.
      wipe(kept->token);
      kept->token = std::exchange(coming_token, {});
      leaving = why;
    } else if (auto renewed = is_revoked(why.code) ? listener.renewed_token(kept->device)
                                                   : std::optional<bytes>{};
               renewed && *renewed != kept->token) {
      wipe(kept->token);
      kept->token = std::move(*renewed);
      leaving = why;
    } else if (is_revoked(why.code)) {
      fatal = error{errc::not_logged_in, why.detail};
    } else if (why.code == errc::account_locked || why.code == errc::account_closed) {
      fatal = why;  // by an administrator: it takes a person to change that
    } else {
      leaving = why;
    }
    return tl::unexpected(why);
  }
  const auto* resumed = std::get_if<logged_in>(&body);
  if (resumed == nullptr || !kept || resumed->device != kept->device) {
    return fail(errc::malformed, "the log-in by token was not answered as such");
  }
  kept->account = resumed->account.id;
  return {};
}

outcome<void> engine::state::on_subscribed(const server_body& body) {
  subscribe_request = 0;
  if (std::holds_alternative<failure>(body)) {
    leaving = failed_with(body);
    return tl::unexpected(*leaving);
  }
  const auto* begun = std::get_if<subscribed>(&body);
  if (begun == nullptr) return fail(errc::malformed, "the subscription was not answered as such");
  return events.begin(*begun, *this);
}

outcome<void> engine::state::on_answer(std::uint32_t id, server_body body) {
  const request* asked = pending.find(id);
  if (asked == nullptr) return fail(errc::malformed, "an answer to what was not asked");
  if (!is_answer(asked->body, body)) {
    return fail(errc::malformed, "an answer of another kind than was asked");
  }
  if (const auto* failed = std::get_if<failure>(&body);
      failed != nullptr && failed->reason.code == errc::going_away) {
    prepare_to_leave(failed->reason);  // the request stays, for the next connection
    return {};
  }
  request answered = pending.take(id);
  if (const auto* failed = std::get_if<failure>(&body);
      failed != nullptr && answered.repeated &&
      is_done_already(answered.body, failed->reason.code)) {
    body = done{};
  }
  learn_from(answered.body, body);
  wipe_secrets(answered.body);
  if (!answered.then) return {};
  if (std::holds_alternative<failure>(body)) {
    answered.then(tl::unexpected(failed_with(body)));
  } else {
    answered.then(std::move(body));
  }
  return {};
}

/// What an answer changes for the engine itself.
void engine::state::learn_from(const client_body& asked, const server_body& answered) {
  if (const auto* opened = std::get_if<chat_opened>(&answered)) {
    events.names().learn(opened->chat);
  } else if (const auto* listed = std::get_if<chats_listed>(&answered)) {
    for (const auto& chat : listed->chats) events.names().learn(chat);
  } else if (const auto* sent = std::get_if<broadcast_sent>(&answered)) {
    events.note_own_broadcast(sent->seq);
  } else if (const auto* entered = std::get_if<logged_in>(&answered)) {
    keep(*entered);
    logged_in_here = true;
    send_subscribe();
  } else if (const auto* changed = std::get_if<uod::change_password>(&asked)) {
    if (std::holds_alternative<done>(answered) && kept) {
      wipe(kept->token);
      kept->token = changed->token;
    }
    wipe(coming_token);
  } else if (std::holds_alternative<log_out>(asked) && std::holds_alternative<done>(answered)) {
    forget_credentials();
    logged_in_here = false;
    events.connection_lost();
    events.due_marks().forget();
  }
}

outcome<void> engine::state::on_event(server_body body) {
  if (std::holds_alternative<pong>(body)) return {};
  if (const auto* closing = std::get_if<server_closing>(&body)) {
    prepare_to_leave(closing->reason);
    return {};
  }
  if (auto* arrived = std::get_if<messages_arrived>(&body)) {
    auto taken = events.take(std::move(*arrived), kept ? kept->account : account_id{}, *this);
    plan_marks(options.mark_delay_ms);
    return taken;
  }
  if (const auto* arrived = std::get_if<broadcasts_arrived>(&body)) {
    return events.take(*arrived, *this);
  }
  if (const auto* receipt = std::get_if<receipt_changed>(&body)) {
    if (!events.wanted() || stopping()) return {};
    const std::string chat = events.names().knows(receipt->chat) && kept
                                 ? events.names().name_of(receipt->chat, kept->account)
                                 : receipt->by_name;
    listener.on_receipt({chat, receipt->by_name, receipt->delivered_seq, receipt->read_seq});
    return {};
  }
  if (const auto* presence = std::get_if<presence_changed>(&body)) {
    if (!events.wanted() || stopping()) return {};
    listener.on_presence({presence->name, presence->online, presence->last_seen_ms});
    return {};
  }
  return fail(errc::malformed, "an answer without a request");
}

void engine::state::on_stray(const message& stored) {
  listener.on_trouble({errc::malformed, "message " + to_text(stored.id) +
                                            " is of a chat that the server has not told about"});
}

// ---------------------------------------------------------------------------------------- marks

void engine::state::plan_marks(std::uint64_t delay_ms) {
  if (mark_timer || destroying || !takes_requests() || !events.due_marks().due()) return;
  mark_timer = arm(delay_ms, [this] {
    const auto fired = std::move(mark_timer);
    send_marks();
  });
}

void engine::state::send_marks() {
  for (auto& due : events.due_marks().take()) {
    ask(
        due,
        [this, chat = due.chat](const outcome<server_body>& answered) {
          on_mark_answered(chat, answered);
        },
        true);
  }
}

void engine::state::on_mark_answered(const chat_id& chat, const outcome<server_body>& answered) {
  const bool later_again = !answered && (answered.error().code == errc::overloaded ||
                                         answered.error().code == errc::rate_limited);
  events.due_marks().answered(chat, later_again);
  const std::uint64_t asked_ms = answered ? 0 : answered.error().retry_after_ms;
  plan_marks(std::max<std::uint64_t>(options.mark_delay_ms, asked_ms));
}

}  // namespace uod::client
