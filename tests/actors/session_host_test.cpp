#include "actors/bridge/session_host.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/metered.hpp"

/// Actors on the thread of their sockets, which is this one: CAF's own threads are real here.
namespace {

using namespace uod;

/// What was said to an actor, and on which thread it heard it.
struct diary {
  void note(int said) {
    const std::lock_guard lock(mutex);
    heard.push_back(said);
    threads.push_back(std::this_thread::get_id());
  }
  std::mutex mutex;
  std::vector<int> heard;
  std::vector<std::thread::id> threads;
};

caf::behavior writer(caf::event_based_actor*, std::shared_ptr<diary> book) {
  return {[book](int said) { book->note(said); }};
}

/// Passes on what it hears.
caf::behavior courier(caf::event_based_actor* self, caf::actor other) {
  return {[self, other](int said) { self->send(other, said); }};
}

/// The host's time passes only while somebody is slow.
std::uint64_t story_ns = 0;

/// Is at each thing for longer than sockets wait.
caf::behavior dawdler(caf::event_based_actor*) {
  return {[](int) { story_ns += 5'000'000; }};
}

/// Where something was heard, for somebody who waits for it.
using place = std::promise<std::thread::id>;

/// Tells where it hears the first thing, the second…
caf::behavior receiver(caf::event_based_actor*, std::shared_ptr<std::vector<place>> places) {
  return {[places](int at) {
    places->at(static_cast<std::size_t>(at)).set_value(std::this_thread::get_id());
  }};
}

/// Waits for it, but not for ever.
std::thread::id heard_at(place& where) {
  auto heard = where.get_future();
  BOOST_REQUIRE((heard.wait_for(std::chrono::seconds(60)) == std::future_status::ready));
  return heard.get();
}

struct workshop {
  ~workshop() { host->close(); }

  caf::actor writes(const std::shared_ptr<diary>& book) {
    return spawn_metered_at(host, system, meter, writer, book);
  }
  /// As often as the sockets' thread comes by while there is something to do.
  void run() {
    while (host->waiting()) host->run();
  }

  actor_meter meter;
  caf::actor_system_config config;
  caf::actor_system system{config};
  int wakes = 0;
  std::shared_ptr<session_host> host = std::make_shared<session_host>(
      system, [this] { ++wakes; }, [] { return story_ns; });
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_hosts, workshop)

BOOST_AUTO_TEST_CASE(an_actor_runs_where_it_is_at_home) {
  const auto book = std::make_shared<diary>();
  const auto alice = writes(book);
  for (const int said : {1, 2, 3}) caf::anon_send(alice, said);
  BOOST_TEST(book->heard.empty());
  BOOST_TEST(wakes == 1);
  run();
  BOOST_TEST(book->heard == (std::vector{1, 2, 3}), boost::test_tools::per_element());
  for (const auto where : book->threads) BOOST_TEST((where == std::this_thread::get_id()));
  caf::anon_send(alice, 4);
  BOOST_TEST(wakes == 2);
  run();
  BOOST_TEST(book->heard.back() == 4);
}

BOOST_AUTO_TEST_CASE(who_has_much_to_do_lets_others_go_first) {
  const auto much = std::make_shared<diary>();
  const auto little = std::make_shared<diary>();
  const auto alice = writes(much);
  const auto bob = writes(little);
  for (int said = 0; said < 100; ++said) caf::anon_send(alice, said);
  caf::anon_send(bob, 1);
  host->run();
  BOOST_TEST(!much->heard.empty());
  BOOST_TEST(much->heard.size() < 100U);
  BOOST_TEST(little->heard.size() == 1U);
  run();
  BOOST_TEST(much->heard.size() == 100U);
  BOOST_TEST(meter.waiting() == 0U);
}

BOOST_AUTO_TEST_CASE(after_a_while_sockets_come_first) {
  const auto slow = spawn_metered_at(host, system, meter, dawdler);
  const auto book = std::make_shared<diary>();
  const auto alice = writes(book);
  const auto bob = writes(book);
  run();  // they begin
  caf::anon_send(slow, 1);
  caf::anon_send(alice, 1);
  caf::anon_send(bob, 2);
  host->run();
  BOOST_TEST(book->heard.empty());
  BOOST_TEST(host->waiting());
  caf::anon_send(slow, 1);  // stands behind them now
  host->run();
  BOOST_TEST(book->heard == (std::vector{1, 2}), boost::test_tools::per_element());
  run();
}

BOOST_AUTO_TEST_CASE(others_stay_on_their_own_threads) {
  const auto places = std::make_shared<std::vector<place>>(2);
  const auto bob = spawn_metered(system, meter, receiver, places);
  const auto alice = spawn_metered_at(host, system, meter, courier, bob);
  caf::anon_send(bob, 0);
  BOOST_TEST((heard_at(places->at(0)) != std::this_thread::get_id()));
  caf::anon_send(alice, 1);
  run();
  BOOST_TEST((heard_at(places->at(1)) != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(when_the_thread_is_over_the_schedulers_go_on) {
  const auto places = std::make_shared<std::vector<place>>(2);
  const auto alice = spawn_metered_at(host, system, meter, receiver, places);
  run();
  caf::anon_send(alice, 0);
  host->close();
  BOOST_TEST((heard_at(places->at(0)) != std::this_thread::get_id()));
  caf::anon_send(alice, 1);
  BOOST_TEST((heard_at(places->at(1)) != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(who_ends_is_gone) {
  auto alice = writes(std::make_shared<diary>());
  caf::anon_send_exit(alice, caf::exit_reason::user_shutdown);
  run();
  alice = {};
  BOOST_TEST(meter.alive() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
