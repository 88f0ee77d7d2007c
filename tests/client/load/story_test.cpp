#include "tests/client/load/story_host.hpp"

/// Alice's story goes on when what she asked for is there, and is ended when it never asks.
namespace uod::load {
namespace {

const std::string head = "scenario = { users = 4, duration = 1 }\n";

/// Loads one role's function, and lets the first person begin.
struct play {
  explicit play(const std::string& body)
      : machine(must_load(head + "function person()\n" + body + "\nend\n")) {
    machine.set_host(host);
    machine.begin(0);
  }

  static story_machine must_load(const std::string& source) {
    auto loaded = load_story(source);
    BOOST_REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().detail));
    return std::move(*loaded);
  }

  fake_host host;
  story_machine machine;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(stories)

BOOST_AUTO_TEST_CASE(reads_like_a_story) {
  play alice(
      "local me = user.login()\n"
      "local seq = me:send(me:friend(), 'hello')\n"
      "local heard = me:expect('hello yourself')\n"
      "print(seq, heard.from, heard.text, heard.seq, me.name, me.number)\n"
      "sleep(0.5)\n");
  BOOST_TEST(alice.host.last<ask::login>().listen);
  alice.machine.go_on(0, {});
  BOOST_TEST(alice.host.last<ask::send>().to == 1U);
  BOOST_TEST(*alice.host.last<ask::send>().text == "hello");
  alice.machine.go_on(0, {12.0});
  BOOST_TEST(*alice.host.last<ask::expect>().text == "hello yourself");
  alice.machine.go_on(0, {heard{"bob", "hello yourself", 13}});
  BOOST_TEST(alice.host.said.back() == "12 bob hello yourself 13 person-0 1");
  BOOST_TEST(alice.host.last<ask::sleep>().seconds == 0.5);
  BOOST_TEST(alice.machine.is_alive(0));
  alice.machine.go_on(0, {});
  BOOST_TEST(!alice.machine.is_alive(0));
  BOOST_TEST(alice.host.ended == std::vector<std::uint32_t>{0});
  BOOST_TEST(alice.host.faults.empty());
}

BOOST_AUTO_TEST_CASE(a_failure_is_nothing_and_a_reason) {
  play alice(
      "local me = user.login()\n"
      "local seq, why = me:send(me:friend())\n"
      "print(seq, why)\n");
  alice.machine.go_on(0, {});
  alice.machine.go_on(0, {std::monostate{}, std::string("rate_limited")});
  BOOST_TEST(alice.host.said.back() == "nil rate_limited");
}

BOOST_AUTO_TEST_CASE(everything_that_can_be_asked) {
  play alice(
      "local me = user.login { listen = false }\n"
      "me:send(user.any(), 4096)\n"
      "me:keep_sending { to = me:friend('person'), window = 3 }\n"
      "me:history(me:friend(), { limit = 20, before = 7 })\n"
      "me:read(me:friend()) me:add_contact(me:friend()) me:broadcast('all!')\n"
      "think() wait_for_end() print(phase(), elapsed(), running())\n"
      "me:logout() user.login() me:drop()\n");
  const std::size_t kinds[] = {0, 3, 5, 6, 7, 9, 8, 10, 11, 1, 0, 2};
  for (std::size_t at = 0; at < std::size(kinds); ++at) {
    BOOST_REQUIRE(alice.host.calls.size() == at + 1);
    BOOST_TEST(alice.host.calls.back().second.index() == kinds[at]);
    alice.machine.go_on(0, {});
  }
  BOOST_TEST(!std::get<ask::login>(alice.host.calls[0].second).listen);
  BOOST_TEST(std::get<ask::send>(alice.host.calls[1].second).bytes == 4096U);
  BOOST_TEST(std::get<ask::send>(alice.host.calls[1].second).to != 0U);
  BOOST_TEST(std::get<ask::keep_sending>(alice.host.calls[2].second).window == 3U);
  BOOST_TEST(std::get<ask::history>(alice.host.calls[3].second).before_seq == 7U);
  BOOST_TEST(alice.host.said.back() == "rush 1.5 true");
  BOOST_TEST(alice.host.faults.empty());
}

BOOST_AUTO_TEST_CASE(each_has_a_story_of_their_own) {
  fake_host host;
  auto machine = play::must_load(head +
                                 "function person()\n local me = user.login()\n"
                                 " sleep(me.number)\nend\n");
  machine.set_host(host);
  for (std::uint32_t user = 0; user < 4; ++user) machine.begin(user);
  machine.go_on(2, {});
  BOOST_TEST(host.last<ask::sleep>().seconds == 3);
  machine.end(2);
  BOOST_TEST(!machine.is_alive(2));
  machine.go_on(2, {});  // too late: nothing happens
  machine.go_on(0, {});
  BOOST_TEST(host.last<ask::sleep>().seconds == 1);
  BOOST_TEST(host.faults.empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_line) {
  struct {
    const char* body;
    const char* reason;
  } const rows[] = {
      {"local me = user.login()\nme:sned(me:friend())", "story.lua:4: a user has no \"sned\""},
      {"user.logni()", "story.lua:3: there is no \"user.logni\""},
      {"\nos.execute('true')", "story.lua:4: there is no \"os\""},
      {"local me = user.login()\nme:send()", "story.lua:4: bad argument #"},
      {"local me = user.login()\nme:send(me)\nme:friend('ghost')",
       "story.lua:5: there is no role \"ghost\""},
      {"local me = user.login()\nme:keep_sending { too = me }",
       "story.lua:4: unknown field \"too\""},
      {"local me = user.login()\nme:friend():send(me)", "story.lua:4: only the user that"},
      {"sleep(-1)", "story.lua:3: bad argument #1"},
      {"error('my own')", "story.lua:3: my own"},
      {"error({})", "story.lua: an error that is no text"},
  };
  for (const auto& row : rows) {
    play alice(row.body);
    while (alice.machine.is_alive(0)) alice.machine.go_on(0, {});
    BOOST_REQUIRE_MESSAGE(alice.host.faults.size() == 1U, row.body);
    BOOST_TEST(alice.host.faults[0].starts_with(row.reason),
               row.body << " gave " << alice.host.faults[0]);
  }
}

BOOST_AUTO_TEST_CASE(needs_to_be_logged_in) {
  fake_host host;
  auto machine = play::must_load(
      head + "function person()\n local me = user.login()\n me:logout()\n me:drop()\nend\n");
  machine.set_host(host);
  machine.begin(0);
  machine.go_on(0, {});
  host.logged_in[0] = false;
  machine.go_on(0, {});
  BOOST_REQUIRE(host.faults.size() == 1U);
  BOOST_TEST(host.faults[0].find("not logged in") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(endless_loops_end) {
  for (const auto* body :
       {"while true do end", "while true do pcall(function() while true do end end) end",
        "while true do pcall(table.sort, {3, 2, 1}, function() while true do end end) end",
        "local function again() return again() end again()",
        "local function deeper() pcall(deeper) return deeper() end deeper()",
        "while true do pcall(error, 'x') end"}) {
    play alice(body);
    BOOST_REQUIRE_MESSAGE(alice.host.faults.size() == 1U, body);
    BOOST_TEST(alice.host.faults[0].starts_with("story.lua:3: an endless loop"),
               body << " gave " << alice.host.faults[0]);
    BOOST_TEST(!alice.machine.is_alive(0));
  }
}

BOOST_AUTO_TEST_CASE(a_long_story_with_waits_is_no_endless_loop) {
  play alice("for round = 1, 100 do for step = 1, 100000 do end sleep(0) end");
  int rounds = 0;
  while (alice.machine.is_alive(0)) {
    alice.machine.go_on(0, {});
    ++rounds;
  }
  BOOST_TEST(rounds == 100);
  BOOST_TEST(alice.host.faults.empty());
}

BOOST_AUTO_TEST_CASE(memory_has_a_bound) {
  play alice("local all = {} for at = 1, 1e9 do all[at] = string.rep('x', 1e6) .. at end");
  BOOST_REQUIRE(alice.host.faults.size() == 1U);
  BOOST_TEST(alice.host.faults[0].find("keeps more than 512 MiB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_but_stories) {
  for (const auto* name : {"io", "os", "require", "package", "debug", "load", "loadfile", "dofile",
                           "coroutine", "collectgarbage"}) {
    play alice(std::string("return ") + name);
    BOOST_REQUIRE_MESSAGE(alice.host.faults.size() == 1U, name);
  }
  play alice("print(string.dump)");
  BOOST_TEST(alice.host.said.back() == "nil");
  const std::string compiled = "\x1bLuaT";
  BOOST_TEST(!load_story(compiled));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
