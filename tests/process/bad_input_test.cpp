#include <signal.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <random>

#include "protocol/password.hpp"
#include "tests/process/house.hpp"
#include "tests/process/raw_client.hpp"

/// What strangers and broken clients do at the port: each is told or closed, logged once, and
/// Alice and Bob talk on as if nothing were.
namespace uod::process {
namespace {

/// Bytes that replay a failure: UOD_SEED=N repeats a run.
class dice {
 public:
  dice() : seed_(std::random_device{}()), engine_(seed_) {
    if (const char* given = std::getenv("UOD_SEED")) {
      seed_ = static_cast<std::uint32_t>(std::stoul(given));
      engine_.seed(seed_);
    }
    BOOST_TEST_MESSAGE("UOD_SEED=" << seed_);
  }
  [[nodiscard]] std::uint32_t seed() const { return seed_; }
  std::size_t below(std::size_t end) { return engine_() % end; }
  bytes octets(std::size_t count) {
    bytes made(count, '\0');
    for (auto& octet : made) octet = static_cast<char>(engine_());
    return made;
  }

 private:
  std::uint32_t seed_;
  std::mt19937 engine_;
};

/// Alice and Bob in the middle of a talk that must go on whatever happens around them.
class undisturbed_talk {
 public:
  explicit undisturbed_talk(const server& home)
      : alice_(home, "alice"), bob_(home, "bob"), bob_hears_(bob_.listens()) {}

  void goes_on() {
    const std::string text = "message " + std::to_string(++count_);
    BOOST_TEST(alice_.sees({"send", "bob", text})[0].at("seq") == count_);
    BOOST_TEST(await_row(bob_hears_, "message").at("text") == text);
  }
  /// Bob's connection has never been lost.
  void check() {
    goes_on();
    bob_hears_.signal(SIGINT);
    BOOST_TEST(rows_of_type(bob_hears_.end().out, "connection").size() == 1);
  }
  [[nodiscard]] const person& alice() const { return alice_; }
  [[nodiscard]] const person& bob() const { return bob_; }

