#include "actors/bridge/connection.hpp"

#include <boost/test/unit_test.hpp>

#include "actors/log.hpp"
#include "protocol/tls_identity.hpp"
#include "tests/actors/household.hpp"

using namespace uod;
using tests::household;

namespace {

const tls_identity& identity() {
  static const tls_identity made = *make_tls_identity(key_kind::ec_p256, "node", 1'767'225'600);
  return made;
}

tls_context server_side() {
  return std::move(tls_context::server(identity(), bytes(ticket_key_octets, 't')).value());
}
tls_context client_side() { return std::move(tls_context::client({}).value()); }

/// The socket's end of a connection, in memory.
struct paper_channel final : byte_channel {
  struct state {
    bytes written;
    std::size_t stuck = 0;  ///< octets that the kernel does not take
    bool reading = true;
    bool closed = false;
    bool woken = false;
    std::vector<turn> turns;
  };
  explicit paper_channel(std::shared_ptr<state> shared) : now(std::move(shared)) {}
  void write(bytes octets) override { now->written += octets; }
  [[nodiscard]] std::size_t unsent_bytes() const override { return now->stuck; }
  void read_on(bool wanted) override { now->reading = wanted; }
  void close() override { now->closed = true; }
  void wake(turn when) override {
    now->woken = true;
    now->turns.push_back(when);
  }
  std::shared_ptr<state> now;
};

struct log_lines final : log::sink {
  void write(log::level, std::string_view event,
             std::initializer_list<log::field> fields) override {
    std::string line(event);
    for (const auto& each : fields) {
      line.append(" ").append(each.name).append("=").append(each.value);
    }
    lines.push_back(line);
  }
  [[nodiscard]] bool has(const std::string& part) const {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const auto& line) { return line.find(part) != std::string::npos; });
  }
  std::vector<std::string> lines;
};

/// A client's machine and a node, and the wire between them.
struct pair_of_ends : frame_sink {
  log_lines log;
  household house;
  tls_context server_tls = server_side();
  tls_context client_tls = client_side();
  std::shared_ptr<paper_channel::state> socket = std::make_shared<paper_channel::state>();
  std::shared_ptr<connection> bridge;
  wire client{client_tls, link_side::client, 1024 * 1024};
  std::vector<server_message> heard;
  std::uint64_t now_ms = 0;

  explicit pair_of_ends(std::uint64_t number = silence_spread) {
    log::install(&log);
    bridge = std::make_shared<connection>(
        connection::environment{house.system, house.node, server_tls},
        std::make_unique<paper_channel>(socket), peer_address{"198.51.100.7", 4711}, number, 0);
  }
  ~pair_of_ends() override {
    bridge->on_closed(error{errc::link_closed});
    house.run();
    log::install(nullptr);
  }

  void on_frame(bytes_view payload) override {
    heard.push_back(decode_server_message(payload).value());
  }
  void on_replay(const frame_id&) override {}

  /// Moves octets and lets actors work until nothing moves.
  void settle(bytes to_server = {}) {
    do {
      if (!to_server.empty()) bridge->on_bytes(std::exchange(to_server, {}));
      house.run();
      if (std::exchange(socket->woken, false)) bridge->run();
      const bytes to_client = std::exchange(socket->written, {});
      if (!to_client.empty()) BOOST_REQUIRE(client.receive(to_client, *this, to_server));
      BOOST_REQUIRE(client.pump(to_server, 1024 * 1024));
    } while (!to_server.empty() || socket->woken || !socket->written.empty());
  }
  void shake_hands() {
    bytes first;
    BOOST_REQUIRE(client.start(first));
    settle(first);
    BOOST_REQUIRE(client.established());
  }
  void greet() {
    shake_hands();
    say(1, hello{"test"});
    settle();
  }
  /// Time passes at the bridge.
  void pass(std::uint64_t span_ms) {
    now_ms += span_ms;
    bridge->on_tick(now_ms);
    settle();
  }
  /// Who was greeted logs in to an account that is made before.
  void log_in_alice() {
    house.arrive("alice");
    say(2, house.log_in_of("alice"));
    settle();
    BOOST_REQUIRE(count<logged_in>() == 1U);
  }
  /// A log-in is under way when the time for strangers runs out.
  void log_in_at_the_last_moment(bool right) {
    greet();
    house.arrive("alice");
    say(2, house.log_in_of("alice", right));
    bytes wire;
    BOOST_REQUIRE(client.pump(wire, 1024 * 1024));
    bridge->on_bytes(wire);
    pass(house.node->config.limits.anonymous_timeout_ms);
  }
  void say(std::uint32_t request, client_body body) {
    client.enqueue(lane::chat, encode(client_message{request, std::move(body)}));
  }
  template <class Body>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::count_if(heard.begin(), heard.end(), [](const auto& each) {
      return std::holds_alternative<Body>(each.body);
    }));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(bridge_connection, pair_of_ends)

