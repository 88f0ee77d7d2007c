#include "client/load/report_html.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>

#include "client/load/svg_plot.hpp"
#include "client/terminal/safe_text.hpp"

namespace uod::load {
namespace {

constexpr std::string_view style =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em;"
    "color:#222;background:#fff}h1{font-size:1.5em}h2{font-size:1.15em;margin:1.6em 0 .3em}"
    "table{border-collapse:collapse}td,th{padding:.2em .9em .2em 0;text-align:left;"
    "border-bottom:1px solid #ddd}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".ok{color:#187a35}.bad{color:#b3261e;font-weight:600}svg{width:100%;height:auto}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}"
    "td,th{border-color:#444}.ok{color:#6bc985}.bad{color:#ff8a80}}";

std::string number(std::optional<double> value) {
  if (!value) return "–";
  std::array<char, 48> text{};
  const char* format = std::abs(*value) >= 100 ? "%.0f" : "%.4g";
  std::snprintf(text.data(), text.size(), format, *value);
  return text.data();
}

std::string row(const std::string& name, const std::string& value) {
  return "<tr><td>" + html_text(name) + "</td><td class=\"n\">" + html_text(value) + "</td></tr>\n";
}

std::string figures(const run_report& report) {
  struct figure {
    const char* name;
    const char* shown;
  };
  constexpr std::array wanted = {
      figure{"sent", "messages sent"},
      figure{"acknowledged", "acknowledged"},
      figure{"delivered", "delivered"},
      figure{"delivered_per_s", "delivered a second"},
      figure{"logins_per_s", "log-ins a second"},
      figure{"history_messages_per_s", "old messages read a second"},
      figure{"broadcast_deliveries_per_s", "broadcast deliveries a second"},
      figure{"connected", "connected at most"},
      figure{"disconnects", "connections lost"},
      figure{"reconnect_s", "until everybody was back, s"},
      figure{"errors", "errors"},
      figure{"server.cpu_s_per_1000", "server CPU per 1,000, s"},
      figure{"server.cpu_fraction", "server, cores"},
      figure{"server.rss_kb_per_session", "server memory a session, kB"},
      figure{"generator.cpu_fraction", "generator, cores"}};
  std::string rows;
  for (const auto& each : wanted) {
    const auto value = figure_of(report, each.name);
    if (value && *value != 0) rows += row(each.shown, number(value));
  }
  return "<table>\n" + rows + "</table>\n";
}

std::string spans(const run_report& report) {
  struct span {
    const char* figure;
    const char* shown;
  };
  constexpr std::array all = {span{"latency_ms", "message, end to end"},
                              span{"acknowledged_ms", "acknowledged"}, span{"login_ms", "log-in"},
                              span{"history_ms", "page of history"},
                              span{"broadcast_ms", "broadcast"}};
  constexpr std::array places = {"p50", "p90", "p99", "p99.9", "p99.99", "max"};
  std::string rows;
  for (const auto& each : all) {
    const std::string head = each.figure;
    if (!figure_of(report, head + ".max")) continue;
    rows += "<tr><td>" + html_text(each.shown) + "</td>";
    for (const char* place : places) {
      rows +=
          "<td class=\"n\">" + html_text(number(figure_of(report, head + "." + place))) + "</td>";
    }
    rows += "</tr>\n";
  }
  if (rows.empty()) return {};
  std::string heads;
  for (const char* place : places) heads += "<th>" + html_text(place) + "</th>";
  return "<h2>Spans, ms</h2>\n<table>\n<tr><th></th>" + heads + "</tr>\n" + rows + "</table>\n";
}

std::string verdicts(const run_report& report) {
  std::string text = "<h2>Oracle</h2>\n<p>";
  const verdict& found = report.measured.found;
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
    text += html_text(std::string(name_of(static_cast<fault_kind>(kind)))) + " <span class=\"" +
            (found.counts[kind] == 0 ? "ok" : "bad") + "\">" + std::to_string(found.counts[kind]) +
            "</span> · ";
  }
  text += "read back " + std::to_string(found.checked_in_history) + "</p>\n";
  if (!found.named.empty()) {
    text += "<ul>\n";
    for (const auto& each : found.named) {
      text += "<li class=\"bad\">" + html_text(std::string(name_of(each.kind))) + ": " +
              html_text(each.what) + "</li>\n";
    }
    text += "</ul>\n";
  }
  if (!report.thresholds.empty()) text += "<h2>Thresholds</h2>\n<table>\n";
  for (const auto& each : report.thresholds) {
    text += "<tr><td class=\"" + std::string(each.ok ? "ok\">holds" : "bad\">falls short") +
            "</td><td>" + html_text(each.name) + "</td><td class=\"n\">" +
            html_text(number(each.value)) + "</td></tr>\n";
  }
  if (!report.thresholds.empty()) text += "</table>\n";
  if (!report.measured.errors.empty()) {
    text += "<h2>Errors</h2>\n<table>\n";
    for (const auto& [code, count] : report.measured.errors) {
      text += row(code, std::to_string(count));
    }
    text += "</table>\n";
  }
  return text;
}

using reader = std::function<std::optional<double>(const drawn_second&)>;

curve curve_of(const run_report& report, const std::string& name, const reader& read) {
  curve made{name, {}};
  for (const auto& each : report.seconds) {
    if (const auto value = read(each)) made.points.emplace_back(each.row.at_s, *value);
  }
  return made;
}

/// One of `drawn_second::places`.
reader percentile(std::size_t place) {
  return [place](const drawn_second& at) -> std::optional<double> {
    if (!at.latency_ms) return std::nullopt;
    return (*at.latency_ms)[place];
  };
}

reader count(std::uint64_t second_row::*field) {
  return [field](const drawn_second& at) -> std::optional<double> {
    return static_cast<double>(at.row.*field);
  };
}

reader value(double second_row::*field, double unit) {
  return [field, unit](const drawn_second& at) -> std::optional<double> {
    return at.row.*field / unit;
  };
}

std::string plots(const run_report& report) {
  const auto curves = [&](std::initializer_list<std::pair<const char*, reader>> wanted) {
    std::vector<curve> all;
    for (const auto& [name, read] : wanted) all.push_back(curve_of(report, name, read));
    return all;
  };
  std::string text;
  const auto add = [&](const std::string& title, const std::vector<curve>& all, bool logarithmic) {
    const std::string drawn = svg_plot(all, logarithmic);
    if (!drawn.empty()) text += "<h2>" + html_text(title) + "</h2>\n" + drawn;
  };
  add("Rates, a second",
      curves({{"delivered", count(&second_row::delivered)},
              {"sent", count(&second_row::sent)},
              {"log-ins", count(&second_row::logins)}}),
      false);
  add("Latency, ms (logarithmic)",
      curves({{"p50", percentile(0)},
              {"p90", percentile(1)},
              {"p99", percentile(2)},
              {"max", percentile(3)}}),
      true);
  add("Errors, a second", curves({{"errors", count(&second_row::errors)}}), false);
  add("Connected", curves({{"connected", count(&second_row::connected)}}), false);
  add("CPU, cores",
      curves({{"server", value(&second_row::server_cpu, 1)},
              {"generator", value(&second_row::generator_cpu, 1)}}),
      false);
  add("Server memory, MB", curves({{"resident", value(&second_row::server_rss_kb, 1024)}}), false);
  return text;
}

}  // namespace

std::string report_html(const run_report& report) {
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page +=
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n";
  page += "<title>" + html_text(report.scenario) + "</title>\n<style>" + std::string(style) +
          "</style>\n</head>\n<body>\n";
  page += "<h1>" + html_text(report.scenario) + ": " + html_text(report.title) + "</h1>\n<p>" +
          std::to_string(report.measured.users) + " users, " +
          html_text(number(report.measured.seconds)) + " s measured, " +
          std::to_string(report.generators) +
          (report.generators == 1 ? " generator" : " generators") + "</p>\n";
  if (report.measured.interrupted) page += "<p class=\"bad\">The run was interrupted.</p>\n";
  if (!report.measured.trouble.empty()) {
    page += "<p class=\"bad\">It broke off: " + html_text(report.measured.trouble) + "</p>\n";
  }
  page += figures(report) + spans(report) + verdicts(report) + plots(report);
  return page + "</body>\n</html>\n";
}

outcome<void> write_report(const std::string& file, const std::string& html) {
  std::ofstream to(file, std::ios::binary | std::ios::trunc);
  to << html;
  to.flush();
  if (to) return {};
  return fail(errc::io_failed, "the report could not be written to " + file);
}

}  // namespace uod::load
