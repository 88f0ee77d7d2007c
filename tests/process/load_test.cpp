#include <signal.h>

#include <sstream>

#include "tests/process/administrator.hpp"
#include "tests/process/tester.hpp"

/// One run of the load tester against a real server, and all the ways in which it ends.
namespace uod::process {

BOOST_AUTO_TEST_SUITE(load)

BOOST_AUTO_TEST_CASE(pairs_chat_and_nothing_is_lost) {
  server home(no_rates);
  const tester carol(home.address());
  const auto done =
      carol.types({"run", "chat-pairs", "--users", "20", "--duration", "1", "--set", "warmup=0.2",
                   "--json", "--server-pid", std::to_string(home.process().pid())});
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto summary = summary_of(done);
  check_clean(summary);
  BOOST_TEST(summary.at("scenario") == "chat-pairs");
  BOOST_TEST(summary.at("users") == 20);
  BOOST_TEST(summary.at("sent") > 0);
  BOOST_TEST(summary.at("sent") == summary.at("acknowledged"));
  BOOST_TEST(summary.at("sent") == summary.at("delivered"));
  BOOST_TEST(summary.at("delivered_per_s") > 0);
  for (const auto* place : {"p50", "p90", "p99", "p99.9", "max"}) {
    BOOST_TEST(summary.at("latency_ms").at(place) > 0, place);
  }
  BOOST_TEST(summary.at("errors").at("rate_limited") == 0);
  BOOST_TEST(summary.at("oracle").at("history_checked") >= summary.at("acknowledged"));
  BOOST_TEST(summary.at("server").at("cpu_s_per_1000") > 0);
  BOOST_TEST(summary.at("server").at("rss_kb_per_session").is_number());
  BOOST_TEST(summary.at("generator").at("cpu_fraction") > 0);
  BOOST_TEST(summary.at("thresholds").at(0).at("ok") == true);

  // Accounts are kept: the next run finds them.
  const auto accounts = std::filesystem::file_size([&] {
    for (const auto& each : std::filesystem::recursive_directory_iterator(carol.home())) {
      if (each.path().extension() != ".accounts") continue;
      using std::filesystem::perms;
      const bool is_private =
          (each.status().permissions() & perms::all) == (perms::owner_read | perms::owner_write);
      BOOST_TEST(is_private);
      return each.path();
    }
    return std::filesystem::path();
  }());
  BOOST_TEST(accounts > 0U);
  const auto again = carol.types({"run", "chat-pairs", "--users", "20", "--duration", "0.5",
                                  "--rate", "200", "--set", "sealed=false", "--json"});
  BOOST_TEST(again.exit_code == 0, again.err);
  check_clean(summary_of(again));
  BOOST_TEST(summary_of(again).at("sent") == 100);  // by plan, whatever the server makes of it
  const auto stop = home.stop();
  BOOST_TEST(lines_with(stop.err, "account.registered") <= 20U);
}

BOOST_AUTO_TEST_CASE(a_threshold_that_falls_short) {
  server home(no_rates);
  const tester carol(home.address());
  const auto file = carol.writes(
      "scenario = { users = 2, duration = 0.3, arrival = { window = 1 },\n"
      "  thresholds = { delivered_per_s = '>= 100000000', errors = '<= 0' } }\n"
      "function person()\n"
      "  local me = user.login()\n"
      "  me:keep_sending { to = me:friend() }\n"
      "end\n");
  const auto done = carol.types({"run", file, "--json"});
  BOOST_TEST(done.exit_code == 10, done.err);
  const auto thresholds = summary_of(done).at("thresholds");
  BOOST_TEST(thresholds.at(0).at("name") == "delivered_per_s >= 100000000");
  BOOST_TEST(thresholds.at(0).at("ok") == false);
  BOOST_TEST(thresholds.at(0).at("value") > 0);
  BOOST_TEST(thresholds.at(1).at("ok") == true);
}

BOOST_AUTO_TEST_CASE(a_conversation_as_it_is_written) {
  server home(no_rates);
  const tester carol(home.address());
  const auto file = carol.writes(
      "scenario = { users = 2, duration = 0.5, roles = { asks = 1, replies = 1 } }\n"
      "function asks()\n"
      "  local me = user.login()\n"
      "  me:send(me:friend('replies'), 'how are you?')\n"
      "  local answer = me:expect('fine')\n"
      "  print('heard ' .. answer.text .. ' from ' .. answer.from)\n"
      "  me:send(me:friend('replies'), '')\n"
      "  print('history has ' .. me:history(me:friend('replies')))\n"
      "end\n"
      "function replies()\n"
      "  local me = user.login()\n"
      "  me:expect('how are you?')\n"
      "  me:send(me:friend('asks'), 'fine')\n"
      "  print('then ' .. #me:expect('').text .. ' octets')\n"
      "end\n");
  const auto done = carol.types({"run", file, "--json"});
  BOOST_TEST(done.exit_code == 0, done.err);
  BOOST_TEST(done.err.find("heard fine from load-") != std::string::npos, done.err);
  BOOST_TEST(done.err.find("then 0 octets") != std::string::npos, done.err);
  BOOST_TEST(done.err.find("history has 3") != std::string::npos, done.err);
}

BOOST_AUTO_TEST_CASE(a_scenario_that_is_wrong) {
  server home(no_rates);
  const tester carol(home.address());
  const auto file = carol.writes(
      "scenario = { users = 2, duration = 5 }\n"
      "function person()\n"
      "  local me = user.login()\n"
      "  me:sned(me:friend())\n"
      "end\n");
  const auto done = carol.types({"run", file, "--json"});
  BOOST_TEST(done.exit_code == 2);
  const auto last = rows_of(done.out).back();
  BOOST_TEST(last.at("type") == "error");
  BOOST_TEST(last.at("message").get<std::string>().starts_with(file + ":4: a user has no \"sned\""),
             last.dump());
  BOOST_TEST(done.err.find(file + ":4:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nobody_is_there) {
  const tester carol("127.0.0.1:1");
  const auto done = carol.types({"run", "idle", "--timeout", "1", "--json"});
  BOOST_TEST(done.exit_code == 6, done.err);
  BOOST_TEST(rows_of(done.out).back().at("code") == "server_unreachable");
}

BOOST_AUTO_TEST_CASE(another_server_than_the_one_named) {
  server home(no_rates);
  const tester carol(home.address());
  const auto done = carol.types({"run", "idle", "--json", "--server-fingerprint",
                                 "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
  BOOST_TEST(done.exit_code == 8, done.err);
}

BOOST_AUTO_TEST_CASE(interrupted_it_tells_what_was_measured) {
  server home(no_rates);
  const tester carol(home.address());
  for (const std::string generators : {"1", "2"}) {
    BOOST_TEST_CONTEXT(generators << " generators") {
      child running(carol.typing({"run", "chat-pairs", "--users", "4", "--generators", generators,
                                  "--duration", "600", "--json"}));
      await_row(running, "progress", {{"phase", "load"}});
      running.signal(SIGINT);
      const auto done = running.end();
      BOOST_TEST(done.exit_code == 0, done.err);
      const auto summary = summary_of(done);
      BOOST_TEST(summary.at("interrupted") == true);
      BOOST_TEST(summary.at("delivered") > 0);
      check_clean(summary);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_server_is_killed_in_the_middle_and_comes_back) {
  server home(no_rates);
  const tester carol(home.address());
  child running(
      carol.typing({"run", "chat-pairs", "--users", "20", "--duration", "600", "--json"}));
  const auto measures = [&] {
    await_row(running, "progress", {{"phase", "load"}});
    await_row(running, "progress", {{"connected", 20}});
  };
  measures();
  for (int life = 0; life < 2; ++life) {
    home.kill();
    home.start();
    measures();
  }
  running.signal(SIGINT);
  const auto done = running.end();
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto summary = summary_of(done);
  check_clean(summary);
  BOOST_TEST(summary.at("disconnects") >= 40);
  BOOST_TEST(summary.at("reconnect_s") > 0);
  BOOST_TEST(summary.at("delivered") > 0);
}

BOOST_AUTO_TEST_CASE(the_server_does_not_come_back) {
  server home(no_rates);
  const tester carol(home.address());
  child running(carol.typing({"run", "chat-pairs", "--users", "4", "--duration", "600", "--json"}));
  await_row(running, "progress", {{"phase", "load"}});
  home.kill();
  const auto done = running.end();
  BOOST_TEST(done.exit_code == 6, done.err);
  // What was measured so far is told, and then what happened.
  const auto rows = rows_of(done.out);
  BOOST_REQUIRE(rows.size() > 2U);
  const auto& summary = rows[rows.size() - 2];
  BOOST_TEST(summary.at("type") == "summary");
  BOOST_TEST(summary.at("delivered") > 0);
  check_clean(summary);
  BOOST_TEST(rows.back().at("code") == "server_unreachable");
}

BOOST_AUTO_TEST_CASE(several_generators_work_as_one_and_a_report_is_written) {
  server home(no_rates);
  const tester carol(home.address());
  const auto report = (carol.home() / "run.html").string();
  const auto file = carol.writes(
      "scenario = { users = 8, duration = 2, arrival = { rate = 200 },\n"
      "  title = '<b>bold</b>', thresholds = { errors = '<= 0' } }\n"
      "function person()\n"
      "  local me = user.login()\n"
      "  me:keep_sending { to = me:friend() }\n"
      "end\n");
  const auto done = carol.types({"run", file, "--generators", "2", "--json", "--report", report,
                                 "--server-pid", std::to_string(home.process().pid())});
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto summary = summary_of(done);
  check_clean(summary);
  BOOST_TEST(summary.at("users") == 8);
  BOOST_TEST(summary.at("sent") == 400);
  BOOST_TEST(summary.at("delivered") == 400);
  BOOST_TEST(summary.at("generator").at("processes") == 2);
  BOOST_TEST(summary.at("server").at("cpu_s_per_1000") > 0);

  const auto html = content_of(report);
  BOOST_TEST(html.find("<svg") != std::string::npos);
  BOOST_TEST(html.find("&lt;b&gt;bold&lt;/b&gt;") != std::string::npos);
  BOOST_TEST(html.find("<b>") == std::string::npos);
  for (const auto* from_elsewhere : {"http:", "https:", "src=", "href=", "<script"}) {
    BOOST_TEST(html.find(from_elsewhere) == std::string::npos, from_elsewhere);
  }
}

BOOST_AUTO_TEST_CASE(two_of_three_generators_are_killed) {
  server home(no_rates);
  const tester carol(home.address());
  child running(carol.typing(
      {"run", "chat-pairs", "--users", "6", "--generators", "3", "--duration", "600", "--json"}));
  await_row(running, "progress", {{"phase", "load"}});
  const std::string task = std::to_string(running.pid());
  const auto generators = content_of("/proc/" + task + "/task/" + task + "/children");
  std::istringstream numbers(generators);
  int first = 0;
  int second = 0;
  BOOST_REQUIRE(numbers >> first >> second);
  for (const int lost : {first, second}) BOOST_REQUIRE_EQUAL(::kill(lost, SIGKILL), 0);
  const auto done = running.end();
  BOOST_TEST(done.exit_code == 1, done.err);
  const std::string what = "generator " + std::to_string(first) + " was ended by signal 9";
  BOOST_TEST(done.err.find(what) != std::string::npos, done.err);
  // What the third one measured is told, and then what happened.
  const auto summaries = rows_of_type(done.out, "summary");
  BOOST_REQUIRE(summaries.size() == 1U);
  BOOST_TEST(summaries.front().at("delivered") > 0);
  check_clean(summaries.front());
  BOOST_TEST(rows_of(done.out).back().at("type") == "error");
}

BOOST_AUTO_TEST_CASE(broadcasts_need_codes) {
  server home(no_rates);
  const tester carol(home.address());
  const auto file = carol.writes(
      "scenario = { users = 12, duration = 1, roles = { announcer = 1, listener = 11 },\n"
      "  thresholds = { broadcast_deliveries = '>= 11', errors = '<= 0' } }\n"
      "function announcer()\n"
      "  local me = user.login()\n"
      "  while running() do me:broadcast('hear') sleep(0.2) end\n"
      "end\n"
      "function listener() user.login() wait_for_end() end\n");
  const auto refused = carol.types({"run", file, "--json"});
  BOOST_TEST(refused.exit_code == 2, refused.err);
  BOOST_TEST(refused.err.find("--premium-codes") != std::string::npos, refused.err);

  const auto codes = (carol.home() / "codes").string();
  const auto made = run(server_launch(
      {"premium-code", "create", "--json", "--data-dir", home.data_dir()}, carol.home()));
  BOOST_REQUIRE_MESSAGE(made.exit_code == 0, made.err);
  put_file(codes, made.out);
  const auto done = carol.types({"run", file, "--json", "--premium-codes", codes});
  BOOST_TEST(done.exit_code == 0, done.err);
  check_clean(summary_of(done));
  BOOST_TEST(summary_of(done).at("broadcast_ms").at("p50") > 0);
}

BOOST_AUTO_TEST_CASE(lists_and_shows_what_it_has) {
  const tester carol("127.0.0.1:1");
  const auto listed = rows_of(carol.types({"list", "--json"}).out);
  BOOST_TEST(!listed.empty());
  for (const auto& each : listed) {
    const auto shown = carol.types({"show", each.at("name").get<std::string>()});
    BOOST_TEST(shown.exit_code == 0);
    BOOST_TEST(shown.out.find("scenario = {") != std::string::npos);
  }
  BOOST_TEST(carol.types({"show", "nothing"}).exit_code == 2);
  BOOST_TEST(carol.types({"--help"}).out.find("uod-load run chat-pairs") != std::string::npos);
  BOOST_TEST(carol.types({}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_rate_that_ends_with_nothing_ends) {
  server home(no_rates);
  const tester carol(home.address());
  const auto file = carol.writes(
      "scenario = { users = 2, duration = 1, arrival = { rate = 100, to = 0 }, roles = { writer = "
      "1, "
      "reader = 1 } }\n"
      "function writer() local me = user.login() me:keep_sending { to = me:friend('reader') } end\n"
      "function reader() user.login() wait_for_end() end\n");
  const auto done = carol.types({"run", file, "--json"});
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto summary = summary_of(done);
  BOOST_TEST(summary.at("sent") > 40);
  BOOST_TEST(summary.at("sent") < 60);
}

BOOST_AUTO_TEST_CASE(a_fault_of_a_story_ends_several_generators_as_it_ends_one) {
  server home(no_rates);
  const tester carol(home.address());
  const auto file = carol.writes(
      "scenario = { users = 4, duration = 20 }\n"
      "function person()\n"
      "  local me = user.login()\n"
      "  sleep(0.2)\n"
      "  me:sned(me:friend(), 'hi')\n"
      "end\n");
  for (const std::string generators : {"1", "2"}) {
    const auto done = carol.types({"run", file, "--generators", generators, "--json"});
    BOOST_TEST(done.exit_code == 2, done.err);
    BOOST_TEST(done.err.find("mine.lua:5") != std::string::npos, done.err);
    // What was measured by then is told all the same, and nothing is called lost.
    const auto summaries = rows_of_type(done.out, "summary");
    BOOST_REQUIRE(summaries.size() == 1U);
    check_clean(summaries.front());
    BOOST_TEST(summaries.front().at("seconds") < 20);
  }
}

BOOST_AUTO_TEST_CASE(nobody_reads_and_the_run_ends) {
  server home(no_rates);
  const tester carol(home.address());
  child plays(carol.typing({"run", "idle", "--users", "4", "--duration", "3000", "--json"}));
  BOOST_TEST(!plays.line().empty());
  plays.stop_listening();
  const auto done = plays.end();
  BOOST_TEST(done.signal == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
