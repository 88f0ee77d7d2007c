#include "client/load/program.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <exception>
#include <nlohmann/json.hpp>

#include "client/commands/exit_codes.hpp"
#include "client/commands/interruption.hpp"
#include "client/load/capacity.hpp"
#include "client/load/compare.hpp"
#include "client/load/prepared_run.hpp"
#include "client/load/run.hpp"
#include "client/load/shipped.hpp"

namespace uod::load {
namespace {

using nlohmann::json;

/// stdout and stderr, and how they are spoken to.
class voices {
 public:
  voices(bool as_json, bool quiet)
      : status_(err_, {terminal::can_animate(STDERR_FILENO) && !as_json, quiet, false, "uod-load"}),
        json_(as_json),
        quiet_(quiet) {}

  [[nodiscard]] run_voices of() { return {out_, status_, json_, quiet_}; }

  /// Says what went wrong, and gives its exit code.
  int end(const error& why) {
    if (out_.closed() && client::interruption::received() == 0) return 1;
    status_.clear();
    // What is wrong with a scenario or a word says so itself.
    const bool tells = why.code == errc::usage && !why.detail.empty();
    status_.say_failure(tells ? why.detail : client::explain(why));
    if (json_) {
      const json row{{"type", "error"},
                     {"code", code_name(why.code)},
                     {"message", tells ? why.detail : to_text(why)},
                     {"detail", why.detail}};
      out_.write(line_of(row));
    }
    return static_cast<int>(client::exit_code_of(why.code));
  }

 private:
  terminal::descriptor_output out_{STDOUT_FILENO, client::interruption::level()};
  terminal::descriptor_output err_{STDERR_FILENO, client::interruption::level()};
  terminal::status_line status_;
  bool json_;
  bool quiet_;
};

/// A connection is a descriptor: as many as the system lets us have.
void raise_descriptors() {
  rlimit bound{};
  if (::getrlimit(RLIMIT_NOFILE, &bound) != 0) return;
  bound.rlim_cur = bound.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &bound);
}

int list(const run_voices& speak) {
  for (const auto& each : shipped_scenarios()) {
    std::string line(each.name);
    if (speak.json) {
      line = json{{"type", "scenario"}, {"name", each.name}, {"title", each.title()}}.dump();
    } else {
      line.resize(std::max<std::size_t>(line.size() + 1, 18), ' ');
      line += each.title();
    }
    speak.out.write(line + "\n");
  }
  return 0;
}

outcome<int> show(const show_arguments& asked, const run_voices& speak) {
  const auto* found = find_shipped(asked.name);
  if (found == nullptr) {
    return fail(errc::usage, "there is no scenario \"" + asked.name + "\"; see uod-load list");
  }
  if (speak.json) {
    speak.out.write(
        line_of({{"type", "scenario"}, {"name", found->name}, {"source", found->source}}));
  } else {
    speak.out.write(found->source);
  }
  return 0;
}

outcome<int> carry_out(const load_invocation& asked, const run_voices& speak) {
  if (std::holds_alternative<list_arguments>(asked.what)) return list(speak);
  if (const auto* shown = std::get_if<show_arguments>(&asked.what)) return show(*shown, speak);
  auto config = load_client_config(asked.overrides);
  if (!config) return tl::unexpected(config.error());
  raise_descriptors();
  if (const auto* search = std::get_if<capacity_arguments>(&asked.what)) {
    return find_capacity(*search, config->config, speak);
  }
  if (const auto* two = std::get_if<compare_arguments>(&asked.what)) {
    return compare_runs(*two, config->config, speak);
  }
  return run_scenario(std::get<run_arguments>(asked.what), config->config, speak);
}

bool asks_for_json(const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), "--json") != words.end();
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
  const auto signals = client::interruption::install();
  voices first(asks_for_json(words), false);
  if (!signals) return first.end(signals.error());
  try {
    const auto parsed = parse_load_arguments(words);
    if (!parsed) return first.end(parsed.error());
    if (const auto* told = std::get_if<load_told>(&*parsed)) {
      if (told->asked_for) {
        first.of().out.write(told->text);
        return 0;
      }
      first.of().status.say_failure("no command was given; see uod-load --help");
      return static_cast<int>(client::exit_code::usage);
    }
    const auto& asked = std::get<load_invocation>(*parsed);
    voices speak(asked.json, asked.quiet);
    const auto code = carry_out(asked, speak.of());
    return code ? *code : speak.end(code.error());
  } catch (const std::exception& problem) {
    return first.end({errc::internal, problem.what()});
  }
}

}  // namespace uod::load
