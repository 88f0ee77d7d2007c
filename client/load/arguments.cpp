#include "client/load/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "client/load/capacity_search.hpp"

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
    add_capacity();
    add_compare();
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
    if (auto read = read_changes("--set", set_, run_.changes.set); !read) {
      return tl::unexpected(read.error());
    }
    for (const auto pid : pids_) run_.server_pids.push_back(static_cast<pid_t>(pid));
    made_.what = *chosen_;
    if (std::holds_alternative<run_arguments>(made_.what)) made_.what = run_;
    if (std::holds_alternative<capacity_arguments>(made_.what)) {
      capacity_.run = run_;
      made_.what = capacity_;
    }
    if (std::holds_alternative<compare_arguments>(made_.what)) {
      for (std::size_t at = 0; at < side_set_.size(); ++at) {
        auto& side = compare_.sides[at];
        side.server_pid = static_cast<pid_t>(side_pid_[at]);
        const std::string flag = at == 0 ? "--a-set" : "--b-set";
        if (auto read = read_changes(flag, side_set_[at], side.set); !read) {
          return tl::unexpected(read.error());
        }
      }
      compare_.run = run_;
      made_.what = compare_;
    }
    return made_;
  }

 private:
  static outcome<void> read_changes(const std::string& flag, const std::vector<std::string>& given,
                                    std::vector<std::pair<std::string, std::string>>& into) {
    for (const auto& each : given) {
      const auto equals = each.find('=');
      if (equals == std::string::npos || equals == 0) {
        return wrong(flag + " takes KEY=VALUE, not \"" + each + "\"");
      }
      into.emplace_back(each.substr(0, equals), each.substr(equals + 1));
    }
    return {};
  }

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
    add_run_options(sub);
    sub->add_option("--rate", run_.changes.rate,
                    "So many a second by plan (open model), instead of what is declared")
        ->type_name("N");
    sub->add_option("--report", run_.report, "Write a report with plots")->type_name("FILE.html");
    // Not for people: between the processes of --generators.
    sub->add_flag("--worker", run_.is_worker)->group("");
    sub->add_option("--share", run_.changes.share)->group("");
    sub->callback([this] { chosen_ = run_; });
  }

  void add_capacity() {
    auto* sub = app_.add_subcommand("capacity", "Find the highest rate at which thresholds hold");
    sub->fallthrough();
    sub->footer(
        "Example:\n"
        "  uod-load capacity chat-pairs --duration 5 --hold 'latency_ms.p99 <= 20'\n"
        "\n"
        "Doubles the rate until something falls short, then closes in. The scenario's own\n"
        "thresholds have to hold as well, and the oracle has to find nothing.");
    add_run_options(sub);
    sub->add_option("--from", capacity_.from, "The first rate that is tried (500)")
        ->type_name("N")
        ->check(CLI::Range(capacity_search::rate_min, capacity_search::rate_max));
    sub->add_option("--hold", capacity_.holds, "A threshold; repeatable (latency_ms.p99 <= 100)")
        ->type_name("'FIGURE <= N'")
        ->allow_extra_args(false);
    sub->add_option("--precision", capacity_.precision,
                    "How close the lowest that falls short may lie above (0.05)")
        ->type_name("PART")
        ->check(CLI::Range(0.001, 1.0));
    sub->callback([this] { chosen_ = capacity_; });
  }

  void add_compare() {
    auto* sub = app_.add_subcommand("compare", "Compare two servers, or two settings, in turns");
    sub->fallthrough();
    sub->footer(
        "Examples:\n"
        "  uod-load compare chat-pairs --a-server old:7400 --b-server new:7400 --rounds 7\n"
        "  uod-load compare chat-pairs --a-set sealed=false --b-set sealed=true");
    add_run_options(sub);
    sub->add_option("--rate", run_.changes.rate, "So many a second by plan (open model)")
        ->type_name("N");
    sub->add_option("--rounds", compare_.rounds, "How often each is played (5)")
        ->type_name("N")
        ->check(CLI::Range(3U, 1000U));
    for (std::size_t at = 0; at < side_set_.size(); ++at) {
      const std::string side = at == 0 ? "--a-" : "--b-";
      const std::string name = at == 0 ? "A" : "B";
      sub->add_option(side + "server", compare_.sides[at].server, "The server of " + name)
          ->type_name("HOST:PORT");
      sub->add_option(side + "server-pid", side_pid_[at], "Its process")
          ->type_name("PID")
          ->check(CLI::PositiveNumber);
      sub->add_option(side + "set", side_set_[at], "As --set, for " + name + " only")
          ->type_name("KEY=VALUE")
          ->allow_extra_args(false);
    }
    sub->callback([this] { chosen_ = compare_; });
  }

  /// What all that play a scenario take.
  void add_run_options(CLI::App* sub) {
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
    sub->add_option("--set", set_, "Give what the scenario declares another value; repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    sub->add_option("--server-pid", pids_, "The server's processes, to see what they take")
        ->type_name("PID")
        ->check(CLI::PositiveNumber);
    sub->add_option("--generators", run_.generators, "Split the load over so many processes (1)")
        ->type_name("N")
        ->check(CLI::Range(1U, generators_max));
    sub->add_option("--accounts", run_.accounts,
                    "Where accounts are kept for the next run (~/.local/state/uod/load)")
        ->type_name("DIR");
    sub->add_option("--premium-codes", run_.premium_codes,
                    "Codes for those who broadcast, one a line or as `premium-code create --json`")
        ->type_name("FILE");
    sub->add_option("--seed", run_.seed,
                    "Of what stories draw by chance; printed where none is given")
        ->type_name("N");
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
  capacity_arguments capacity_;
  compare_arguments compare_;
  std::array<std::vector<std::string>, 2> side_set_;
  std::array<std::int64_t, 2> side_pid_{};
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