BOOST_AUTO_TEST_CASE(frames_become_messages_and_answers_come_back) {
  shake_hands();
  say(1, hello{"test"});
  say(2, ping{});
  settle();
  BOOST_TEST(count<welcome>() == 1U);
  BOOST_TEST(count<pong>() == 1U);
  BOOST_TEST(house.counters.handshakes_full.load() == 1U);
  BOOST_TEST(house.counters.frames_received.load() == 2U);
}

BOOST_AUTO_TEST_CASE(silence_is_asked_and_then_ended) {
  const auto& limits = house.node->config.limits;
  greet();
  log_in_alice();
  pass(limits.silence_ms - 1);
  BOOST_TEST(count<ping>() == 0U);
  pass(1);
  BOOST_TEST(count<ping>() == 1U);
  pass(limits.silence_end_ms - 1);
  BOOST_TEST(count<ping>() == 1U);  // asked once
  say(0, pong{});
  settle();
  pass(limits.silence_ms);
  BOOST_TEST(count<ping>() == 2U);
  pass(limits.silence_end_ms - 1);
  BOOST_TEST(!socket->closed);
  pass(1);
  BOOST_REQUIRE(socket->closed);
  BOOST_REQUIRE(std::holds_alternative<server_closing>(heard.back().body));
  BOOST_TEST((std::get<server_closing>(heard.back().body).reason.code == errc::silent));
}

