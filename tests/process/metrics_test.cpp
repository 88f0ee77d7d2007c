#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <map>
#include <regex>
#include <set>

#include "tests/process/administrator.hpp"
#include "tests/process/house.hpp"
#include "tests/process/must.hpp"
#include "tests/process/watched.hpp"
#include "tests/support/plain_http.hpp"

/// A node that is watched by Debian's Prometheus; and that what is made for its operators fits what
/// it tells.
namespace uod::process {
namespace {

using test::http_get;
using names = std::set<std::string>;

const std::filesystem::path rules_file =
    std::filesystem::path(UOD_SOURCE_DIR) / "config" / "alert-rules.yml";
const std::filesystem::path alarm_cases_file =
    std::filesystem::path(UOD_SOURCE_DIR) / "tests" / "process" / "alert-rules.test.yml";
const std::filesystem::path dashboard_file =
    std::filesystem::path(UOD_SOURCE_DIR) / "config" / "grafana-dashboard.json";

boost::test_tools::assertion_result prometheus_is_here(boost::unit_test::test_unit_id) {
  const bool here = std::filesystem::exists("/usr/bin/prometheus") &&
                    std::filesystem::exists("/usr/bin/promtool");
  boost::test_tools::assertion_result result(here);
  if (!result) result.message() << "Prometheus is not installed";
  return result;
}

/// What `# TYPE name type` says of each.
std::map<std::string, std::string> types_in(const std::string& scrape) {
  std::map<std::string, std::string> found;
  for (const auto& line : lines_of(scrape)) {
    static const std::regex type("# TYPE ([a-z_]+) ([a-z]+)");
    std::smatch parts;
    if (std::regex_match(line, parts, type)) found[parts[1]] = parts[2];
  }
  return found;
}

/// The names of ours in queries and rules, without what a histogram adds to its own.
names names_in(const std::string& text) {
  names found;
  static const std::regex name("\\b(uod|process)_[a-z_]+");
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    found.insert(std::regex_replace(at->str(), std::regex("_(bucket|count|sum)$"), ""));
  }
  return found;
}

/// The alarms' names.
std::vector<std::string> alarms() {
  std::vector<std::string> found;
  for (const auto& line : lines_of(content_of(rules_file))) {
    const std::string before = "- alert: ";
    const auto at = line.find(before);
    if (at != std::string::npos) found.push_back(line.substr(at + before.size()));
  }
  return found;
}

/// All `expr` of a dashboard.
void gather_queries(const json& of, std::string& into) {
  if (of.is_object() && of.contains("expr")) into += of["expr"].get<std::string>() + "\n";
  if (of.is_structured()) {
    for (const auto& each : of) gather_queries(each, into);
  }
}

ended tool(const words& command, const fresh_directory& home, const std::string& input = {}) {
  launch what;
  what.command = command;
  what.input = input;
  what.environment = quiet_environment(home);
  return run(std::move(what));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(watching)

BOOST_AUTO_TEST_CASE(a_node_is_not_watched_unless_it_is_told_to_be) {
  server home;
  BOOST_TEST(home.log().find("metrics.ready") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_metric_is_explained_and_named_by_its_unit) {
  server home(watched_config);
  const auto scrape = http_get(metrics_port(home), "/metrics").body;
  const auto types = types_in(scrape);
  BOOST_TEST(types.size() > 50U);
  static const std::regex unit(
      ".*_(seconds|bytes|info|total|messages|changes|requests|mails|fds)"
      "(_max|_total)?|uod_(ready|actors|connections|connections_max|sessions_"
      "authenticated|sessions_subscribed|broadcasts_waiting)|process_"
      "(threads|open_fds|max_fds)");
  for (const auto& [name, type] : types) {
    const auto help = scrape.find("# HELP " + name + " ");
    BOOST_TEST_REQUIRE(help != std::string::npos, name);
    const auto text = scrape.substr(help, scrape.find('\n', help) - help);
    BOOST_TEST(text.ends_with("."), text);
    BOOST_TEST(name.ends_with("_total") == (type == "counter"), name);
    BOOST_TEST(std::regex_match(name, unit), name);
  }
}

BOOST_AUTO_TEST_CASE(what_operators_get_asks_for_metrics_that_there_are_and_leaves_none_out) {
  server home(watched_config);
  const auto types = types_in(http_get(metrics_port(home), "/metrics").body);
  std::string queries;
  const auto dashboard = json::parse(content_of(dashboard_file));
  gather_queries(dashboard, queries);
  const auto shown = names_in(queries);
  for (const auto& wanted : {shown, names_in(content_of(rules_file))}) {
    BOOST_TEST(wanted.size() > 10U);
    for (const auto& name : wanted) BOOST_TEST(types.contains(name), name);
  }
  for (const auto& [name, type] : types) BOOST_TEST(shown.contains(name), name);
  std::set<int> ids;
  for (const auto& panel : dashboard.at("panels")) {
    BOOST_TEST(ids.insert(panel.at("id").get<int>()).second);
    if (panel.at("type") != "row") BOOST_TEST(!panel.at("targets").empty());
  }
  // Every alarm is explained where operators look.
  const auto manual = content_of(std::filesystem::path(UOD_SOURCE_DIR) / "OPERATIONS.md");
  for (const auto& alarm : alarms()) {
    BOOST_TEST(manual.find("`" + alarm + "`") != std::string::npos, alarm);
  }
}

BOOST_AUTO_TEST_CASE(promtool_has_no_fault_to_find,
                     *boost::unit_test::precondition(prometheus_is_here)) {
  const fresh_directory work;
  server home(watched_config);
  const person alice(home, "alice");
  const auto scrape = http_get(metrics_port(home), "/metrics").body;
  const auto metrics = tool({"/usr/bin/promtool", "check", "metrics"}, work, scrape);
  BOOST_TEST(metrics.exit_code == 0, metrics.out << metrics.err);
  BOOST_TEST(metrics.err.empty(), metrics.err);
  const auto rules = tool({"/usr/bin/promtool", "check", "rules", rules_file}, work);
  BOOST_TEST(rules.exit_code == 0, rules.out << rules.err);
  // A rule file that is wrong is found to be: promtool did look.
  put_file(work.path() / "wrong.yml",
           "groups:\n- name: x\n  rules:\n  - alert: A\n    expr: 1 +\n");
  BOOST_TEST(
      tool({"/usr/bin/promtool", "check", "rules", work.path() / "wrong.yml"}, work).exit_code !=
      0);
}

BOOST_AUTO_TEST_CASE(each_alarm_is_heard_when_it_should_be,
                     *boost::unit_test::precondition(prometheus_is_here)) {
  const fresh_directory work;
  const auto cases = content_of(alarm_cases_file);
  for (const auto& alarm : alarms()) {
    BOOST_TEST(cases.find("alertname: " + alarm + "\n") != std::string::npos, alarm);
  }
  const auto heard = [&](const std::string& file) {
    return tool({"/usr/bin/promtool", "test", "rules", file}, work);
  };
  const auto all = heard(alarm_cases_file);
  BOOST_TEST(all.exit_code == 0, all.out << all.err);
  // A rule that comes too late is found: promtool did listen.
  const auto late = std::regex_replace(content_of(rules_file), std::regex("for: 1m"), "for: 1h");
  std::filesystem::create_directories(work.path() / "config");
  std::filesystem::create_directories(work.path() / "tests/process");
  put_file(work.path() / "config/alert-rules.yml", late);
  put_file(work.path() / "tests/process/cases.yml", cases);
  const auto missed = heard(work.path() / "tests/process/cases.yml");
  BOOST_TEST(missed.exit_code != 0);
  BOOST_TEST((missed.out + missed.err).find("UodDown") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(prometheus_scrapes_a_node_and_answers,
                     *boost::unit_test::precondition(prometheus_is_here)) {
  const fresh_directory work;
  server home(watched_config);
  const person alice(home, "alice");
  const person bob(home, "bob");
  befriend(alice, bob);
  for (const char* text : {"one", "two", "three"}) alice.sees({"send", "bob", text});

  const auto config = work.path() / "prometheus.yml";
  put_file(config, "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files: [\"" +
                       rules_file.string() +
                       "\"]\nscrape_configs:\n- job_name: uod\n  static_configs:\n  - targets: "
                       "[\"127.0.0.1:" +
                       std::to_string(metrics_port(home)) + "\"]\n");
  launch what;
  what.command = {"/usr/bin/prometheus", "--config.file=" + config.string(),
                  "--storage.tsdb.path=" + (work.path() / "tsdb").string(),
                  "--web.listen-address=127.0.0.1:0"};
  what.environment = quiet_environment(work);
  child prometheus(std::move(what));
  const auto listening = prometheus.await_message("Listening on");
  const auto at = "http://" + word_behind(listening, "address=");
  prometheus.await_message("Server is ready to receive web requests");
  const auto asks = [&](const std::string& query) {
    return tool({"/usr/bin/promtool", "query", "instant", at, query}, work).out;
  };
  // Until it has scraped once there is nothing to answer.
  std::string answer;
  for (int tries = 0; answer.find("=>") == std::string::npos && tries < 1'000; ++tries) {
    answer = asks("uod_messages_stored_total");
  }
  BOOST_TEST(answer.find("=> 3 @") != std::string::npos, answer);
  BOOST_TEST(asks("uod_ready").find("=> 1 @") != std::string::npos);
  BOOST_TEST(asks("up").find("=> 1 @") != std::string::npos);
  const auto p99 = asks("histogram_quantile(0.99, sum by (le) (uod_commit_seconds_bucket))");
  BOOST_TEST(p99.find("=> ") != std::string::npos, p99);
  BOOST_TEST(p99.find("NaN") == std::string::npos, p99);
  BOOST_TEST(asks("ALERTS{alertstate=\"firing\"}") == "\n");
  // Every query of the dashboard is one that it can read.
  std::string queries;
  gather_queries(json::parse(content_of(dashboard_file)), queries);
  for (auto query : lines_of(queries)) {
    query = std::regex_replace(query, std::regex("\\$__rate_interval"), "1m");
    query = std::regex_replace(query, std::regex("\\$instance"), ".*");
    const auto done = tool({"/usr/bin/promtool", "query", "instant", at, query}, work);
    BOOST_TEST(done.exit_code == 0, query << ": " << done.err);
  }
  prometheus.signal(SIGTERM);
  prometheus.end();
}

BOOST_AUTO_TEST_CASE(a_node_is_ready_and_then_not_there) {
  server home(watched_config);
  const auto port = metrics_port(home);
  BOOST_TEST(http_get(port, "/ready").status == 200);
  BOOST_TEST(http_get(port, "/health").status == 200);
  BOOST_TEST(home.stop().exit_code == 0);
  BOOST_CHECK_THROW(http_get(port, "/health"), std::exception);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_told_before_anybody_is_let_in) {
  server home(watched_config);
  const fresh_directory other;
  put_file(other.path() / "c.toml", fast_config + "[metrics]\nlisten = \"127.0.0.1:" +
                                        std::to_string(metrics_port(home)) + "\"\n");
  const auto refused = run(server_launch({"run", "--config", other.path() / "c.toml", "--data-dir",
                                          other.path() / "data", "--listen", "127.0.0.1:0"},
                                         other));
  BOOST_TEST(refused.exit_code == 1);
  BOOST_TEST(refused.out.empty());
  BOOST_TEST(refused.err.find("Another program is using the address") != std::string::npos,
             refused.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
