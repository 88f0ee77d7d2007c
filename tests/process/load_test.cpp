#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/administrator.hpp"
#include "tests/process/house.hpp"
#include "tests/process/watched.hpp"

/// The load tester as people and scripts use it, against a real server.
namespace uod::process {
namespace {

/// None of the bounds that only a crowd from one address meets.
const std::string no_rates =
    "[limits]\nconnections_per_address_max = 2000\n[rates]\n"
    "register_network = \"off\"\nlog_in_account = \"off\"\nlog_in_network = \"off\"\n"
    "search_account = \"off\"\nsearch_network = \"off\"\ncontact_account = \"off\"\n"
    "contact_network = \"off\"\nsend_account = \"off\"\nsend_network = \"off\"\n"
    "chat_key_account = \"off\"\nchat_key_network = \"off\"\nbroadcast_account = \"off\"\n"
    "broadcast_network = \"off\"\nrequest_account = \"off\"\nrequest_network = \"off\"\n";

/// Somebody who tests a server, with a state directory of their own.
class tester {
 public:
  explicit tester(std::string address) : address_(std::move(address)) {}

  [[nodiscard]] launch typing(const words& given) const {
    launch what;
    what.command = {UOD_BIN_DIR "/uod-load"};
    what.command.insert(what.command.end(), given.begin(), given.end());
    what.environment = quiet_environment(home_);
    what.environment.push_back("UOD_SERVER=" + address_);
    return what;
  }
  [[nodiscard]] ended types(const words& given) const { return run(typing(given)); }
  /// A scenario of one's own; gives the file.
  [[nodiscard]] std::string writes(const std::string& source) const {
    const auto file = home_.path() / "mine.lua";
    put_file(file, source);
    return file.string();
  }
  [[nodiscard]] const std::filesystem::path& home() const { return home_.path(); }

