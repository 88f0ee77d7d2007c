#include "client/load/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "client/terminal/safe_text.hpp"

namespace uod::load {
namespace {

using nlohmann::json;

struct place {
  const char* name;
  double part;
};
constexpr std::array places = {place{"p50", 0.5}, place{"p90", 0.9}, place{"p99", 0.99},
                               place{"p99.9", 0.999}, place{"p99.99", 0.9999}};

double ms(std::uint64_t us) { return static_cast<double>(us) / 1000; }

json spans_json(const histogram& of) {
  json spans = json::object();
  for (const auto& each : places) {
    spans[each.name] = of.count() == 0 ? json(nullptr) : json(ms(of.at_us(each.part)));
  }
  spans["max"] = of.count() == 0 ? json(nullptr) : json(ms(of.max_us()));
  spans["mean"] = of.count() == 0 ? json(nullptr) : json(std::round(of.mean_us()) / 1000);
  spans["count"] = of.count();
  return spans;
}

std::optional<double> span_of(const histogram& of, const std::string& name) {
  if (of.count() == 0) return std::nullopt;
  if (name == "max") return ms(of.max_us());
  if (name == "mean") return of.mean_us() / 1000;
  for (const auto& each : places) {
    if (name == each.name) return ms(of.at_us(each.part));
  }
  return std::nullopt;
}

std::optional<double> rate_of(std::uint64_t count, const measurements& of) {
  if (of.seconds <= 0) return std::nullopt;
  return static_cast<double>(count) / of.seconds;
}

/// What the server's time is divided by: messages where there are some, else what there is.
std::uint64_t units_of(const measurements& of) {
  if (of.delivered_meanwhile > 0) return of.delivered_meanwhile;
  if (of.acknowledged_meanwhile > 0) return of.acknowledged_meanwhile;
  if (of.broadcast_deliveries > 0) return of.broadcast_deliveries;
  if (of.history_messages > 0) return of.history_messages;
  return of.logins;
}

std::optional<double> server_figure(const run_report& report, const std::string& name) {
  if (!report.server_from || !report.server_to) return std::nullopt;
  const double cpu_s = report.server_to->cpu_s - report.server_from->cpu_s;
  if (name == "cpu_s_per_1000") {
    const auto units = units_of(report.measured);
    if (units == 0) return std::nullopt;
    return cpu_s / static_cast<double>(units) * 1000;
  }
  if (name == "cpu_fraction") {
    if (report.measured.seconds <= 0) return std::nullopt;
    return cpu_s / report.measured.seconds;
  }
  if (!report.server_before || report.measured.connected_max == 0) return std::nullopt;
  return (report.server_to->rss_kb - report.server_before->rss_kb) /
         static_cast<double>(report.measured.connected_max);
}

/// What a virtual user costs the generator.
std::optional<double> rss_kb_per_user(const measurements& of) {
  if (of.connected_max == 0) return std::nullopt;
  return (of.own_rss_kb - of.own_rss_kb_before) / static_cast<double>(of.connected_max);
}

json or_null(std::optional<double> value) { return value ? json(*value) : json(nullptr); }

/// 12345.6 as `12,346`; what is small keeps its digits.
std::string shown(std::optional<double> value) {
  if (!value) return "–";
  if (std::abs(*value) < 10) return shown_as("%.3g", *value);
  std::string digits = shown_as("%.0f", *value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0 && digits[0] != '-';
       at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string spans_text(const std::string& name, const histogram& of) {
  if (of.count() == 0) return {};
  std::string line = "  " + name;
  line.resize(std::max<std::size_t>(line.size() + 1, 18), ' ');
  for (const auto& each : places) {
    line += std::string(each.name) + " " + shown_as("%.4g", ms(of.at_us(each.part))) + "  ";
  }
  return line + "max " + shown_as("%.4g", ms(of.max_us())) + " ms\n";
}

}  // namespace

std::string shown_as(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

drawn_second::drawn_second(second_row told) : row(std::move(told)) {
  if (row.latency.count() == 0) return;
  latency_ms.emplace();
  for (std::size_t at = 0; at < drawn_second::places.size(); ++at) {
    (*latency_ms)[at] = ms(row.latency.at_us(drawn_second::places[at]));
  }
  row.latency = {};
}

std::optional<double> figure_of(const run_report& report, const std::string& name) {
  const measurements& of = report.measured;
  const auto dot = name.find('.');
  const std::string head = name.substr(0, dot);
  const std::string tail = dot == std::string::npos ? "" : name.substr(dot + 1);
  const auto count = [](std::uint64_t value) { return static_cast<double>(value); };
  if (head == "latency_ms") return span_of(of.latency, tail);
  if (head == "acknowledged_ms") return span_of(of.acknowledging, tail);
  if (head == "login_ms") return span_of(of.login, tail);
  if (head == "history_ms") return span_of(of.history, tail);
  if (head == "broadcast_ms") return span_of(of.broadcast, tail);
  if (head == "server") return server_figure(report, tail);
  if (name == "generator.cpu_fraction") {
    return of.seconds > 0 ? std::optional(of.cpu_s / of.seconds) : std::nullopt;
  }
  if (head == "oracle") {
    for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
      if (name_of(static_cast<fault_kind>(kind)) == tail) return count(of.found.counts[kind]);
    }
  }
  if (name == "errors") return count(of.errors_count());
  if (head == "errors") {
    const auto found = of.errors.find(tail);
    return found == of.errors.end() ? 0 : count(found->second);
  }
  if (name == "sent") return count(of.sent);
  if (name == "acknowledged") return count(of.acknowledged);
  if (name == "delivered") return count(of.delivered);
  if (name == "sent_per_s") return rate_of(of.sent, of);
  if (name == "acknowledged_per_s") return rate_of(of.acknowledged_meanwhile, of);
  if (name == "delivered_per_s") return rate_of(of.delivered_meanwhile, of);
  if (name == "logins") return count(of.logins);
  if (name == "logins_per_s") return rate_of(of.logins, of);
  if (name == "history_pages") return count(of.history_pages);
  if (name == "history_messages_per_s") return rate_of(of.history_messages, of);
  if (name == "broadcasts") return count(of.broadcasts);
  if (name == "broadcast_deliveries") return count(of.broadcast_deliveries);
  if (name == "broadcast_deliveries_per_s") return rate_of(of.broadcast_deliveries, of);
  if (name == "stories") return count(of.stories);
  if (name == "connected") return count(of.connected_max);
  if (name == "disconnects") return count(of.disconnects);
  if (name == "reconnect_s") return of.reconnect_s;
  return std::nullopt;
}

json summary_json(const run_report& report) {
  const measurements& of = report.measured;
  json errors = json::object();
  errors["rate_limited"] = 0;
  for (const auto& [code, count] : of.errors) errors[code] = count;
  json oracle = json::object();
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
    oracle[std::string(name_of(static_cast<fault_kind>(kind)))] = of.found.counts[kind];
  }
  oracle["history_checked"] = of.found.checked_in_history;
  oracle["unanswered"] = of.found.unanswered;
  oracle["faults"] = json::array();
  for (const auto& each : of.found.named) {
    oracle["faults"].push_back({{"kind", name_of(each.kind)}, {"what", each.what}});
  }
  json thresholds = json::array();
  for (const auto& each : report.thresholds) {
    thresholds.push_back({{"name", each.name}, {"ok", each.ok}, {"value", or_null(each.value)}});
  }
  const auto figure = [&](const char* name) { return or_null(figure_of(report, name)); };
  json summary{{"type", "summary"},
               {"scenario", report.scenario},
               {"users", of.users},
               {"seconds", std::round(of.seconds * 1000) / 1000},
               {"sent", of.sent},
               {"acknowledged", of.acknowledged},
               {"delivered", of.delivered},
               {"delivered_per_s", figure("delivered_per_s")},
               {"acknowledged_per_s", figure("acknowledged_per_s")},
               {"latency_ms", spans_json(of.latency)},
               {"acknowledged_ms", spans_json(of.acknowledging)},
               {"errors", std::move(errors)},
               {"oracle", std::move(oracle)},
               {"server",
                {{"cpu_s_per_1000", figure("server.cpu_s_per_1000")},
                 {"cpu_fraction", figure("server.cpu_fraction")},
                 {"rss_kb_per_session", figure("server.rss_kb_per_session")}}},
               {"generator",
                {{"cpu_fraction", figure("generator.cpu_fraction")},
                 {"processes", report.generators},
                 {"rss_kb", of.own_rss_kb},
                 {"rss_kb_per_user", or_null(rss_kb_per_user(of))}}},
               {"connected", of.connected_max},
               {"logins", of.logins},
               {"logins_per_s", figure("logins_per_s")},
               {"disconnects", of.disconnects},
               {"reconnect_s", of.reconnect_s},
               {"interrupted", of.interrupted},
               {"thresholds", std::move(thresholds)}};
  if (of.login.count() > 0) summary["login_ms"] = spans_json(of.login);
  if (of.history.count() > 0) {
    summary["history_ms"] = spans_json(of.history);
    summary["history_pages"] = of.history_pages;
    summary["history_messages_per_s"] = figure("history_messages_per_s");
  }
  if (of.broadcasts > 0) {
    summary["broadcasts"] = of.broadcasts;
    summary["broadcast_ms"] = spans_json(of.broadcast);
    summary["broadcast_deliveries"] = of.broadcast_deliveries;
    summary["broadcast_deliveries_per_s"] = figure("broadcast_deliveries_per_s");
  }
  if (of.stories > 0) summary["stories"] = of.stories;
  if (!of.trouble.empty()) summary["trouble"] = of.trouble;
  return summary;
}

std::string summary_text(const run_report& report) {
  const measurements& of = report.measured;
  const auto figure = [&](const char* name) { return shown(figure_of(report, name)); };
  std::string text = terminal::safe_text(report.scenario + ": " + report.title) + "\n";
  text += "  " + shown(static_cast<double>(of.users)) + " users, " + shown_as("%.1f", of.seconds) +
          " s measured" + (of.interrupted ? ", interrupted" : "") + "\n";
  if (of.sent > 0) {
    text += "  sent " + shown(static_cast<double>(of.sent)) + ", acknowledged " +
            shown(static_cast<double>(of.acknowledged)) + ", delivered " +
            shown(static_cast<double>(of.delivered)) + " (" + figure("delivered_per_s") +
            " a second)\n";
  }
  if (of.logins > 0) {
    text += "  " + figure("logins") + " log-ins (" + figure("logins_per_s") + " a second)\n";
  }
  if (of.history_pages > 0) {
    text += "  " + figure("history_pages") + " pages of history (" +
            figure("history_messages_per_s") + " messages a second)\n";
  }
  if (of.broadcasts > 0) {
    text += "  " + figure("broadcasts") + " broadcasts, " + figure("broadcast_deliveries") +
            " deliveries (" + figure("broadcast_deliveries_per_s") + " a second)\n";
  }
  text += spans_text("latency", of.latency) + spans_text("acknowledged", of.acknowledging) +
          spans_text("log-in", of.login) + spans_text("history", of.history) +
          spans_text("broadcast", of.broadcast);
  if (of.disconnects > 0) {
    text += "  " + figure("disconnects") + " connections lost; everybody was back after " +
            shown_as("%.1f", of.reconnect_s) + " s at most\n";
  }
  text += "  errors: ";
  if (of.errors.empty()) text += "none";
  for (const auto& [code, count] : of.errors) {
    text += terminal::safe_text(code) + " " + shown(static_cast<double>(count)) + "  ";
  }
  text += "\n";
  if (report.server_from && report.server_to) {
    text += "  server: " + figure("server.cpu_s_per_1000") + " s of CPU per 1,000, " +
            figure("server.cpu_fraction") + " cores, " + figure("server.rss_kb_per_session") +
            " kB a session\n";
  }
  text += "  generator: " + figure("generator.cpu_fraction") + " of a core in " +
          std::to_string(report.generators) + (report.generators == 1 ? " process" : " processes") +
          ", " + shown(rss_kb_per_user(of)) + " kB a user";
  const double busy = figure_of(report, "generator.cpu_fraction").value_or(0);
  text += busy > 0.95 * report.generators ? "; the generator was the limit\n" : "\n";
  text += "  oracle: ";
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
    text += std::string(name_of(static_cast<fault_kind>(kind))) + " " +
            shown(static_cast<double>(of.found.counts[kind])) + ", ";
  }
  text += "read back " + shown(static_cast<double>(of.found.checked_in_history));
  if (of.found.unanswered > 0) {
    text += ", unanswered " + shown(static_cast<double>(of.found.unanswered));
  }
  text += "\n";
  for (const auto& each : of.found.named) {
    text += "    " + std::string(name_of(each.kind)) + ": " + terminal::safe_text(each.what) + "\n";
  }
  for (const auto& each : report.thresholds) {
    text += std::string(each.ok ? "  ✓ " : "  ✗ ") + terminal::safe_text(each.name) +
            (each.ok ? "" : ": it is " + shown(each.value)) + "\n";
  }
  if (!of.trouble.empty()) text += "  broke off: " + terminal::safe_text(of.trouble) + "\n";
  return text;
}

std::string progress_text(const second_row& row, double of_s) {
  std::string text = shown_as("%.0f", row.at_s) + "/" + shown_as("%.0f", of_s) + " s  " +
                     row.phase + "  " + shown(static_cast<double>(row.connected)) + " connected  " +
                     shown(static_cast<double>(row.delivered)) + "/s";
  if (row.logins > 0) text += "  " + shown(static_cast<double>(row.logins)) + " log-ins/s";
  if (row.latency.count() > 0) {
    text += "  p50 " + shown_as("%.3g", ms(row.latency.at_us(0.5))) + "  p99 " +
            shown_as("%.3g", ms(row.latency.at_us(0.99))) + "  max " +
            shown_as("%.3g", ms(row.latency.max_us())) + " ms";
  }
  if (row.errors > 0) text += "  errors " + shown(static_cast<double>(row.errors));
  return text;
}

json progress_json(const second_row& row) {
  return {{"type", "progress"},
          {"at_s", row.at_s},
          {"phase", row.phase},
          {"measured", row.measured},
          {"connected", row.connected},
          {"sent", row.sent},
          {"acknowledged", row.acknowledged},
          {"delivered", row.delivered},
          {"logins", row.logins},
          {"errors", row.errors},
          {"latency_ms", spans_json(row.latency)},
          {"server_cpu", row.server_cpu},
          {"server_rss_kb", row.server_rss_kb},
          {"generator_cpu", row.generator_cpu}};
}

load_exit exit_of(const run_report& report) {
  if (!report.measured.found.clean()) return load_exit::faults;
  const bool good = std::all_of(report.thresholds.begin(), report.thresholds.end(),
                                [](const auto& each) { return each.ok; });
  return good ? load_exit::done : load_exit::thresholds;
}

}  // namespace uod::load
