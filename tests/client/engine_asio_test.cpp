#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "client/engine/asio_runtime.hpp"

using namespace uod;
using namespace uod::client;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// How long this machine is made to have been asleep.
std::atomic<std::time_t> slept_s{0};

}  // namespace

/// In place of the C library's: no test can put the machine to sleep.
extern "C" int clock_gettime(clockid_t which, timespec* into) noexcept {
  const auto failed = static_cast<int>(::syscall(SYS_clock_gettime, which, into));
  if (failed == 0 && which == CLOCK_BOOTTIME) into->tv_sec += slept_s;
  return failed;
}

namespace {

/// Sleeps through a span, as far as a program can tell: its clock has gone on meanwhile, its timers
/// have not, and then the descriptors that wait for the time of day to jump become readable.
void sleep_and_wake(std::time_t span_s) {
  slept_s += span_s;
  int woken = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::stringstream info;
    info << std::ifstream(each.path()).rdbuf();
    if (info.str().find("settime flags: 03") == std::string::npos) continue;
    itimerspec at_once{};
    at_once.it_value.tv_nsec = 1;
    const int watch = std::stoi(each.path().filename());
    BOOST_REQUIRE_EQUAL(::timerfd_settime(watch, 0, &at_once, nullptr), 0);
    ++woken;
  }
  BOOST_REQUIRE(woken > 0);
}

/// Remembers what becomes of a connection.
struct caller final : channel_events {
  void on_open() override {
    opened = true;
    if (when_open) when_open();
  }
  void on_bytes(bytes_view octets) override {
    received += octets;
    if (when_bytes) when_bytes();
  }
  void on_drained() override { ++drained; }
  void on_closed(const error& why) override { closed = why; }

  bool opened = false;
  bytes received;
  int drained = 0;
  std::optional<error> closed;
  std::function<void()> when_open;
  std::function<void()> when_bytes;
};

/// A listening socket of the loopback device, and its address.
struct loopback {
  loopback() : acceptor(io, {asio::ip::address_v4::loopback(), 0}) {}
  [[nodiscard]] endpoint where() const { return {"127.0.0.1", acceptor.local_endpoint().port()}; }

  asio::io_context io;
  tcp::acceptor acceptor;
};