 private:
  std::string address_;
  fresh_directory home_;
};

/// The last line, which has to be a summary.
json summary_of(const ended& run) {
  const auto rows = rows_of(run.out);
  BOOST_REQUIRE_MESSAGE(!rows.empty(), run.err);
  BOOST_REQUIRE_MESSAGE(rows.back().at("type") == "summary", run.out);
  return rows.back();
}

void check_clean(const json& summary) {
  for (const auto* kind : {"lost", "doubled", "disordered", "altered"}) {
    BOOST_TEST(summary.at("oracle").at(kind) == 0, summary.at("oracle").dump());
  }
}

}  // namespace

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
  child running(carol.typing({"run", "chat-pairs", "--users", "4", "--duration", "600", "--json"}));
  await_row(running, "progress", {{"phase", "load"}});
  running.signal(SIGINT);
  const auto done = running.end();
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto summary = summary_of(done);
  BOOST_TEST(summary.at("interrupted") == true);
  BOOST_TEST(summary.at("delivered") > 0);
  check_clean(summary);
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

BOOST_AUTO_TEST_CASE(carol_looks_for_what_a_server_can_do) {
  server home(no_rates);
  const tester carol(home.address());
  // At 100 a second 50 are sent in half a second: the bound falls short at 400 at the latest.
  const auto done = carol.types({"capacity", "chat-pairs", "--users", "4", "--duration", "0.5",
                                 "--set", "warmup=0.1", "--from", "100", "--precision", "0.9",
                                 "--hold", "sent <= 100", "--json"});
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto tries = rows_of_type(done.out, "try");
  BOOST_REQUIRE(tries.size() >= 2U);
  BOOST_TEST(tries.front().at("rate") == 100);
  BOOST_TEST(tries.front().at("holds") == true);
  BOOST_TEST(tries.back().at("delivered_per_s") > 0);
  const auto found = rows_of(done.out).back();
  BOOST_TEST(found.at("type") == "capacity");
  BOOST_TEST(found.at("rate") >= 100);
  BOOST_TEST(found.at("fell_short") <= 800);
  const auto none = carol.types({"capacity", "chat-pairs", "--users", "4", "--duration", "0.2",
                                 "--set", "warmup=0.1", "--from", "0.02", "--hold", "sent < 0"});
  BOOST_TEST(none.exit_code == 10, none.err);
  const auto wrong = carol.types({"capacity", "chat-pairs", "--hold", "speed > 1"});
  BOOST_TEST(wrong.exit_code == 2, wrong.err);
  BOOST_TEST(wrong.err.find("no such figure") != std::string::npos, wrong.err);
}

BOOST_AUTO_TEST_CASE(carol_compares_two_settings) {
  server home(no_rates);
  const tester carol(home.address());
  const auto done = carol.types({"compare", "chat-pairs", "--users", "4", "--duration", "0.3",
                                 "--set", "warmup=0.1", "--rounds", "3", "--a-set", "window=1",
                                 "--b-set", "window=8", "--json"});
  BOOST_TEST(done.exit_code == 0, done.err);
  const auto rounds = rows_of_type(done.out, "round");
  BOOST_REQUIRE(rounds.size() == 6U);
  // In turns, each first in every other round.
  BOOST_TEST(rounds[0].at("side") == "A");
  BOOST_TEST(rounds[1].at("side") == "B");
  BOOST_TEST(rounds[2].at("side") == "B");
  const auto ratios = rows_of(done.out).back();
  BOOST_TEST(ratios.at("type") == "comparison");
  const auto& delivered = ratios.at("ratios").at("delivered_per_s");
  BOOST_TEST(delivered.at("low") <= delivered.at("ratio"));
  BOOST_TEST(delivered.at("ratio") <= delivered.at("high"));
  const auto nothing = carol.types({"compare", "chat-pairs"});
  BOOST_TEST(nothing.exit_code == 2, nothing.err);
}

/// The long one in a nutshell; what an hour shows is for an hour.
BOOST_AUTO_TEST_CASE(a_bit_of_everything_leaves_nothing_behind) {
  server home(no_rates + watched_config);
  const tester carol(home.address());
  // The first time shows what the node opens once and keeps.
  std::size_t kept = 0;
  for (const bool first : {true, false}) {
    const auto done = carol.types({"run", "soak", "--users", "40", "--duration",
                                   first ? "0.5" : "2", "--set", "warmup=0.5", "--json"});
    BOOST_TEST(done.exit_code == 0, done.err);
    const auto summary = summary_of(done);
    check_clean(summary);
    BOOST_TEST(summary.at("logins") > 0);
    BOOST_TEST(summary.at("history_pages") > 0);
    // Everybody is gone, and so are their sessions, as soon as the node has noticed.
    await_metric(home, "uod_actors{actor=\"session\"}", "0");
    await_metric(home, "uod_connections", "0");
    if (first) kept = descriptors(home).size();
  }
  await_descriptors(home, kept);
}

/// A store with room for four: forty people with eight messages each on the way stand in line for
/// it all the time, on all of the node's threads. Nobody is forgotten there.
BOOST_AUTO_TEST_CASE(a_narrow_store_is_a_line_and_not_a_loss) {
  std::string narrow = no_rates + watched_config;
  narrow.insert(narrow.find('\n') + 1, "store_queue_max = 4\n");  // it begins with the limits
  server home(narrow);
  const tester carol(home.address());
  const auto done = carol.types({"run", "chat-pairs", "--users", "40", "--duration", "1", "--set",
                                 "warmup=0.2", "--set", "window=8", "--json"});
  BOOST_TEST(done.exit_code == 0, done.err);
  check_clean(summary_of(done));
  await_metric(home, "uod_store_queue_changes", "0");
}

/// Each of the shipped ones, with few people and for a moment: they say what they are for.
BOOST_AUTO_TEST_CASE(every_shipped_scenario_plays) {
  server home(no_rates);
  const tester carol(home.address());
  const auto codes = carol.home() / "codes";
  const auto made = administrator(home).sees({"premium-code", "create", "--count", "1"});
  put_file(codes, made.at(0).at("code").get<std::string>() + "\n");
  const auto names = rows_of(carol.types({"list", "--json"}).out);
  BOOST_TEST(names.size() == 12U);
  for (const auto& each : names) {
    const std::string name = each.at("name");
    if (name == "soak" || name == "chat-pairs") continue;  // above
    words given = {"run", name, "--duration", "1", "--set", "warmup=0.2", "--json"};
    if (name == "idle") given = {"run", name, "--duration", "1", "--users", "20", "--json"};
    // Those with many roles have their own number of people.
    if (name == "reconnect-storm") given.insert(given.end(), {"--set", "round_s=0.5"});
    if (name == "broadcast") {
      given.insert(given.end(), {"--premium-codes", codes.string(), "--set", "every_s=0.2"});
    }
    const auto done = carol.types(given);
    BOOST_TEST(done.exit_code == 0, name << ": " << done.err << done.out);
    check_clean(summary_of(done));
  }
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
