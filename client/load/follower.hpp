#pragma once

#include <optional>

#include "client/load/generator.hpp"
#include "client/load/run.hpp"
#include "client/load/summary.hpp"

namespace uod::load {

/// Follows a run for a person or a script, and looks at the server's processes meanwhile.
class follower final : public run_watcher {
 public:
  /// All must outlive it.
  follower(const run_arguments& asked, const scenario_plan& plan, const run_voices& speak);

  void on_stage(const std::string& what) override;
  void on_people_coming() override { look(report.server_before); }
  void on_measuring(bool begins) override { look(begins ? report.server_from : report.server_to); }
  void on_clock() override;
  [[nodiscard]] bool is_heard() const override { return !speak_.out.closed(); }
  void on_print(const std::string& text) override { speak_.status.say(text); }
  void on_warning(const std::string& text) override { speak_.status.say(text); }
  void on_ready(std::function<void(std::uint64_t)> go) override { go(now_ns()); }
  void on_second(const second_row& told) override;

  run_report report;  ///< what was seen of the server, and the seconds

 private:
  void look(std::optional<usage>& into);

  const run_arguments& asked_;
  const run_voices& speak_;
  double length_s_ = 0;
  std::optional<double> last_cpu_s_;
};

}  // namespace uod::load