 private:
  person alice_;
  person bob_;
  child bob_hears_;
  std::uint64_t count_ = 0;
};

/// What a genuine client says first.
bytes client_hello() {
  const auto context = tls_context::client({});
  tls_link link(*context);
  bytes flight;
  BOOST_REQUIRE(link.start(flight));
  return flight;
}

/// A segment built by hand; lane 1 is chat.
bytes segment(std::uint8_t head, bytes_view payload) {
  bytes made;
  made += static_cast<char>(head);
  made += static_cast<char>(payload.size() >> 8);
  made += static_cast<char>(payload.size() & 0xff);
  return made.append(payload);
}
constexpr std::uint8_t first = 0x80;
constexpr std::uint8_t last = 0x40;

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input)

BOOST_AUTO_TEST_CASE(noise_and_pieces_of_a_handshake) {
  constexpr std::size_t rounds = 100;
  server home;
  undisturbed_talk talk(home);
  dice random;
  const bytes hello = client_hello();
  for (std::size_t round = 0; round < rounds; ++round) {
    const tcp_client noise(home.port());
    noise.write(random.octets(1 + random.below(4096)));
    noise.finish();
    noise.read_to_end();
    const tcp_client cut(home.port());
    cut.write(bytes_view(hello).substr(0, random.below(hello.size())));
    cut.finish();
    cut.read_to_end();
    bytes damaged = hello;
    damaged[random.below(damaged.size())] ^= static_cast<char>(1 + random.below(255));
    const tcp_client bent(home.port());
    bent.write(damaged);
    bent.finish();
    bent.read_to_end();
    if (round % 50 == 0) talk.goes_on();
  }
  talk.check();
  const auto ended = home.stop();
  BOOST_TEST(ended.exit_code == 0, "UOD_SEED=" << random.seed() << "\n" << ended.err);
  BOOST_TEST(lines_with(ended.err, "reason=link_failed") > 0, "UOD_SEED=" << random.seed());
  BOOST_TEST(lines_with(ended.err, " error ") == 0, ended.err);
}

BOOST_AUTO_TEST_CASE(a_browser) {
  server home;
  const tcp_client browser(home.port());
  browser.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const bytes page = browser.read_to_end();
  BOOST_TEST(page.starts_with("HTTP/1.1 400 Bad Request\r\n"), page);
  BOOST_TEST(page.find("not HTTP") != bytes::npos, page);
  const auto ended = home.stop();
  BOOST_TEST(lines_with(ended.err, "plain HTTP") == 1, ended.err);
}

BOOST_AUTO_TEST_CASE(a_thousand_who_say_nothing) {
  constexpr std::size_t silent_count = 1000;
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  BOOST_REQUIRE(descriptors.rlim_cur > silent_count + 100);

  server home("[limits]\nhandshake_timeout_ms = 1500\n");
  undisturbed_talk talk(home);
  const bytes hello = client_hello();
  std::vector<tcp_client> silent;
  for (std::size_t each = 0; each < silent_count; ++each) {
    silent.emplace_back(home.port());
    // Some stop in the middle of a word.
    if (each % 10 == 0) silent.back().write(bytes_view(hello).substr(0, 50));
  }
  talk.goes_on();
  for (const auto& each : silent) BOOST_TEST(each.read_to_end() == "");
  talk.check();
  const auto ended = home.stop();
  BOOST_TEST(lines_with(ended.err, "no TLS handshake in time") == silent_count);
}

BOOST_AUTO_TEST_CASE(somebody_who_does_not_log_in_and_somebody_who_falls_asleep) {
  server home("[limits]\nanonymous_timeout_ms = 400\nsilence_ms = 200\nsilence_end_ms = 200\n");
  undisturbed_talk talk(home);
  raw_client stranger(home.port());
  stranger.ask_for<welcome>(hello{"a stranger"});
  raw_client sleeper(home.port());
  sleeper.registers("sleeper");
  // The first is asked "still there?" before his time is up; neither answers.
  const auto why_stranger = stranger.farewell();
  const auto why_sleeper = sleeper.farewell();
  BOOST_REQUIRE(why_stranger.has_value());
  BOOST_REQUIRE(why_sleeper.has_value());
  BOOST_TEST((why_stranger->code == errc::timed_out || why_stranger->code == errc::silent));
  BOOST_TEST((why_sleeper->code == errc::silent));
  talk.check();
}

BOOST_AUTO_TEST_CASE(more_connections_than_an_address_may_have) {
  constexpr std::size_t connections_max = 10;
  server home("[limits]\nconnections_per_address_max = 10\n");
  std::vector<tcp_client> open;
  for (std::size_t each = 0; each < connections_max; ++each) open.emplace_back(home.port());
  BOOST_TEST(tcp_client(home.port()).read_to_end() == "");
  home.process().await_message("warning connection.refused address=127.0.0.1");

  // Somebody else's address has its own places, and a place that is left can be taken again.
  raw_client other(home.port(), {.from = "127.0.0.2"});
  other.registers("other");
  open.pop_back();
  for (;;) {
    const tcp_client again(home.port());
    again.write("GET / HTTP/1.1\r\n\r\n");
    if (!again.read_to_end().empty()) break;  // the server has noticed the leaving
  }
}

BOOST_AUTO_TEST_CASE(frames_that_nobody_may_send) {
  server home("[limits]\nmessage_bytes_max = 2000\n");
  undisturbed_talk talk(home);
  const auto farewell_to = [&](const std::string& name, const auto& misdeed) {
    raw_client client(home.port());
    if (!name.empty()) client.registers(name);
    misdeed(client);
    const auto why = client.farewell();
    return std::string(why ? code_name(why->code) : "nothing");
  };
  const auto sends = [](bytes_view octets) {
    return [made = bytes(octets)](raw_client& client) { client.write(made); };
  };
  const auto large_frame = [](raw_client& client) {
    client.write(client.segments_of(
        {1, send_message{new_message_id(), {}, content_type::text, bytes(300'000, 'x')}}));
  };
  BOOST_TEST(farewell_to("large", large_frame) == "frame_too_large");
  BOOST_TEST(farewell_to("", large_frame) == "frame_too_large");
  BOOST_TEST(farewell_to("tail", sends(segment(last | 1, "no beginning"))) == "segment_invalid");
  BOOST_TEST(farewell_to("twice", [](raw_client& client) {
               client.write(segment(first | 1, bytes(20, 'x')));
               client.write(segment(first | 1, bytes(20, 'x')));
             }) == "segment_invalid");
  BOOST_TEST(farewell_to("lane", sends(segment(first | last | 3, "x"))) == "segment_invalid");
  BOOST_TEST(farewell_to("bits", sends(segment(first | last | 0x20, "x"))) == "segment_invalid");
  BOOST_TEST(farewell_to("empty", sends(segment(first | last | 1, ""))) == "segment_invalid");

  // A frame that is no message: the id is the next of this link, the rest is not Protobuf.
  BOOST_TEST(farewell_to("noise", [](raw_client& client) {
               bytes frame = client.segments_of({1, ping{}});
               frame.replace(frame.size() - 2, 2, "\xff\xff");
               client.write(frame);
             }) == "malformed");
  talk.check();
  const auto ended = home.stop();
  BOOST_TEST(lines_with(ended.err, "warning connection.ended") == 8, ended.err);
}

BOOST_AUTO_TEST_CASE(requests_at_the_wrong_time_or_with_wrong_values) {
  server home("[limits]\nmessage_bytes_max = 2000\n");
  const person bob(home, "bob");
  raw_client early(home.port());
  BOOST_TEST((early.refusal_of(list_chats{}).code == errc::not_allowed));
  early.ask_for<welcome>(hello{"too early"});
  BOOST_TEST((early.refusal_of(list_chats{}).code == errc::not_logged_in));
  const auto refused = [&](const std::string& name, const std::string& email) {
    account_id id;
    id.octets.fill(7);
    device_id device;
    device.octets.fill(8);
    return early
        .refusal_of(register_account{.id = id,
                                     .name = name,
                                     .email = email,
                                     .salt = bytes(salt_octets, 's'),
                                     .argon2 = argon2_default,
                                     .auth_key = bytes(auth_key_octets, 'k'),
                                     .device = {device, "wire"}})
        .code;
  };
  BOOST_TEST((refused(std::string(10'000, 'x'), "eve@example.org") == errc::name_invalid));
  BOOST_TEST((refused("eve\x1b[2J", "eve@example.org") == errc::name_invalid));
  BOOST_TEST((refused("Bob", "eve@example.org") == errc::name_taken));
  BOOST_TEST((refused("eve", "eve@example.org\r\nBcc: all@example.org") == errc::email_invalid));
  BOOST_TEST((refused("eve", "eve@example.org, all@example.org") == errc::email_invalid));
  BOOST_TEST(early.ask_for<salt>(get_salt{"bob"}).value.size() == salt_octets);
}

BOOST_AUTO_TEST_CASE(texts_that_would_play_with_a_terminal) {
  server home;
  const person bob(home, "bob");
  const person eve(home, "eve");
  eve.sees({"send", "bob",
            "\x1b]0;owned\x07\x1b[2J\r\n\xe2\x80\xae"
            "end"});
  raw_client mallory(home.port());
  mallory.registers("mallory");
  const auto chat = mallory.ask_for<chat_opened>(open_chat{"bob"}).chat.id;
  // Too large is refused alone; the connection goes on.
  BOOST_TEST(
      (mallory
           .refusal_of(send_message{new_message_id(), chat, content_type::text, bytes(70'000, 'x')})
           .code == errc::too_large));
  // What was not sealed is nobody's word, whatever it holds.
  mallory.ask_for<message_sent>(
      send_message{new_message_id(), chat, content_type::text, "\xff\xfe\x1b[2J"});
  BOOST_TEST(bob.sees({"history", "mallory"}).at(0).at("text") == "");
  BOOST_TEST(bob.sees({"history", "eve"}).size() == 1);

  auto what = bob.typing({"history", "eve"});
  std::erase(what.command, "--json");
  const auto plain = run(std::move(what));
  BOOST_TEST(plain.exit_code == 0);
  BOOST_TEST(plain.out.find("end") != std::string::npos, plain.out);
  for (const char* part : {"\x1b", "\x07", "\r", "\xff", "\xe2\x80\xae"}) {
    BOOST_TEST(plain.out.find(part) == std::string::npos);
  }
  // A second line is set off, so that it cannot pass for a row.
  BOOST_REQUIRE(lines_of(plain.out).size() == 2);
  BOOST_TEST(lines_of(plain.out)[1].starts_with("  "), plain.out);
}

namespace {

/// In KiB.
std::uint64_t resident_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoull(line.substr(6));
  }
  BOOST_FAIL("no VmRSS");
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(somebody_who_never_reads) {
  server home("[limits]\nwrite_stall_ms = 1500\noutbox_bytes_max = 262144\n");
  undisturbed_talk talk(home);
  // A small window, so that what waits, waits at the server.
  raw_client eve(home.port(), {.from = "127.0.0.1", .receive_bytes = 4096});
  eve.registers("eve");
  eve.takes_an_identity();
  eve.ask_for<subscribed>(subscribe{});
  std::string lines;
  for (int number = 0; number < 20'000; ++number) lines += std::string(2000, 'x') + "\n";
  talk.goes_on();
  const auto before_kib = resident_of(home.process().pid());

  // Forty megabytes for Eve, and she asks for pages of them besides; she never reads again.
  auto floods = talk.alice().starts({"send", "eve", "-"}, lines);
  for (int number = 0; number < 50; ++number) eve.send(list_chats{});
  talk.goes_on();
  BOOST_TEST(floods.end().exit_code == 0);
  const auto after_kib = resident_of(home.process().pid());
  BOOST_TEST_MESSAGE("the server grew by " << after_kib - before_kib << " KiB");
#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed; else caches and heap stay under 20 MiB
  BOOST_TEST(after_kib - before_kib < 28 * 1024);
#endif
  home.process().await_message("reason=slow_reader");
  talk.check();
  const auto ended = home.stop();
  BOOST_TEST(lines_with(ended.err, "reason=slow_reader") == 1, ended.err);
  BOOST_TEST(total_of(ended.err, "deferred") > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