/// Runs the world until `done`, and fails the test when that takes unreasonably long.
void run(asio_runtime& world, const std::function<bool()>& done) {
  bool late = false;
  const auto limit = world.after(20'000, [&] { late = true; });
  world.run_until([&] { return late || done(); });
  BOOST_REQUIRE(!late);
}

bytes pattern(std::size_t count) {
  bytes octets(count, '\0');
  for (std::size_t at = 0; at < count; ++at) octets[at] = static_cast<char>(at * 31 + at / 1'000);
  return octets;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_asio)

BOOST_AUTO_TEST_CASE(a_refused_connection_is_told_with_its_address) {
  endpoint where;
  { where = loopback().where(); }  // nobody listens any more
  asio_runtime world;
  caller alice;
  const auto channel = world.dial(where, alice);
  BOOST_TEST(!alice.closed.has_value());  // not from within
  run(world, [&] { return alice.closed.has_value(); });
  BOOST_TEST((alice.closed->code == errc::server_unreachable));
  BOOST_TEST(alice.closed->detail.starts_with(to_text(where)));
  BOOST_TEST(!alice.opened);
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_exist_is_not_reached) {
  asio_runtime world;
  caller alice;
  const auto channel = world.dial({"name.invalid", 7400}, alice);  // RFC 6761, 6.4
  run(world, [&] { return alice.closed.has_value(); });
  BOOST_TEST((alice.closed->code == errc::server_unreachable));
}

BOOST_AUTO_TEST_CASE(all_addresses_of_a_name_are_tried) {
  // Where localhost is ::1 as well, nobody listens there.
  loopback server;
  asio_runtime world;
  caller alice;
  const auto channel = world.dial({"localhost", server.where().port}, alice);
  run(world, [&] { return alice.opened || alice.closed.has_value(); });
  BOOST_TEST(alice.opened);
}

BOOST_AUTO_TEST_CASE(octets_go_both_ways_in_order) {
  constexpr std::size_t count = 8 * 1024 * 1024;
  loopback server;
  const bytes wanted = pattern(count);
  std::thread echo([&] {
    tcp::socket peer = server.acceptor.accept();
    bytes buffer(100'000, '\0');
    boost::system::error_code failed;
    for (std::size_t done = 0; done < count && !failed;) {
      const std::size_t got = peer.read_some(asio::buffer(buffer), failed);
      asio::write(peer, asio::buffer(buffer.data(), got), failed);
      done += got;
    }
  });
  asio_runtime world;
  caller alice;
  std::unique_ptr<channel> channel;
  alice.when_open = [&] {
    for (std::size_t at = 0; at < count; at += 50'000) channel->send(wanted.substr(at, 50'000));
    BOOST_TEST(channel->unsent_bytes() == count);
  };
  channel = world.dial(server.where(), alice);
  run(world, [&] { return alice.received.size() == count; });
  BOOST_TEST((alice.received == wanted));
  BOOST_TEST(channel->unsent_bytes() == 0U);
  BOOST_TEST(alice.drained >= 1);
  run(world, [&] { return alice.closed.has_value(); });
  BOOST_TEST((alice.closed->code == errc::link_closed));
  echo.join();
}

BOOST_AUTO_TEST_CASE(a_connection_closed_by_the_peer_is_told_once_after_its_octets) {
  loopback server;
  asio_runtime world;
  caller alice;
  const auto channel = world.dial(server.where(), alice);
  run(world, [&] { return alice.opened; });
  {
    tcp::socket peer = server.acceptor.accept();
    asio::write(peer, asio::buffer("last words", 10));
  }
  run(world, [&] { return alice.closed.has_value(); });
  BOOST_TEST(alice.received == "last words");
  BOOST_TEST(alice.closed->detail.ends_with("closed by the other side"));
  channel->send("nobody hears this");
  alice.closed.reset();
  bool later = false;
  const auto soon = world.after(20, [&] { later = true; });
  run(world, [&] { return later; });
  BOOST_TEST(!alice.closed.has_value());
}

BOOST_AUTO_TEST_CASE(a_channel_may_be_destroyed_from_within_its_calls) {
  loopback server;
  asio_runtime world;
  caller alice;
  std::unique_ptr<channel> channel;
  bool gone = false;
  alice.when_bytes = [&] {
    channel.reset();
    gone = true;
  };
  channel = world.dial(server.where(), alice);
  run(world, [&] { return alice.opened; });
  tcp::socket peer = server.acceptor.accept();
  asio::write(peer, asio::buffer("hello", 5));
  run(world, [&] { return gone; });
  char octet = 0;
  boost::system::error_code failed;
  peer.read_some(asio::buffer(&octet, 1), failed);
  BOOST_TEST((failed == asio::error::eof));
  BOOST_TEST(!alice.closed.has_value());
}

BOOST_AUTO_TEST_CASE(timers_come_in_order_and_not_when_destroyed) {
  asio_runtime world;
  std::vector<int> order;
  std::vector<std::unique_ptr<timer>> timers;
  for (const int delay_ms : {30, 10, 0, 20, 0}) {
    timers.push_back(world.after(static_cast<std::uint64_t>(delay_ms),
                                 [&order, delay_ms] { order.push_back(delay_ms); }));
  }
  auto cancelled = world.after(5, [&] { order.push_back(-1); });
  auto cancelled_at_once = world.after(0, [&] { order.push_back(-1); });
  cancelled.reset();
  cancelled_at_once.reset();
  BOOST_TEST(order.empty());
  run(world, [&] { return order.size() == 5; });
  BOOST_TEST((order == std::vector{0, 0, 10, 20, 30}));
}

BOOST_AUTO_TEST_CASE(a_timer_may_be_replaced_from_within_its_call) {
  asio_runtime world;
  std::unique_ptr<timer> again;
  bool due = false;
  again = world.after(1, [&] {
    again = world.after(0, [&] {
      again.reset();
      due = true;
    });
  });
  run(world, [&] { return due; });
  BOOST_TEST(!again);
}

BOOST_AUTO_TEST_CASE(what_became_due_while_the_machine_slept_comes_when_it_wakes) {
  asio_runtime world;
  // Timers are the subject, so the bound is none of them.
  world.on_signal([](int) {});
  std::atomic<bool> late = false;
  const std::jthread bound([&](const std::stop_token& over) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, over, std::chrono::seconds(20), [] { return false; });
    if (over.stop_requested()) return;
    late = true;
    ::kill(::getpid(), SIGTERM);
  });
  const auto before_ms = world.steady_ms();
  for (int night = 1; night <= 2; ++night) {
    bool due = false;
    bool early = false;
    const auto timer = world.after(3'600'000, [&] { due = true; });
    const auto later = world.after(10'000'000, [&] { early = true; });
    sleep_and_wake(7'200);
    world.run_until([&] { return due || late; });
    BOOST_REQUIRE(!late);
    BOOST_TEST(!early);
  }
  BOOST_TEST(world.steady_ms() - before_ms >= 14'400'000U);
}

BOOST_AUTO_TEST_CASE(work_runs_aside_and_comes_back) {
  asio_runtime world;
  const auto here = std::this_thread::get_id();
  std::vector<int> finished;
  for (int number = 0; number < 3; ++number) {
    world.run_aside([here] { BOOST_REQUIRE(std::this_thread::get_id() != here); },
                    [&finished, number, here] {
                      BOOST_TEST((std::this_thread::get_id() == here));
                      finished.push_back(number);
                    });
  }
  run(world, [&] { return finished.size() == 3; });
  BOOST_TEST((finished == std::vector{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(things_may_outlive_their_runtime) {
  loopback server;
  caller alice;
  std::unique_ptr<channel> channel;
  std::unique_ptr<timer> timer;
  std::unique_ptr<asio_runtime::input> input;
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  {
    asio_runtime world;
    channel = world.dial(server.where(), alice);
    input = world.read_from(ends[0], [](bytes_view) { BOOST_ERROR("nobody reads this"); });
    run(world, [&] { return alice.opened; });
    channel->send(pattern(4'000'000));
    timer = world.after(1, [] { BOOST_ERROR("nobody runs this"); });
    world.run_aside([] {}, [] { BOOST_ERROR("nobody hears this"); });
  }
  channel.reset();
  timer.reset();
  input.reset();
  close(ends[0]);
  close(ends[1]);
  BOOST_TEST(!alice.closed.has_value());
}

BOOST_AUTO_TEST_CASE(standard_input_is_read_from_a_pipe_in_pieces_with_pauses) {
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  const bytes wanted = pattern(500'000);
  std::thread writer([&] {
    for (std::size_t at = 0; at < wanted.size();) {
      const ssize_t put = write(ends[1], wanted.data() + at, wanted.size() - at);
      if (put <= 0) break;
      at += static_cast<std::size_t>(put);
    }
    close(ends[1]);
  });
  asio_runtime world;
  bytes got;
  int at_end = 0;
  bool paused = false;
  std::unique_ptr<asio_runtime::input> input;
  std::unique_ptr<timer> later;
  input = world.read_from(ends[0], [&](bytes_view piece) {
    BOOST_TEST(!paused);
    if (piece.empty()) ++at_end;
    got += piece;
    paused = true;
    input->pause();
    later = world.after(0, [&] {
      paused = false;
      input->resume();
    });
  });
  run(world, [&] { return at_end > 0; });
  BOOST_TEST((got == wanted));
  BOOST_TEST(at_end == 1);
  writer.join();
  // The descriptor is left as it was: others share it.
  BOOST_TEST((fcntl(ends[0], F_GETFL) & O_NONBLOCK) == 0);
  close(ends[0]);
}

BOOST_AUTO_TEST_CASE(standard_input_may_be_a_file) {
  char name[] = "/tmp/uod-input-XXXXXX";
  const int file = mkstemp(name);
  BOOST_REQUIRE(file >= 0);
  unlink(name);
  const bytes wanted = pattern(300'000);
  BOOST_REQUIRE(write(file, wanted.data(), wanted.size()) == 300'000);
  BOOST_REQUIRE(lseek(file, 0, SEEK_SET) == 0);
  asio_runtime world;
  bytes got;
  bool at_end = false;
  bool paused = false;
  std::unique_ptr<asio_runtime::input> input;
  std::unique_ptr<timer> later;
  input = world.read_from(file, [&](bytes_view piece) {
    BOOST_TEST(!paused);
    got += piece;
    at_end = piece.empty();
  });
  // A pause while a piece is being read: it is kept, not lost.
  paused = true;
  input->pause();
  later = world.after(50, [&] {
    paused = false;
    input->resume();
  });
  run(world, [&] { return at_end; });
  BOOST_TEST((got == wanted));
  close(file);
}

BOOST_AUTO_TEST_CASE(signals_become_calls) {
  asio_runtime world;
  std::vector<int> heard;
  world.on_signal([&](int number) { heard.push_back(number); });
  std::raise(SIGINT);
  run(world, [&] { return heard.size() == 1; });
  std::raise(SIGTERM);
  run(world, [&] { return heard.size() == 2; });
  BOOST_TEST((heard == std::vector{SIGINT, SIGTERM}));
}

BOOST_AUTO_TEST_CASE(no_random_number_comes_twice) {
  asio_runtime alices;
  asio_runtime bobs;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1'000; ++i) {
    BOOST_REQUIRE(seen.insert(alices.random()).second);
    BOOST_REQUIRE(seen.insert(bobs.random()).second);
  }
}

BOOST_AUTO_TEST_SUITE_END()
