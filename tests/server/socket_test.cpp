#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <list>
#include <thread>

#include "server/administration/admin_socket.hpp"
#include "server/administration/node_access.hpp"
#include "server/administration/offline_host.hpp"
#include "server/directory_lock.hpp"
#include "tests/server/house.hpp"

// A node's ear for administrators, spoken to by hand and by the commands' own way.
namespace uod::test {

using namespace administration;

namespace {

/// A node as far as administrators can tell: it holds the directory's lock and listens.
struct node {
  fresh_directory home;
  directory_lock lock = must(directory_lock::take(home.path()));
  store_host host{home.path() / "uod.db"};
  account_id alice = host.registers("alice");
  account_id bob = host.registers("bob");
  server_config config = config_at(home.path());
  std::filesystem::path file = socket_file(config);
  std::unique_ptr<admin_socket> ear;

  void listens(const socket_limits& limits = {}) {
    ear = must(admin_socket::open(file, hosts(), limits));
  }
  host_maker hosts() {
    return [this] { return host.for_another_thread(); };
  }
  /// What it noted, once it has ended.
  const std::vector<noted_event>& ends() {
    ear.reset();
    return host.noted;
  }
};

/// Somebody who speaks to the socket by hand.
class stranger {
 public:
  explicit stranger(const std::filesystem::path& file)
      : link_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = must(socket_address::of(file));
    BOOST_TEST_REQUIRE(::connect(link_.get(), address.get(), address.size()) == 0);
  }
  void says(const std::string& text) {
    send_all(link_.get(), text, -1, 60'000);  // it may have closed: then its answer says why
  }
  void finishes() { ::shutdown(link_.get(), SHUT_WR); }
  /// All that it is told until the other side closes.
  std::string hears() {
    std::string told;
    char piece[4096];
    for (;;) {
      BOOST_TEST_REQUIRE(wait_for(link_.get(), POLLIN, -1, 60'000).has_value());
      const ssize_t got = ::recv(link_.get(), piece, sizeof piece, 0);
      if (got <= 0) return told;
      told.append(piece, static_cast<std::size_t>(got));
    }
  }
  std::vector<row> hears_rows() { return rows_of(hears()); }
  std::string refusal() {
    const auto rows = hears_rows();
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0]["type"] == "error");
    return rows[0]["code"];
  }
  [[nodiscard]] int descriptor_number() const { return link_.get(); }

 private:
  descriptor link_;
};

outcome<std::vector<row>> asks(const server_config& config, const command& wanted,
                               const patience& how = {}) {
  std::vector<row> rows;
  const auto done = run_command(
      config, wanted,
      [&](const row& told) {
        rows.push_back(told);
        return true;
      },
      {}, how);
  if (!done) return tl::unexpected(done.error());
  return rows;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sockets)

BOOST_FIXTURE_TEST_CASE(commands_reach_a_running_node, node) {
  listens();
  BOOST_TEST(must(asks(config, list_accounts{})).size() == 2U);
  BOOST_TEST(must(asks(config, lock_account{"bob"}))[0]["closed"] == true);
  const auto refused = asks(config, show_account{"carol"});
  BOOST_TEST(code_of(refused) == errc::no_such_account);
  BOOST_TEST(refused.error().detail == "carol");
  const auto& noted = ends();
  BOOST_TEST(host.account("bob").closed);
  BOOST_TEST(host.ended.size() == 1U);
  BOOST_TEST_REQUIRE(noted.size() == 3U);
  BOOST_TEST(noted[1].name == "admin.account.lock");
  BOOST_TEST(noted[1].field("way") == "socket");
  BOOST_TEST(noted[1].field("uid") == std::to_string(::getuid()));
}

BOOST_FIXTURE_TEST_CASE(an_export_of_any_size_comes_whole, node) {
  for (int i = 0; i < 2'000; ++i) host.says(alice, bob, std::string(2'000, 'x'));
  listens();
  const auto rows = must(asks(config, export_account{"alice"}));
  std::size_t messages = 0;
  for (const row& one : rows) messages += one["type"] == "message";
  BOOST_TEST(messages == 2'000U);
}

BOOST_FIXTURE_TEST_CASE(answers_end_with_a_row_that_says_so, node) {
  listens();
  stranger bob_by_hand(file);
  bob_by_hand.says("{\"arguments\":{\"account\":\"bob\"},");  // in pieces, in another order
  bob_by_hand.says("\"command\":\"account show\"}\n");
  const auto rows = bob_by_hand.hears_rows();
  BOOST_TEST_REQUIRE(rows.size() == 2U);
  BOOST_TEST(rows[0]["user"] == "bob");
  BOOST_TEST(rows[1]["type"] == "end");
}

BOOST_FIXTURE_TEST_CASE(garbage_is_answered_and_does_nothing, node) {
  listens();
  const std::vector<std::string> garbage = {
      "\n",
      "hello\n",
      "GET / HTTP/1.1\r\n\r\n",
      "{\"command\":\"account delete\"}\n",
      "{\"command\":\"account delete\",\"arguments\":{\"account\":\"bob\",\"yes\":true}}\n",
      "{\"command\":\"account drop\",\"arguments\":{\"account\":\"bob\"}}\n",
      std::string("\0\0\0\0\n", 5),
      "\xff\xfe\n",
      std::string(60'000, '[') + "\n",
  };
  for (const auto& one : garbage) {
    stranger mallory(file);
    mallory.says(one);
    BOOST_TEST(mallory.refusal() == "malformed");
  }
  {
    stranger mallory(file);
    mallory.says("{\"command\":\"account delete\"");
    mallory.finishes();
    BOOST_TEST(mallory.refusal() == "malformed");
  }
  const auto& noted = ends();
  BOOST_TEST(noted.size() == garbage.size() + 1);
  for (const auto& event : noted) {
    BOOST_TEST(event.name == "admin.refused");
    BOOST_TEST(event.field("uid") == std::to_string(::getuid()));
  }
  BOOST_TEST(host.account("bob").deleted_at_ms == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_request_has_a_largest_size, node) {
  listens();
  {
    // As large as allowed, and still only a name that nobody has.
    stranger carol(file);
    std::string line = to_line(show_account{""});
    line = to_line(show_account{std::string(64 * 1024 - line.size(), 'x')});
    BOOST_TEST_REQUIRE(line.size() == 64U * 1024);
    carol.says(line + "\n");
    BOOST_TEST(carol.refusal() == "no_such_account");
  }
  stranger mallory(file);
  std::string line = to_line(show_account{""});
  mallory.says(to_line(show_account{std::string(64 * 1024 + 1 - line.size(), 'x')}) + "\n");
  BOOST_TEST(mallory.refusal() == "too_large");
  stranger endless(file);
  endless.says(std::string(80'000, 'x'));
  BOOST_TEST(endless.refusal() == "too_large");
}

BOOST_FIXTURE_TEST_CASE(too_many_at_once_are_told_to_come_back, node) {
  listens();
  std::list<stranger> idle;
  for (int i = 0; i < 8; ++i) idle.emplace_back(file);
  stranger ninth(file);
  BOOST_TEST(ninth.refusal() == "overloaded");
  idle.pop_front();
  // Its place is free once the node has seen it go.
  for (;;) {
    const auto answer = asks(config, list_outbox{});
    if (answer) break;
    BOOST_TEST_REQUIRE(code_of(answer) == errc::overloaded);
  }
  // Those that are left can still speak.
  idle.back().says(to_line(list_premium_codes{}) + "\n");
  BOOST_TEST(idle.back().hears_rows().back()["type"] == "end");
}

BOOST_FIXTURE_TEST_CASE(who_asks_nothing_is_sent_away, node) {
  listens({.request_ms = 50});
  stranger silent(file);
  BOOST_TEST(silent.refusal() == "timed_out");
  stranger half(file);
  half.says("{\"command\":");
  BOOST_TEST(half.refusal() == "timed_out");
}

BOOST_FIXTURE_TEST_CASE(who_does_not_read_is_not_waited_for_for_ever, node) {
  for (int i = 0; i < 2'000; ++i) host.says(alice, bob, std::string(2'000, 'x'));
  listens({.connections_max = 1, .stall_ms = 50});
  stranger deaf(file);
  deaf.says(to_line(export_account{"alice"}) + "\n");
  // The only place is free again once the node has given up.
  for (;;) {
    const auto answer = asks(config, list_outbox{});
    if (answer) break;
    BOOST_TEST_REQUIRE(code_of(answer) == errc::overloaded);
  }
  const auto& noted = ends();
  const auto given_up = std::ranges::find(noted, "admin.account.export", &noted_event::name);
  BOOST_TEST_REQUIRE((given_up != noted.end()));
  BOOST_TEST(given_up->field("result") == "interrupted");
}

BOOST_FIXTURE_TEST_CASE(a_slow_export_keeps_nobody_else_waiting, node) {
  for (int i = 0; i < 2'000; ++i) host.says(alice, bob, std::string(2'000, 'x'));
  listens({.stall_ms = 3'600'000});
  std::list<stranger> deaf;
  for (int i = 0; i < 7; ++i) {
    deaf.emplace_back(file).says(to_line(export_account{"alice"}) + "\n");
    BOOST_TEST(wait_for(deaf.back().descriptor_number(), POLLIN, -1, 60'000).has_value());
  }
  BOOST_TEST(must(asks(config, list_outbox{})).size() == 2U);
  BOOST_TEST(must(asks(config, lock_account{"bob"}))[0]["closed"] == true);
  // The slow ones get all of it in the end.
  for (stranger& one : deaf) BOOST_TEST(one.hears_rows().back()["type"] == "end");
}

BOOST_FIXTURE_TEST_CASE(a_node_that_ends_does_not_wait_for_its_administrators, node) {
  for (int i = 0; i < 2'000; ++i) host.says(alice, bob, std::string(2'000, 'x'));
  listens({.stall_ms = 3'600'000});
  stranger deaf(file);
  deaf.says(to_line(export_account{"alice"}) + "\n");
  BOOST_TEST(wait_for(deaf.descriptor_number(), POLLIN, -1, 60'000).has_value());
  ends();  // would take an hour
  BOOST_TEST(!std::filesystem::exists(file));
}

BOOST_FIXTURE_TEST_CASE(a_host_that_throws_does_not_end_the_node, node) {
  struct broken_host final : administration_host {
    outcome<storage::change_result> change(storage::account_change) override {
      throw std::runtime_error("out of luck");
    }
    storage::reader& reads() override { throw std::runtime_error("out of luck"); }
    void end_sessions(const account_id&, const error&) override {}
    std::uint64_t now_ms() override { return 0; }
    outcome<std::unique_ptr<trace_watch>> trace(const trace_wanted&) override {
      throw std::runtime_error("out of luck");
    }
    void audit(std::string_view, std::span<const audit::field>) override {}
  };
  const auto hearing = must(admin_socket::open(file, [] {
    return outcome<std::unique_ptr<administration_host>>(std::make_unique<broken_host>());
  }));
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST(code_of(asks(config, show_account{"bob"})) == errc::internal);
  }
}

BOOST_FIXTURE_TEST_CASE(the_socket_of_a_killed_node_is_replaced, node) {
  {
    // What a killed process leaves: a file at which nobody listens.
    const descriptor left(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = must(socket_address::of(file));
    BOOST_TEST_REQUIRE(::bind(left.get(), address.get(), address.size()) == 0);
  }
  BOOST_TEST(std::filesystem::exists(file));
  BOOST_TEST(code_of(asks(config, list_outbox{}, {.settle_ms = 0})) == errc::data_dir_in_use);
  listens();
  BOOST_TEST(must(asks(config, list_outbox{})).size() == 2U);
  ends();
  BOOST_TEST(!std::filesystem::exists(file));
}

BOOST_FIXTURE_TEST_CASE(what_is_no_socket_is_left_alone, node) {
  std::ofstream(file) << "mine";
  BOOST_TEST(code_of(admin_socket::open(file, hosts())) == errc::io_failed);
  BOOST_TEST(content_of(file) == "mine");
}

BOOST_FIXTURE_TEST_CASE(a_node_that_begins_is_waited_for, node) {
  std::thread later([&] { listens(); });
  BOOST_TEST(must(asks(config, list_accounts{})).size() == 2U);
  later.join();
}

BOOST_AUTO_TEST_CASE(a_node_that_ends_is_waited_for) {
  const fresh_directory home;
  store_host(home.path() / "uod.db").registers("alice");
  auto lock = std::make_unique<directory_lock>(must(directory_lock::take(home.path())));
  std::vector<row> rows;
  std::thread asking([&] { rows = must(asks(config_at(home.path()), list_accounts{})); });
  lock.reset();
  asking.join();
  BOOST_TEST(rows.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_node_that_never_begins_is_given_up, node) {
  const auto refused = asks(config, list_accounts{}, {.settle_ms = 60});
  BOOST_TEST(code_of(refused) == errc::data_dir_in_use);
  BOOST_TEST(refused.error().detail.find(home.path().string()) != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_node_that_is_lost_while_it_answers_is_told, node) {
  const descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = must(socket_address::of(file));
  BOOST_TEST_REQUIRE(::bind(listener.get(), address.get(), address.size()) == 0);
  BOOST_TEST_REQUIRE(::listen(listener.get(), 1) == 0);
  for (const std::string half : {"", "{\"type\":\"acc", "{\"type\":\"account\"}\n"}) {
    std::thread dying([&] {
      const descriptor link(::accept(listener.get(), nullptr, nullptr));
      char piece[1024];
      BOOST_TEST(::recv(link.get(), piece, sizeof piece, 0) > 0);
      send_all(link.get(), half, -1, 1'000);
    });
    // One that only looks would be asked again.
    BOOST_TEST(code_of(asks(config, lock_account{"alice"})) == errc::link_closed);
    dying.join();
  }
  std::thread mad([&] {
    const descriptor link(::accept(listener.get(), nullptr, nullptr));
    send_all(link.get(), "what?\n", -1, 1'000);
  });
  BOOST_TEST(code_of(asks(config, list_accounts{})) == errc::malformed);
  mad.join();
}

BOOST_FIXTURE_TEST_CASE(a_path_that_is_too_long_for_an_address_works_too, node) {
  const auto deep = home.path() / std::string(120, 'd');
  std::filesystem::create_directory(deep);
  const auto far = deep / "admin.sock";
  {
    const auto hearing = must(admin_socket::open(far, hosts()));
    std::size_t rows = 0;
    must(ask_node(far, list_accounts{}, [&](const row&) { return ++rows, true; }));
    BOOST_TEST(rows == 2U);
  }
  BOOST_TEST(!std::filesystem::exists(far));
}

BOOST_FIXTURE_TEST_CASE(only_the_node_s_user_may_connect, node) {
  listens();
  struct stat about {};
  BOOST_TEST_REQUIRE(::stat(file.c_str(), &about) == 0);
  BOOST_TEST((about.st_mode & 0777U) == 0600U);
  if (::geteuid() != 0) return;  // only root can become somebody else
  // Even where the directory lets everybody in.
  BOOST_TEST_REQUIRE(::chmod(home.path().c_str(), 0755) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(2);
    const auto asked = ask_node(file, list_accounts{}, [](const row&) { return true; });
    if (asked || asked.error().code != errc::permission_denied) ::_exit(3);
    const auto told = run_command(config, list_accounts{}, [](const row&) { return true; });
    if (told || told.error().code != errc::permission_denied) ::_exit(4);
    if (told.error().detail.find("as root") == std::string::npos) ::_exit(5);
    ::_exit(0);
  }
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WEXITSTATUS(status) == 0);
  BOOST_TEST(WIFEXITED(status));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::test
