#include "actors/bridge/connection.hpp"

#include <array>
#include <utility>

#include "actors/audit.hpp"
#include "actors/log.hpp"
#include "actors/metered.hpp"
#include "actors/session.hpp"
#include "protocol/codec.hpp"

namespace uod {
namespace {

std::string shown(const peer_address& peer) {
  const bool v6 = peer.host.find(':') != std::string::npos;
  return (v6 ? "[" + peer.host + "]" : peer.host) + ":" + std::to_string(peer.port);
}

bool looks_like_http(bytes_view received) {
  constexpr std::array<bytes_view, 5> methods{"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS "};
  for (const auto method : methods) {
    if (received.substr(0, method.size()) == method) return true;
  }
  return false;
}

}  // namespace

/// Takes the frames of one read: decodes them, and notes what is wrong.
class connection::inbox final : public frame_sink {
 public:
  inbox(node_counters& counters, std::uint64_t number, const peer_address& peer)
      : counters_(counters), number_(number), peer_(peer) {}

  void on_frame(bytes_view payload) override {
    ++counters_.frames_received;
    ++frames;
    payload_bytes += payload.size();
    if (malformed) return;
    auto decoded = decode_client_message(payload);
    if (decoded) {
      messages.push_back(std::move(*decoded));
    } else {
      ++counters_.frames_malformed;
      malformed = decoded.error();
    }
  }

  void on_replay(const frame_id& id) override {
    ++counters_.replays_ignored;
    ++replays;
    log::warning("THIS IS A REPLAY ATTACK",
                 {{"session", number_}, {"frame", to_text(id)}, {"address", shown(peer_)}});
    audit::write("replay.ignored",
                 {{"session", number_}, {"frame", to_text(id)}, {"address", shown(peer_)}});
  }

  std::vector<client_message> messages;
  std::int64_t frames = 0;
  std::uint64_t replays = 0;
  std::size_t payload_bytes = 0;
  std::optional<error> malformed;

