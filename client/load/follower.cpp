#include "client/load/follower.hpp"

#include "client/load/prepared_run.hpp"
#include "client/load/server_usage.hpp"

namespace uod::load {
namespace {

/// Seconds that are kept for the report: more than a day of them nobody looks at.
constexpr std::size_t rows_max = 100'000;

}  // namespace

follower::follower(const run_arguments& asked, const scenario_plan& plan, const run_voices& speak)
    : asked_(asked), speak_(speak) {
  for (const auto& each : plan.phases) length_s_ += each.seconds;
}

void follower::on_stage(const std::string& what) { speak_.status.show(what + " …"); }

void follower::look(std::optional<usage>& into) {
  if (asked_.server_pids.empty()) return;
  if (const auto used = usage_of(asked_.server_pids)) into = *used;
}

void follower::on_clock() {
  if (asked_.server_pids.empty()) return;
  if (const auto used = usage_of(asked_.server_pids)) last_cpu_s_ = used->cpu_s;
}

void follower::on_second(const second_row& told) {
  second_row row = told;
  if (!asked_.server_pids.empty()) {
    if (const auto used = usage_of(asked_.server_pids)) {
      row.server_cpu = last_cpu_s_ ? used->cpu_s - *last_cpu_s_ : 0;
      row.server_rss_kb = used->rss_kb;
      last_cpu_s_ = used->cpu_s;
    }
  }
  if (report.seconds.size() < rows_max) report.seconds.emplace_back(row);
  if (speak_.json) {
    if (!speak_.quiet) speak_.out.write(line_of(progress_json(row)));
  } else {
    speak_.status.show(progress_text(row, length_s_));
  }
}

}  // namespace uod::load
