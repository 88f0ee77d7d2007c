#include "client/load/prepared_run.hpp"

#include <fstream>
#include <sstream>

#include "client/load/server_usage.hpp"
#include "client/load/shipped.hpp"

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
  if (!asked.server_pids.empty() || asked.is_worker) return {};
  for (const auto& each : plan.thresholds) {
    if (!is_server_figure(each.figure)) continue;
    return fail(errc::usage,
                asked.scenario + ": the threshold on " + each.figure + " needs --server-pid PID");
  }
  return {};
}

}  // namespace

outcome<prepared_run> prepare_run(const run_arguments& asked, const client_config& config,
                                  std::uint64_t random) {
  auto source = source_of(asked.scenario);
  if (!source) return tl::unexpected(source.error());
  const std::uint64_t seed = asked.seed != 0 ? asked.seed : random >> 1;
  const bool is_shipped = find_shipped(asked.scenario) != nullptr;
  auto stories = story_machine::load(is_shipped ? asked.scenario + ".lua" : asked.scenario, *source,
                                     asked.changes, seed);
  if (!stories) return tl::unexpected(stories.error());
  if (auto good = check_thresholds(asked, stories->plan()); !good) {
    return tl::unexpected(good.error());
  }
  auto settings = settings_of(asked, config);
  if (!settings) return tl::unexpected(settings.error());
  return prepared_run{std::move(*stories), std::move(*settings), seed};
}

std::string line_of(const json& row) {
  return row.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

}  // namespace uod::load
