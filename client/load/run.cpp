#include "client/load/run.hpp"

#include "client/commands/interruption.hpp"
#include "client/load/coordinator.hpp"
#include "client/load/follower.hpp"
#include "client/load/prepared_run.hpp"
#include "client/load/report_html.hpp"
#include "client/load/worker.hpp"

namespace uod::load {
namespace {

/// Judges what was measured.
run_report conclude(const run_arguments& asked, const scenario_plan& plan, follower& following,
                    measurements measured) {
  run_report report = std::move(following.report);
  report.scenario = plan.name;
  report.title = plan.title;
  report.generators = asked.generators;
  report.measured = std::move(measured);
  report.thresholds =
      judge(plan.thresholds, [&](const std::string& figure) { return figure_of(report, figure); });
  return report;
}

}  // namespace

outcome<run_report> play_scenario(const run_arguments& asked, const client_config& config,
                                  const run_voices& speak) {
  client::asio_runtime world;
  auto prepared = prepare_run(asked, config, world.random());
  if (!prepared) return tl::unexpected(prepared.error());
  const scenario_plan& plan = prepared->stories.plan();
  speak.status.say("scenario " + plan.name + ", seed " + std::to_string(prepared->seed));
  follower following(asked, plan, speak);
  outcome<measurements> measured;
  if (asked.generators > 1) {
    run_arguments shared = asked;
    shared.seed = prepared->seed;
    measured = coordinate(world, shared, config, plan, following);
  } else {
    generator players(world, prepared->stories, std::move(prepared->settings), following);
    const auto edge = world.read_from(client::interruption::edge(), [&](bytes_view) {
      speak.status.say("ending; once more ends at once");
      players.interrupt();
    });
    measured = players.run();
  }
  if (!measured) return tl::unexpected(measured.error());
  return conclude(asked, plan, following, std::move(*measured));
}

std::optional<error> broken_off(const run_report& report) {
  if (report.measured.server_lost) return error{errc::server_unreachable, report.measured.trouble};
  return report.measured.broken;
}

std::optional<error> why_unusable(const run_report& report) {
  if (auto broken = broken_off(report)) return broken;
  if (report.measured.interrupted) return error{errc::interrupted};
  return std::nullopt;
}

outcome<int> run_scenario(const run_arguments& asked, const client_config& config,
                          const run_voices& speak) {
  if (asked.is_worker) return run_worker(asked, config, speak.out);
  const auto report = play_scenario(asked, config, speak);
  if (!report) return tl::unexpected(report.error());
  outcome<void> written;
  if (!asked.report.empty()) written = write_report(asked.report, report_html(*report));
  speak.status.clear();
  speak.out.write(speak.json ? line_of(summary_json(*report)) : summary_text(*report));
  if (!written) return tl::unexpected(written.error());
  if (auto broken = broken_off(*report)) return tl::unexpected(*broken);
  return static_cast<int>(exit_of(*report));
}

}  // namespace uod::load
