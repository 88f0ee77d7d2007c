#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "client/load/compare.hpp"
#include "client/load/prepared_run.hpp"
#include "client/load/ratio_estimate.hpp"

namespace uod::load {
namespace {

using nlohmann::json;

/// What is compared where both runs have it.
constexpr std::array figures = {"delivered_per_s",       "latency_ms.p50",
                                "latency_ms.p99",        "latency_ms.p99.9",
                                "login_ms.p50",          "login_ms.p99",
                                "logins_per_s",          "history_messages_per_s",
                                "server.cpu_s_per_1000", "server.rss_kb_per_session",
                                "generator.cpu_fraction"};

using pairs_by_figure = std::map<std::string, std::vector<std::pair<double, double>>>;

/// The run of one side.
outcome<run_report> play_side(const compare_arguments& asked, const client_config& config,
                              std::size_t side, const run_voices& speak) {
  run_arguments one = asked.run;
  client_config of_side = config;
  const auto& change = asked.sides[side];
  if (!change.server.empty()) of_side.servers = {change.server};
  if (change.server_pid != 0) one.server_pids = {change.server_pid};
  one.changes.set.insert(one.changes.set.end(), change.set.begin(), change.set.end());
  auto report = play_scenario(one, of_side, speak);
  if (!report) return report;
  if (auto why = why_unusable(*report)) return tl::unexpected(*why);
  return report;
}

void tell_round(const run_voices& speak, std::uint32_t number, std::size_t side,
                const run_report& report) {
  const std::string name = side == 0 ? "A" : "B";
  if (speak.json) {
    auto row = summary_json(report);
    row["type"] = "round";
    row["round"] = number;
    row["side"] = name;
    speak.out.write(line_of(row));
    return;
  }
  const auto p99 = figure_of(report, "latency_ms.p99");
  speak.status.say("round " + std::to_string(number) + ", " + name + ": " +
                   shown_as("%.0f", figure_of(report, "delivered_per_s").value_or(0)) + "/s" +
                   (p99 ? ", p99 " + shown_as("%.4g", *p99) + " ms" : ""));
}

void tell_end(const run_voices& speak, const pairs_by_figure& measured, std::uint64_t seed) {
  json all = json::object();
  std::string text = "B to A, medians of the rounds' ratios, with 95 % bounds\n";
  for (const char* figure : figures) {
    const auto found = measured.find(figure);
    if (found == measured.end()) continue;
    const auto estimate = estimate_ratio(found->second, seed);
    if (!estimate) continue;
    all[figure] = {{"ratio", estimate->ratio},
                   {"low", estimate->low},
                   {"high", estimate->high},
                   {"sure", estimate->is_sure()}};
    std::string line = "  " + std::string(figure);
    line.resize(std::max<std::size_t>(line.size() + 1, 30), ' ');
    text += line + shown_as("%.3f", estimate->ratio) + "  (" + shown_as("%.3f", estimate->low) +
            " to " + shown_as("%.3f", estimate->high) + ")" +
            (estimate->is_sure() ? "" : "  not to be told apart") + "\n";
  }
  speak.out.write(speak.json ? line_of({{"type", "comparison"}, {"ratios", all}}) : text);
}

}  // namespace

outcome<int> compare_runs(const compare_arguments& asked, const client_config& config,
                          const run_voices& speak) {
  const auto& [a, b] = asked.sides;
  if (a.server == b.server && a.set == b.set) {
    return fail(errc::usage,
                "there is nothing to compare: give --a-server and --b-server, or "
                "--a-set and --b-set");
  }
  if (a.server != b.server && !asked.run.server_pids.empty()) {
    return fail(errc::usage, "two servers have a process each: --a-server-pid and --b-server-pid");
  }
  const std::uint64_t seed = asked.run.seed != 0 ? asked.run.seed : 1;
  pairs_by_figure measured;
  for (std::uint32_t number = 1; number <= asked.rounds; ++number) {
    // Each goes first in every other round, so that neither has the warmer machine.
    const std::size_t first = number % 2 == 1 ? 0 : 1;
    std::array<std::optional<run_report>, 2> reports;
    for (const std::size_t side : {first, 1 - first}) {
      auto report = play_side(asked, config, side, speak);
      if (!report) {
        if (number > pairs_min) tell_end(speak, measured, seed);  // what was found so far
        return tl::unexpected(report.error());
      }
      tell_round(speak, number, side, *report);
      if (!report->measured.found.clean()) {
        speak.out.write(speak.json ? line_of(summary_json(*report)) : summary_text(*report));
        return static_cast<int>(load_exit::faults);
      }
      reports[side] = std::move(*report);
    }
    for (const char* figure : figures) {
      const auto of_a = figure_of(*reports[0], figure);
      const auto of_b = figure_of(*reports[1], figure);
      if (of_a && of_b) measured[figure].emplace_back(*of_a, *of_b);
    }
  }
  tell_end(speak, measured, seed);
  return static_cast<int>(load_exit::done);
}

}  // namespace uod::load
