#include "client/load/capacity.hpp"

#include <nlohmann/json.hpp>

#include "client/load/capacity_search.hpp"
#include "client/load/prepared_run.hpp"
#include "client/terminal/safe_text.hpp"

namespace uod::load {
namespace {

using nlohmann::json;

/// What holds where nobody says anything else: latency counts from the planned instant, so it is
/// without end above what the server can do.
constexpr const char* usual_figure = "latency_ms.p99";
constexpr const char* usual_bound = "<= 100";

outcome<std::vector<threshold>> thresholds_of(const capacity_arguments& asked) {
  std::vector<threshold> made;
  for (const auto& each : asked.holds) {
    const auto blank = each.find(' ');
    const auto read = parse_threshold(each.substr(0, blank),
                                      blank == std::string::npos ? "" : each.substr(blank + 1));
    if (!read) return tl::unexpected(read.error());
    if (is_server_figure(read->figure) && asked.run.server_pids.empty()) {
      return fail(errc::usage, "--hold \"" + each + "\" needs --server-pid");
    }
    made.push_back(*read);
  }
  if (made.empty()) {
    auto usual = parse_threshold(usual_figure, usual_bound);
    if (!usual) return tl::unexpected(usual.error());
    made.push_back(*usual);
  }
  return made;
}

/// The first threshold that fell short; empty: none did.
std::string short_of(const run_report& report, const std::vector<threshold>& more) {
  for (const auto& each : report.thresholds) {
    if (!each.ok) return each.name;
  }
  const auto results =
      judge(more, [&](const std::string& figure) { return figure_of(report, figure); });
  for (const auto& each : results) {
    if (!each.ok) return each.name;
  }
  return {};
}

void tell_try(const run_voices& speak, double rate, const run_report& report,
              const std::string& fell_short) {
  const auto delivered = figure_of(report, "delivered_per_s").value_or(0);
  const auto p99 = figure_of(report, usual_figure);
  if (speak.json) {
    speak.out.write(line_of({{"type", "try"},
                             {"rate", rate},
                             {"holds", fell_short.empty()},
                             {"fell_short", fell_short.empty() ? json(nullptr) : json(fell_short)},
                             {"delivered_per_s", delivered},
                             {"latency_ms_p99", p99 ? json(*p99) : json(nullptr)}}));
    return;
  }
  speak.status.clear();
  speak.out.write(std::string(fell_short.empty() ? "  ✓ " : "  ✗ ") + shown_as("%.0f", rate) +
                  "/s: delivered " + shown_as("%.0f", delivered) + "/s, p99 " +
                  (p99 ? shown_as("%.4g", *p99) : "–") + " ms" +
                  (fell_short.empty() ? "" : ", not " + terminal::safe_text(fell_short)) + "\n");
}

void tell_end(const run_voices& speak, const capacity_search& search) {
  const auto held = search.held();
  const auto above = search.fell_short();
  if (speak.json) {
    speak.out.write(line_of({{"type", "capacity"},
                             {"rate", held ? json(*held) : json(nullptr)},
                             {"fell_short", above ? json(*above) : json(nullptr)},
                             {"tries", search.tries()}}));
    return;
  }
  if (!held) {
    speak.out.write("not even the lowest rate held\n");
    return;
  }
  speak.out.write("capacity: " + shown_as("%.0f", *held) + " a second" +
                  (above ? "; " + shown_as("%.0f", *above) + " fell short" : "") + "\n");
}

}  // namespace

outcome<int> find_capacity(const capacity_arguments& asked, const client_config& config,
                           const run_voices& speak) {
  const auto more = thresholds_of(asked);
  if (!more) return tl::unexpected(more.error());
  capacity_search search(asked.from, asked.precision);
  while (const auto rate = search.next()) {
    run_arguments one = asked.run;
    one.changes.rate = *rate;
    const auto report = play_scenario(one, config, speak);
    auto why = report ? why_unusable(*report) : std::optional(report.error());
    if (why) {
      if (search.tries() > 0) tell_end(speak, search);  // what was found so far
      return tl::unexpected(*why);
    }
    const bool any_is_due = *rate * report->measured.seconds >= 1;
    if (any_is_due && report->measured.sent == 0 && report->measured.stories == 0) {
      return fail(errc::usage,
                  "nothing goes by plan in this scenario: a story needs keep_sending, or arrival = "
                  "{ stories_per_s = … }");
    }
    const bool is_clean = report->measured.found.clean();
    const auto fell_short = is_clean ? short_of(*report, *more) : std::string("the oracle");
    tell_try(speak, *rate, *report, fell_short);
    if (!is_clean) {
      speak.out.write(speak.json ? line_of(summary_json(*report)) : summary_text(*report));
      return static_cast<int>(load_exit::faults);
    }
    search.take(fell_short.empty());
  }
  tell_end(speak, search);
  return static_cast<int>(search.held() ? load_exit::done : load_exit::thresholds);
}

}  // namespace uod::load