 private:
  node_counters& counters_;
  std::uint64_t number_;
  const peer_address& peer_;
};

connection::connection(environment world, std::unique_ptr<byte_channel> channel, peer_address peer,
                       std::uint64_t number, std::uint64_t now_ms)
    : world_(std::move(world)),
      channel_(std::move(channel)),
      peer_(std::move(peer)),
      number_(number),
      wire_(world_.tls, link_side::server, stranger_frame_bytes_max),
      credit_(world_.node->config.limits.requests_in_flight_max),
      opened_at_ms_(now_ms),
      now_ms_(now_ms),
      progress_at_ms_(now_ms),
      heard_at_ms_(now_ms) {
  ++world_.node->counters.connections_opened;
  open_.take(world_.node->counters.connections_open);
}

connection::~connection() = default;

// ------------------------------------------------------------------------------------- inbound

void connection::on_bytes(bytes_view received) {
  if (over_ || closing_) return;
  world_.node->counters.octets_received += received.size();
  if (!std::exchange(heard_anything_, true) && looks_like_http(received)) {
    return answer_http(received);
  }
  take_frames(received);
}

void connection::take_frames(bytes_view received) {
  const auto self = shared_from_this();
  const std::uint64_t read_ns = world_.node->traces.armed() ? steady_ns() : 0;
  inbox taken(world_.node->counters, number_, peer_);
  bytes output;
  const bool stood = wire_.established();
  const auto result = wire_.receive(received, taken, output);
  if (!output.empty()) write(std::move(output));
  if (!stood && wire_.established()) begin_session();
  if (taken.frames > 0) {
    heard_at_ms_ = now_ms_;
    asked_at_ms_.reset();
  }
  credit_ -= taken.frames;
  work_bytes_ += taken.payload_bytes;
  if (!taken.messages.empty() && session_) {
    caf::anon_send(session_, frames_received{std::move(taken.messages), read_ns});
  }
  if (!result) return fail_link(result.error());
  if (taken.malformed) return fail_link(*taken.malformed);
  replays_ += taken.replays;
  if (replays_ > replays_per_connection_max) {
    return fail_link(error{errc::malformed, "too many frames that came again"});
  }
  if (wire_.peer_closed()) return end(error{errc::link_closed, "the client closed the link"});
  const bool enough = credit_ <= 0 || work_bytes_ >= work_bytes_max_;
  if (enough && std::exchange(reading_, false)) channel_->read_on(false);
}

void connection::begin_session() {
  auto& counters = world_.node->counters;
  ++(wire_.link().resumed() ? counters.handshakes_resumed : counters.handshakes_full);
  session_ = spawn_metered_at(world_.home, world_.system, counters.actor(actor_kind::session),
                              session, world_.node,
                              session_link{shared_from_this(), shown(peer_), peer_.host, number_});
}

/// Somebody has pointed a browser at the port: tell it so in its own language.
void connection::answer_http(bytes_view) {
  static constexpr bytes_view text =
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
      "This port speaks the UOD Messenger protocol over TLS 1.3, not HTTP.\n";
  write(bytes(text));
  end(error{errc::link_failed, "plain HTTP on the messenger's port"});
}

// ------------------------------------------------------------------------------------ outbound

void connection::write(bytes output) {
  world_.node->counters.octets_sent += output.size();
  channel_->write(std::move(output));
}

void connection::say(server_body body) {
  const bytes payload = encode(server_message{0, std::move(body)});
  const std::size_t added = payload.size() + frame_header_bytes;
  note_queued(queued_bytes_.fetch_add(added) + added);
  ++world_.node->counters.frames_sent;
  wire_.enqueue(lane::control, payload);
}

void connection::send_out() {
  if (over_) return;
  // As long as the socket takes everything at once there is no reason to come back later.
  while (wire_.queued_bytes() > 0 && channel_->unsent_bytes() < ciphertext_ahead_bytes_max) {
    const std::size_t queued_before = wire_.queued_bytes();
    bytes output;
    const auto pumped = wire_.pump(output, ciphertext_ahead_bytes_max);
    queued_bytes_.fetch_sub(queued_before - wire_.queued_bytes());
    if (!pumped) return end(pumped.error());
    if (output.empty()) break;
    if (channel_->unsent_bytes() == 0) progress_at_ms_ = now_ms_;
    write(std::move(output));
  }
  const auto outbox_bytes_max = world_.node->config.limits.outbox_bytes_max;
  if (overfull_ && queued_bytes_ < outbox_bytes_max / 2) {
    overfull_ = false;
    if (session_) caf::anon_send(session_, outlet_drained{});
  }
  const bool all_gone = wire_.queued_bytes() == 0 && channel_->unsent_bytes() == 0;
  if (traces_ != 0 && all_gone) world_.node->traces.written(std::exchange(traces_, 0), number_);
  if (closing_ && all_gone) end(*closing_);
}

void connection::on_written() {
  progress_at_ms_ = now_ms_;
  send_out();
}

void connection::run() {
  handover taken;
  {
    const std::lock_guard lock(mutex_);
    std::swap(taken, handover_);
  }
  if (over_) return;
  const auto self = shared_from_this();
  if (taken.admitted) {
    admitted_ = true;
    wire_.set_frame_bytes_max(world_.node->config.limits.frame_bytes_max);
    work_bytes_max_ = account_work_bytes_max;
  }
  world_.node->counters.frames_sent += taken.frames.size();
  for (auto& frame : taken.frames) {
    traces_ = static_cast<std::uint8_t>(traces_ | frame.traces);
    wire_.enqueue(frame.in, std::move(frame.payload));
  }
  if (taken.close && !closing_) {
    closing_ = std::move(taken.close);
    closing_since_ms_ = now_ms_;
  }
  send_out();
  if (!over_ && !closing_) take_grant(taken);
}

/// Reads on when the session has finished enough. Which of the requests it finished is not told,
/// so their octets are counted until it has finished all.
void connection::take_grant(const handover& taken) {
  credit_ += taken.granted;
  if (credit_ >= world_.node->config.limits.requests_in_flight_max) work_bytes_ = 0;
  if (reading_ || credit_ <= 0 || work_bytes_ >= work_bytes_max_) return;
  reading_ = true;
  channel_->read_on(true);
}

// -------------------------------------------------------------------------------------- endings

/// The other side does not keep to the protocol: it is told why, as far as that is possible.
void connection::fail_link(const error& why) {
  if (wire_.established()) {
    say(server_closing{why});
    closing_ = why;
    closing_since_ms_ = now_ms_;
    channel_->read_on(false);
    return send_out();
  }
  end(why);
}

void connection::on_closed(const error& why) { end(why); }

void connection::end(const error& why) {
  if (std::exchange(over_, true)) return;
  auto& counters = world_.node->counters;
  counters.connections_ended.add(why.code);
  open_.release();
  // Who connects and says nothing has not failed at anything.
  if (!wire_.established() && heard_anything_) ++counters.handshakes_failed;
  log_end(why);
  bytes output;
  wire_.close(output);
  if (!output.empty()) write(std::move(output));
  channel_->close();
  if (session_) caf::anon_send(std::exchange(session_, {}), link_ended{why});
}

void connection::log_end(const error& why) const {
  const bool ordinary = why.code == errc::link_closed || why.code == errc::going_away;
  log::write(ordinary ? log::level::debug : log::level::warning, "connection.ended",
             {{"session", number_},
              {"address", shown(peer_)},
              {"reason", code_name(why.code)},
              {"detail", why.detail}});
}

void connection::on_tick(std::uint64_t now_ms) {
  if (over_) return;
  now_ms_ = now_ms;
  const auto& limits = world_.node->config.limits;
  if (!wire_.established() && now_ms - opened_at_ms_ >= limits.handshake_timeout_ms) {
    return end(error{errc::timed_out, "no TLS handshake in time"});
  }
  if (channel_->unsent_bytes() > 0 && now_ms - progress_at_ms_ >= limits.write_stall_ms) {
    return end(error{errc::slow_reader, "the client has stopped reading"});
  }
  if (closing_ && now_ms - closing_since_ms_ >= close_linger_ms) return end(*closing_);
  if (session_ && !closing_ && !told_to_close_) look_for_life();
}

/// Is the client still there? Asked after a silence, ended after a longer one. Here, where time is
/// looked at anyway, and not in the session: that costs no timer for each connection, and none
/// that outlives it.
void connection::look_for_life() {
  const auto& limits = world_.node->config.limits;
  if (!admitted_ && now_ms_ - opened_at_ms_ >= limits.anonymous_timeout_ms) {
    // Again with each tick: the session does not listen to it while somebody is being let in.
    return caf::anon_send(session_, close_session{error{errc::timed_out, "nobody logged in"}});
  }
  if (!reading_) {  // it is we who do not listen
    heard_at_ms_ = now_ms_;
    return asked_at_ms_.reset();
  }
  if (asked_at_ms_) {
    if (now_ms_ - *asked_at_ms_ < limits.silence_end_ms) return;
    return ask_to_close(error{errc::silent, "no answer to 'still there?'"});
  }
  if (now_ms_ - heard_at_ms_ < silence_ms()) return;
  asked_at_ms_ = now_ms_;
  say(ping{});
  send_out();
}

std::uint64_t connection::silence_ms() const {
  const std::uint64_t at_most = world_.node->config.limits.silence_ms;
  return at_most - at_most / 10 * (number_ % silence_spread) / silence_spread;
}

void connection::ask_to_close(const error& why) {
  if (over_) return;
  if (session_) {
    told_to_close_ = true;
    caf::anon_send(session_, close_session{why});
  } else {
    end(why);
  }
}

// ------------------------------------------------------------------------------- session's side

/// Wakes the reactor unless it has been woken already and has not come yet, or it is to come sooner
/// than that.
void connection::schedule(std::unique_lock<std::mutex> lock, turn when) {
  const auto before = handover_.scheduled;
  if (before == when || before == turn::next) return;
  handover_.scheduled = when;
  lock.unlock();
  channel_->wake(when);
}

void connection::note_queued(std::size_t octets) {
  if (octets >= world_.node->config.limits.outbox_bytes_max) overfull_ = true;
}

void connection::push(std::vector<outgoing_frame> frames, std::uint32_t granted) {
  std::size_t added = 0;
  auto when = frames.empty() ? turn::next : turn::later;
  for (const auto& frame : frames) {
    added += frame.payload.size() + frame_header_bytes;
    if (frame.in != lane::bulk) when = turn::next;
  }
  note_queued(queued_bytes_.fetch_add(added) + added);
  std::unique_lock lock(mutex_);
  handover_.granted += granted;
  if (handover_.frames.empty()) {
    handover_.frames = std::move(frames);
  } else {
    handover_.frames.insert(handover_.frames.end(), std::make_move_iterator(frames.begin()),
                            std::make_move_iterator(frames.end()));
  }
  schedule(std::move(lock), when);
}

void connection::admit() {
  std::unique_lock lock(mutex_);
  handover_.admitted = true;
  schedule(std::move(lock));
}

void connection::close(const error& why) {
  std::unique_lock lock(mutex_);
  handover_.close = why;
  schedule(std::move(lock));
}

}  // namespace uod
