#include <boost/test/unit_test.hpp>

#include "client/load/report_html.hpp"
#include "client/load/svg_plot.hpp"

/// What a run is told as: for scripts, for people, and as a page.
namespace uod::load {
namespace {

run_report some_run() {
  run_report run;
  run.scenario = "mine";
  run.title = "<script>alert(1)</script>";
  run.measured.users = 4;
  run.measured.seconds = 2;
  run.measured.sent = run.measured.acknowledged = run.measured.delivered = 200;
  run.measured.delivered_meanwhile = run.measured.acknowledged_meanwhile = 200;
  run.measured.connected_max = 4;
  run.measured.cpu_s = 0.5;
  for (int at = 1; at <= 200; ++at) run.measured.latency.record(1'000U * at);
  run.measured.errors["rate_limited"] = 3;
  run.server_before = usage{1, 10'000};
  run.server_from = usage{2, 11'000};
  run.server_to = usage{3, 10'400};
  for (int second = 1; second <= 2; ++second) {
    second_row row;
    row.at_s = second;
    row.delivered = 100;
    row.phase = "load";
    row.latency.record(5'000, 100);
    run.seconds.emplace_back(row);
  }
  return run;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reports)

BOOST_AUTO_TEST_CASE(summary_has_the_fields_of_the_contract) {
  auto run = some_run();
  run.thresholds = {{"errors <= 0", false, 3.0}};
  const auto summary = summary_json(run);
  BOOST_TEST(summary.at("type") == "summary");
  BOOST_TEST(summary.at("scenario") == "mine");
  BOOST_TEST(summary.at("users") == 4);
  BOOST_TEST(summary.at("seconds") == 2.0);
  BOOST_TEST(summary.at("delivered_per_s") == 100.0);
  BOOST_TEST(summary.at("errors").at("rate_limited") == 3);
  BOOST_TEST(summary.at("latency_ms").at("max") == 200.0);
  BOOST_CHECK_CLOSE(summary.at("latency_ms").at("p50").get<double>(), 100.0, 1.0);
  BOOST_TEST(summary.at("oracle").at("lost") == 0);
  BOOST_TEST(summary.at("server").at("cpu_s_per_1000") == 5.0);
  BOOST_TEST(summary.at("server").at("rss_kb_per_session") == 100.0);
  BOOST_TEST(summary.at("generator").at("cpu_fraction") == 0.25);
  BOOST_TEST(summary.at("thresholds").at(0).at("value") == 3.0);
}

BOOST_AUTO_TEST_CASE(what_was_not_measured_is_null) {
  const auto summary = summary_json({});
  BOOST_TEST(summary.at("latency_ms").at("p99").is_null());
  BOOST_TEST(summary.at("server").at("cpu_s_per_1000").is_null());
  BOOST_TEST(summary.at("delivered_per_s").is_null());
}

BOOST_AUTO_TEST_CASE(every_figure_of_thresholds_can_be_read) {
  const auto run = some_run();
  for (const auto* name : {"sent",
                           "acknowledged",
                           "delivered",
                           "sent_per_s",
                           "acknowledged_per_s",
                           "delivered_per_s",
                           "logins",
                           "logins_per_s",
                           "history_pages",
                           "history_messages_per_s",
                           "broadcasts",
                           "broadcast_deliveries",
                           "broadcast_deliveries_per_s",
                           "stories",
                           "connected",
                           "disconnects",
                           "reconnect_s",
                           "errors",
                           "errors.rate_limited",
                           "oracle.lost",
                           "oracle.doubled",
                           "oracle.disordered",
                           "oracle.altered",
                           "generator.cpu_fraction",
                           "server.cpu_s_per_1000",
                           "server.rss_kb_per_session",
                           "server.cpu_fraction",
                           "latency_ms.p99.99",
                           "latency_ms.mean"}) {
    BOOST_TEST(is_figure(name), name);
    BOOST_TEST(figure_of(run, name).has_value(), name);
  }
}

BOOST_AUTO_TEST_CASE(faults_weigh_more_than_thresholds) {
  auto run = some_run();
  BOOST_TEST((exit_of(run) == load_exit::done));
  run.thresholds = {{"errors <= 0", false, 3.0}};
  BOOST_TEST((exit_of(run) == load_exit::thresholds));
  run.measured.found.add({fault_kind::lost, "one"});
  BOOST_TEST((exit_of(run) == load_exit::faults));
}

BOOST_AUTO_TEST_CASE(text_from_others_is_harmless) {
  auto run = some_run();
  run.measured.found.add({fault_kind::altered, "\x1b[2Jgone <img>"});
  const auto text = summary_text(run);
  BOOST_TEST(text.find('\x1b') == std::string::npos);
  const auto page = report_html(run);
  BOOST_TEST(page.find("<script") == std::string::npos);
  BOOST_TEST(page.find("<img") == std::string::npos);
  BOOST_TEST(page.find('\x1b') == std::string::npos);
  BOOST_TEST(page.find("<svg") != std::string::npos);
  BOOST_TEST(page.find("Content-Security-Policy") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(plots_of_nothing_are_none) {
  BOOST_TEST(svg_plot({}, false).empty());
  BOOST_TEST(svg_plot({{"zero", {{1, 0}, {2, 0}}}}, true).empty());
  BOOST_TEST(svg_plot({{"one", {{1, 5}}}}, true).find("<polyline") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_week_is_drawn_with_few_points) {
  curve week{"rate", {}};
  for (int second = 0; second < 600'000; ++second) week.points.emplace_back(second, second % 100);
  BOOST_TEST(svg_plot({week}, false).size() < 20'000U);
}

BOOST_AUTO_TEST_CASE(measurements_come_back_from_their_text_and_add_up) {
  auto run = some_run();
  run.measured.found.add({fault_kind::doubled, "twice"});
  const auto again = measurements_from(nlohmann::json::parse(to_json_value(run.measured).dump()));
  BOOST_REQUIRE(again);
  BOOST_TEST(to_json_value(*again) == to_json_value(run.measured));
  auto both = *again;
  both.merge(run.measured);
  BOOST_TEST(both.sent == 400U);
  BOOST_TEST(both.users == 8U);
  BOOST_TEST(both.latency.count() == 400U);
  BOOST_TEST(both.errors["rate_limited"] == 6U);
  BOOST_TEST(both.found.count(fault_kind::doubled) == 2U);
  BOOST_TEST(!both.broken.has_value());
  run.measured.broken = error{errc::usage, "story.lua:3: no such call"};
  const auto broken = measurements_from(nlohmann::json::parse(to_json_value(run.measured).dump()));
  BOOST_REQUIRE(broken);
  BOOST_TEST((broken->broken == run.measured.broken));
  both.merge(*broken);
  BOOST_TEST((both.broken == run.measured.broken));
  BOOST_TEST(!measurements_from(nlohmann::json::parse("{}")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