BOOST_AUTO_TEST_CASE(a_stranger_who_only_chats_along_is_ended) {
  const auto& limits = house.node->config.limits;
  shake_hands();
  say(1, hello{"test"});
  for (std::uint64_t told = 0; told + 1'000 < limits.anonymous_timeout_ms; told += 1'000) {
    say(0, ping{});
    pass(1'000);
    BOOST_REQUIRE(!socket->closed);
  }
  pass(1'000);
  BOOST_TEST(socket->closed);
  BOOST_TEST(log.has("reason=timed_out"));
}

BOOST_AUTO_TEST_CASE(not_all_who_were_heard_at_once_are_asked_at_once) {
  const auto silence_ms = house.node->config.limits.silence_ms;
  pair_of_ends neighbour(silence_spread - 1);
  neighbour.shake_hands();
  neighbour.say(1, hello{"test"});
  neighbour.settle();
  neighbour.log_in_alice();
  neighbour.pass(silence_ms - silence_ms / 10);
  BOOST_TEST(neighbour.count<ping>() == 0U);
  neighbour.pass(silence_ms / 10 - 1);
  BOOST_TEST(neighbour.count<ping>() == 1U);
}

BOOST_AUTO_TEST_CASE(who_is_just_being_let_in_is_no_stranger_any_more) {
  log_in_at_the_last_moment(true);
  BOOST_TEST(count<logged_in>() == 1U);
  BOOST_TEST(!socket->closed);
  pass(1'000);
  BOOST_TEST(!socket->closed);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_does_not_prolong_a_strangers_time) {
  log_in_at_the_last_moment(false);
  BOOST_TEST(count<failure>() == 1U);
  pass(1'000);
  BOOST_TEST(socket->closed);
  BOOST_TEST(log.has("reason=timed_out"));
}

BOOST_AUTO_TEST_CASE(pages_wait_for_their_turn_and_chat_does_not) {
  greet();
  log_in_alice();
  socket->turns.clear();
  say(3, list_chats{});
  settle();
  BOOST_TEST(count<chats_listed>() == 1U);
  BOOST_TEST((socket->turns == std::vector{turn::later}));
  say(4, ping{});
  settle();
  BOOST_TEST((socket->turns == std::vector{turn::later, turn::next}));
}

BOOST_AUTO_TEST_CASE(who_is_not_read_from_is_not_taken_for_silent) {
  const auto& limits = house.node->config.limits;
  greet();
  log_in_alice();
  bytes wire;
  for (std::uint32_t request = 3; request < 3 + limits.requests_in_flight_max; ++request) {
    say(request, ping{});
  }
  BOOST_REQUIRE(client.pump(wire, 1024 * 1024));
  bridge->on_bytes(wire);
  BOOST_REQUIRE(!socket->reading);
  bridge->on_tick(now_ms + limits.silence_ms);
  bridge->on_tick(now_ms + limits.silence_ms + limits.silence_end_ms);
  settle();
  BOOST_TEST(count<ping>() == 0U);
  BOOST_TEST(!socket->closed);
}

BOOST_AUTO_TEST_CASE(an_unread_socket_is_the_back_pressure) {
  shake_hands();
  const auto window = house.node->config.limits.requests_in_flight_max;
  bytes wire;
  for (std::uint32_t request = 1; request <= window; ++request) say(request, ping{});
  BOOST_REQUIRE(client.pump(wire, 1024 * 1024));
  bridge->on_bytes(wire);
  BOOST_TEST(!socket->reading);  // the session has had no turn yet
  settle();
  BOOST_TEST(socket->reading);
  BOOST_TEST(count<pong>() == window);
}

BOOST_AUTO_TEST_CASE(a_stranger_cannot_make_the_node_hold_much) {
  greet();
  bytes wire;
  client.enqueue(lane::chat, bytes(stranger_frame_bytes_max + 1, 'x'));
  BOOST_REQUIRE(client.pump(wire, 1024 * 1024));
  settle(wire);
  BOOST_TEST(socket->closed);
  BOOST_TEST(log.has("reason=frame_too_large"));
}

BOOST_AUTO_TEST_CASE(the_same_segment_twice_is_an_attack) {
  // The same plaintext inside the link, as only somebody within the client could send it.
  tls_link raw(client_tls);
  bytes to_server;
  bytes plain;
  BOOST_REQUIRE(raw.start(to_server));
  while (!to_server.empty()) {
    bridge->on_bytes(std::exchange(to_server, {}));
    BOOST_REQUIRE(raw.receive(std::exchange(socket->written, {}), plain, to_server));
  }
  frame_prefix prefix{};
  const bytes secret = raw.export_secret("EXPORTER-uod/1 client frames", prefix.size());
  std::copy(secret.begin(), secret.end(), prefix.begin());
  segment_writer writer(prefix);
  writer.enqueue(lane::chat, encode(client_message{1, hello{"test"}}));
  bytes segment;
  writer.write(segment, record_plaintext_bytes_max);
  bytes twice;
  BOOST_REQUIRE(raw.send(segment, twice));
  BOOST_REQUIRE(raw.send(segment, twice));
  bridge->on_bytes(twice);
  house.run();
  BOOST_TEST(house.counters.replays_ignored.load() == 1U);
  BOOST_TEST(house.counters.frames_received.load() == 1U);
  BOOST_TEST(log.has("THIS IS A REPLAY ATTACK session=64 frame="));
  BOOST_TEST(!socket->closed);
}

BOOST_AUTO_TEST_CASE(a_payload_that_is_no_message_ends_the_link_with_a_word) {
  shake_hands();
  client.enqueue(lane::chat, "\xff\xff\xff");
  settle();
  BOOST_TEST(count<server_closing>() == 1U);
  BOOST_TEST(socket->closed);
  BOOST_TEST(house.counters.frames_malformed.load() == 1U);
}

BOOST_AUTO_TEST_CASE(a_browser_is_told_in_its_own_language) {
  bridge->on_bytes("GET / HTTP/1.1\r\n\r\n");
  BOOST_TEST(socket->written.find("HTTP/1.1 400") == 0U);
  BOOST_TEST(socket->closed);
}

BOOST_AUTO_TEST_CASE(noise_ends_it) {
  bridge->on_bytes(bytes(100, '\x07'));
  BOOST_TEST(socket->closed);
  BOOST_TEST(log.has("reason=link_failed"));
}

BOOST_AUTO_TEST_CASE(who_says_nothing_is_not_waited_for) {
  const auto& limits = house.node->config.limits;
  bridge->on_tick(limits.handshake_timeout_ms - 1);
  BOOST_TEST(!socket->closed);
  bridge->on_tick(limits.handshake_timeout_ms);
  BOOST_TEST(socket->closed);
  BOOST_TEST(log.has("reason=timed_out"));
}

BOOST_AUTO_TEST_CASE(who_stops_reading_is_ended) {
  shake_hands();
  const auto& limits = house.node->config.limits;
  bridge->on_tick(1000);
  say(1, hello{"test"});
  settle();
  socket->stuck = 100;
  bridge->on_tick(1000 + limits.write_stall_ms);
  BOOST_TEST(socket->closed);
  BOOST_TEST(log.has("reason=slow_reader"));
}

BOOST_AUTO_TEST_CASE(an_outbox_that_the_bridges_own_word_filled_is_drained_as_well) {
  const auto& limits = house.node->config.limits;
  greet();
  log_in_alice();
  // She does not read, and one octet more is what the outbox has room for.
  socket->stuck = ciphertext_ahead_bytes_max;
  const auto frame_of = [](std::size_t octets) {
    return encode(server_message{0, failure{error{errc::internal, bytes(octets, 'x')}}});
  };
  constexpr std::size_t piece = 20'000;  // as many octets of length as the last
  while (limits.outbox_bytes_max - bridge->queued_bytes() > 3 * piece) {
    bridge->push({{lane::chat, frame_of(piece), 0}}, 0);
  }
  const std::size_t left = limits.outbox_bytes_max - bridge->queued_bytes() - 1;
  const std::size_t around = frame_of(piece).size() - piece + frame_header_bytes;
  bridge->push({{lane::chat, frame_of(left - around), 0}}, 0);
  bridge->run();
  BOOST_REQUIRE(bridge->queued_bytes() == limits.outbox_bytes_max - 1);
  for (; now_ms < limits.silence_ms; now_ms += 1'000) {
    bridge->on_tick(now_ms);
    bridge->on_written();  // a little of it
  }
  bridge->on_tick(now_ms);
  BOOST_REQUIRE(bridge->queued_bytes() >= limits.outbox_bytes_max);  // "still there?"
  say(3, list_chats{});
  bytes wire;
  BOOST_REQUIRE(client.pump(wire, 1024 * 1024));
  bridge->on_bytes(wire);
  house.run();
  BOOST_TEST(count<chats_listed>() == 0U);
  socket->stuck = 0;
  bridge->on_written();
  settle();
  BOOST_TEST(count<ping>() == 1U);
  BOOST_TEST(count<chats_listed>() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_pushed_leaves_before_the_close) {
  greet();
  bridge->ask_to_close(error{errc::going_away, "draining"});
  settle();
  BOOST_TEST(count<server_closing>() == 1U);
  BOOST_TEST(socket->closed);
}

BOOST_AUTO_TEST_SUITE_END()
