#include "client/load/run.hpp"

#include <fstream>
#include <sstream>

#include "client/commands/interruption.hpp"
#include "client/load/generator.hpp"
#include "client/load/server_usage.hpp"
#include "client/load/shipped.hpp"
#include "client/load/summary.hpp"

namespace uod::load {
namespace {

using nlohmann::json;

outcome<std::string> source_of(const std::string& scenario) {
  if (const auto* shipped = find_shipped(scenario)) return std::string(shipped->source);
  std::ifstream file(scenario, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (file && !text.str().empty()) return text.str();
  return fail(errc::usage, "there is no scenario \"" + scenario +
                               "\": neither a file nor one of `uod-load list`");
}

std::string line_of(const json& row) {
  return row.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

/// Follows a run for a person or a script, and looks at the server's processes.
class watcher final : public run_watcher {
 public:
  watcher(const run_arguments& asked, const scenario_plan& plan, const run_voices& speak)
      : asked_(asked), plan_(plan), speak_(speak) {
    for (const auto& each : plan.phases) length_s_ += each.seconds;
  }

  void on_stage(const std::string& what) override { speak_.status.show(what + " …"); }
  void on_people_coming() override { look(report.server_before); }
  void on_measuring(bool begins) override { look(begins ? report.server_from : report.server_to); }
  void on_print(const std::string& text) override { speak_.status.say(text); }
  void on_warning(const std::string& text) override { speak_.status.say(text); }
  void on_ready(std::function<void(std::uint64_t)> go) override { go(now_ns()); }

  void on_second(const second_row& told) override {
    second_row row = told;
    if (!asked_.server_pids.empty()) {
      if (const auto used = usage_of(asked_.server_pids)) {
        row.server_cpu = last_cpu_s_ ? used->cpu_s - *last_cpu_s_ : 0;
        row.server_rss_kb = used->rss_kb;
        last_cpu_s_ = used->cpu_s;
      }
    }
    rows.push_back(row);
    if (speak_.json) {
      speak_.out.write(line_of(progress_json(row)));
    } else {
      speak_.status.show(progress_text(row, length_s_));
    }
  }

  run_report report;
  std::vector<second_row> rows;

 private:
  void look(std::optional<usage>& into) {
    if (asked_.server_pids.empty()) return;
    if (const auto used = usage_of(asked_.server_pids)) {
      into = *used;
      if (!last_cpu_s_) last_cpu_s_ = used->cpu_s;
    }
  }

  const run_arguments& asked_;
  const scenario_plan& plan_;
  const run_voices& speak_;
  double length_s_ = 0;
  std::optional<double> last_cpu_s_;
};

outcome<std::vector<std::string>> premium_codes_of(const std::string& file) {
  std::vector<std::string> codes;
  if (file.empty()) return codes;
  std::ifstream from(file);
  if (!from) return fail(errc::usage, "--premium-codes " + file + " cannot be read");
  for (std::string line; std::getline(from, line);) {
    if (line.starts_with("{")) {
      const auto row = json::parse(line, nullptr, false);
      line = row.is_object() ? row.value("code", "") : std::string{};
    }
    if (!line.empty()) codes.push_back(line);
  }
  return codes;
}

outcome<generator_settings> settings_of(const run_arguments& asked, const client_config& config) {
  generator_settings settings;
  for (const auto& each : config.servers) {
    auto where = client::parse_endpoint(each);
    if (!where) return tl::unexpected(where.error());
    settings.servers.push_back(std::move(*where));
  }
  settings.fingerprint = config.trust_fingerprint;
  settings.accounts_dir =
      asked.accounts.empty() ? config.state_dir / "load" : std::filesystem::path(asked.accounts);
  settings.timeout_ms = std::uint64_t{config.timeout_s} * 1000;
  auto codes = premium_codes_of(asked.premium_codes);
  if (!codes) return tl::unexpected(codes.error());
  settings.premium_codes = std::move(*codes);
  return settings;
}

/// What is asked of the server's processes has to be seen.
outcome<void> check_thresholds(const run_arguments& asked, const scenario_plan& plan) {
  if (auto used = usage_of(asked.server_pids); !used) return tl::unexpected(used.error());
  if (!asked.server_pids.empty()) return {};
  for (const auto& each : plan.thresholds) {
    if (!is_server_figure(each.figure)) continue;
    return fail(errc::usage,
                asked.scenario + ": the threshold on " + each.figure + " needs --server-pid PID");
  }
  return {};
}

void print(const run_report& report, const run_voices& speak) {
  speak.status.clear();
  speak.out.write(speak.json ? line_of(summary_json(report)) : summary_text(report));
}

}  // namespace

outcome<int> run_scenario(const run_arguments& asked, const client_config& config,
                          const run_voices& speak) {
  auto source = source_of(asked.scenario);
  if (!source) return tl::unexpected(source.error());
  client::asio_runtime world;
  const std::uint64_t seed = asked.seed != 0 ? asked.seed : world.random() >> 1;
  const bool is_shipped = find_shipped(asked.scenario) != nullptr;
  auto stories = story_machine::load(is_shipped ? asked.scenario + ".lua" : asked.scenario, *source,
                                     asked.changes, seed);
  if (!stories) return tl::unexpected(stories.error());
  if (auto good = check_thresholds(asked, stories->plan()); !good) {
    return tl::unexpected(good.error());
  }
  auto settings = settings_of(asked, config);
  if (!settings) return tl::unexpected(settings.error());

  speak.status.say("scenario " + stories->plan().name + ", seed " + std::to_string(seed));
  watcher watching(asked, stories->plan(), speak);
  generator players(world, *stories, std::move(*settings), watching);
  const auto edge = world.read_from(client::interruption::edge(), [&](bytes_view) {
    speak.status.say("ending; once more ends at once");
    players.interrupt();
  });
  auto measured = players.run();
  if (!measured) return tl::unexpected(measured.error());
  run_report& report = watching.report;
  report.scenario = stories->plan().name;
  report.title = stories->plan().title;
  report.measured = std::move(*measured);
  report.measured.rows = std::move(watching.rows);
  report.thresholds = judge(stories->plan().thresholds,
                            [&](const std::string& figure) { return figure_of(report, figure); });
  print(report, speak);
  if (report.measured.server_lost) {
    return fail(errc::server_unreachable, report.measured.trouble);
  }
  if (report.measured.broken) return tl::unexpected(*report.measured.broken);
  return static_cast<int>(exit_of(report));
}

}  // namespace uod::load
