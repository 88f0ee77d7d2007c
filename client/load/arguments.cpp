#include "client/load/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace uod::load {
namespace {

constexpr std::uint32_t generators_max = 64;  ///< as many as there are sets of accounts

class command_line {
 public:
  command_line() {
    app_.set_version_flag("--version", "uod-load " UOD_VERSION, "Print the version");
    app_.set_help_flag("-h,--help", "Print this help");
    app_.require_subcommand(0, 1);
    app_.get_formatter()->column_width(34);
    app_.footer(
        "Examples:\n"
        "  uod-server run --config config/load-test.toml --data-dir /tmp/node\n"
        "  uod-load run chat-pairs --server localhost:7400\n"
        "  uod-load run chat-pairs --rate 500 --duration 30 --json\n"
        "  uod-load show chat-pairs > mine.lua && uod-load run mine.lua\n"
        "\n"
        "Exit codes: 0 thresholds hold and nothing was lost; 10 a threshold fell short; 11 a\n"
        "message was lost, doubled, out of order or altered; 2 usage or a wrong scenario; 6 the\n"
        "server was not reached, or went away.");
    app_.add_flag("--json", made_.json, "Print JSON Lines on stdout");
    app_.add_flag("-q,--quiet", made_.quiet, "Say only what goes wrong, and the summary");
    app_.add_flag("--no-color", made_.overrides.no_color, "No colours");
    add_run();
    add_list();
  }

  outcome<std::variant<load_invocation, load_told>> parse(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    try {
      app_.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
      return load_told{app_.help()};
    } catch (const CLI::CallForAllHelp&) {
      return load_told{app_.help("", CLI::AppFormatMode::All)};
    } catch (const CLI::CallForVersion& version) {
      return load_told{std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& problem) {
      return wrong(problem.what());
    }
    if (!chosen_) return load_told{app_.help(), false};
    for (const auto& each : set_) {
      const auto equals = each.find('=');
      if (equals == std::string::npos || equals == 0) {
        return wrong("--set takes KEY=VALUE, not \"" + each + "\"");
      }
      run_.changes.set.emplace_back(each.substr(0, equals), each.substr(equals + 1));
    }
    for (const auto pid : pids_) run_.server_pids.push_back(static_cast<pid_t>(pid));
    made_.what = *chosen_;
    if (std::holds_alternative<run_arguments>(made_.what)) made_.what = run_;
    return made_;
  }

 private:
  static tl::unexpected<error> wrong(const std::string& what) {
    return fail(errc::usage, what + "; see uod-load --help");
  }

  void add_run() {
    auto* sub = app_.add_subcommand("run", "Play a scenario against a server, and judge it");
    sub->fallthrough();
    sub->footer(
        "Examples:\n"
        "  uod-load run chat-pairs --users 200 --duration 10 --server-pid $(pidof uod-server)\n"
        "  uod-load run chat-pairs --rate 5000 --set sealed=false --json\n"
        "  uod-load run mine.lua --generators 2 --report run.html\n"
        "\n"
        "Figures for thresholds: delivered_per_s, acknowledged_per_s, sent, delivered, "
        "logins_per_s,\n"
        "latency_ms.p50 (p90, p99, p99.9, p99.99, max, mean), acknowledged_ms.…, login_ms.…,\n"
        "history_ms.…, broadcast_ms.…, history_messages_per_s, broadcast_deliveries_per_s, "
        "errors,\n"
        "errors.rate_limited, disconnects, reconnect_s, connected, oracle.lost,\n"
        "server.cpu_s_per_1000, server.rss_kb_per_session, generator.cpu_fraction.");
    sub->add_option("SCENARIO", run_.scenario, "A Lua file, or a name of `uod-load list`")
        ->required();
    sub->add_option("--server", made_.overrides.servers,
                    "Server; more than one are tried in turn (localhost:7400)")
        ->type_name("HOST:PORT")
        ->allow_extra_args(false);
    sub->add_option("--server-fingerprint", made_.overrides.fingerprint,
                    "Take no other server than the one with this key")
        ->type_name("SHA256:…");
    sub->add_option("--timeout", made_.overrides.timeout_s, "For reaching the server (10)")
        ->type_name("SECONDS");
    sub->add_option("--users", run_.changes.users, "How many people")->type_name("N");
    sub->add_option("--duration", run_.changes.duration_s, "How long is measured")
        ->type_name("SECONDS");
    sub->add_option("--rate", run_.changes.rate,
                    "So many a second by plan (open model), instead of what is declared")
        ->type_name("N");
    sub->add_option("--set", set_, "Give what the scenario declares another value; repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    sub->add_option("--server-pid", pids_, "The server's processes, to see what they take")
        ->type_name("PID")
        ->check(CLI::PositiveNumber);
    sub->add_option("--generators", run_.generators, "Split the load over so many processes (1)")
        ->type_name("N")
        ->check(CLI::Range(1U, generators_max));
    sub->add_option("--report", run_.report, "Write a report with plots")->type_name("FILE.html");
    sub->add_option("--accounts", run_.accounts,
                    "Where accounts are kept for the next run (~/.local/state/uod/load)")
        ->type_name("DIR");
    sub->add_option("--premium-codes", run_.premium_codes,
                    "Codes for those who broadcast, one a line or as `premium-code create --json`")
        ->type_name("FILE");
    sub->add_option("--seed", run_.seed,
                    "Of what stories draw by chance; printed where none is given")
        ->type_name("N");
    // Not for people: between the processes of --generators.
    sub->add_flag("--worker", run_.is_worker)->group("");
    sub->add_option("--share", run_.changes.share)->group("");
    sub->callback([this] { chosen_ = run_; });
  }

  void add_list() {
    auto* sub = app_.add_subcommand("list", "The scenarios that are built in");
    sub->fallthrough();
    sub->footer("Example:\n  uod-load list");
    sub->callback([this] { chosen_ = list_arguments{}; });
    sub = app_.add_subcommand("show", "Print a built-in scenario, to begin one's own with");
    sub->fallthrough();
    sub->footer("Example:\n  uod-load show chat-pairs > mine.lua");
    sub->add_option("NAME", show_.name, "A name of `uod-load list`")->required();
    sub->callback([this] { chosen_ = show_; });
  }

  CLI::App app_{"uod-load, a load tester for UOD Messenger", "uod-load"};
  load_invocation made_;
  std::optional<load_command> chosen_;
  run_arguments run_;
  show_arguments show_;
  std::vector<std::string> set_;
  std::vector<std::int64_t> pids_;
};

}  // namespace

outcome<std::variant<load_invocation, load_told>> parse_load_arguments(
    std::vector<std::string> words) {
  return command_line().parse(std::move(words));
}

}  // namespace uod::load
