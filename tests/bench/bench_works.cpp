// Method. Each work is a shipped scenario of `uod-load`, played against a fresh node of its own:
// real sockets (loopback), TLS 1.3 (P-256), texts of 128 octets that are sealed from person to
// person, every message durable before it is acknowledged or delivered, and the oracle's word that
// each arrived once, in order, unaltered. Generator and node share the machine's cores: where
// `generator_cpu` comes close to 1.00 (of one core), the generator was the limit.
//
// A closed loop: 100 pairs, a writer keeps `window` messages under way. In turns with it, where it
// is installed, InspIRCd, which stores nothing and seals nothing, does the same with a crowd of our
// own (tests/bench/irc_crowd). AR open: so many a second
// by plan from all pairs, latency from the planned instant. B: people who are logged in and silent;
// what the node's resident set grew by, a session. C: log-ins, each with a connection, a handshake
// and the authentication of its own, by password key (new) or by ticket and token (resumed); beside
// them what this machine does of the same handshakes in bare OpenSSL, both sides on all its cores,
// with neither sockets nor people, in the same run; new ones also with the key that a node makes
// for itself, RSA-3072. E: the node is killed in the middle of work A
// and started again; what the oracle missed, and how long until everybody was back. G: 5, 50, 500
// and 5,000 pairs, once with 5,000 messages a second by plan over all of them, which shows what a
// session more costs, and once with one message of each pair under way, where also the batches
// grow. (D: the part `broadcast`.)
//
// Rates, latencies and CPU are medians of three runs; B, E, G with a window and the handshakes are
// single ones.
#include "tests/bench/bench_works.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <future>
#include <thread>

#include "tests/bench/bare_tls.hpp"
#include "tests/bench/inspircd_process.hpp"
#include "tests/bench/irc_crowd.hpp"
#include "tests/bench/load_process.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/node_process.hpp"
#include "tests/bench/process_usage.hpp"

namespace uod::bench {
namespace {

using nlohmann::json;

/// In less, a loaded machine may not bring a single message all the way.
constexpr double run_s_min = 1;
/// Of the node: as peers are usually set up. A node makes itself RSA-3072 unless it is told.
constexpr const char* key_usual = "ec:P-256";
constexpr std::size_t pairs_count = 100;
constexpr std::size_t window_usual = 8;
constexpr double irc_warm_up_s = 1;
/// From the beginning of a run with accounts that are there to the kill, and from there to its end.
constexpr double until_killed_s = 4;
constexpr double after_killed_s = 4;

struct works {
  report& out;
  double seconds;
  std::filesystem::path server_program;
  std::filesystem::path load_program;
  std::filesystem::path directory;

  /// One run on a fresh node.
  json run(const std::vector<std::string>& words, const std::string& key) const {
    node_process node(server_program, directory / "node", key);
    auto summary = run_load(load_program, words, node.where(), node.pid(), directory / "accounts");
    node.stop();
    std::filesystem::remove_all(directory / "accounts");
    return summary;
  }

  std::vector<json> runs(std::vector<std::string> words, int count,
                         const std::string& key = key_usual) const {
    words.insert(words.end(), {"--duration", std::to_string(std::max(seconds, run_s_min))});
    std::vector<json> all;
    for (int run_number = 0; run_number < count; ++run_number) all.push_back(run(words, key));
    return all;
  }
};

double number_at(const json& summary, const std::string& pointer) {
  const json::json_pointer at(pointer);
  if (!summary.contains(at) || !summary.at(at).is_number()) return 0;
  return summary.at(at).get<double>();
}

double median_of(const std::vector<json>& runs, const std::string& pointer) {
  std::vector<double> values;
  for (const auto& each : runs) values.push_back(number_at(each, pointer));
  return median(values);
}

void add_messages(const works& all, const std::string& name, const std::vector<json>& runs) {
  all.out.add(name, {{"delivered_per_s", median_of(runs, "/delivered_per_s"), 0},
                     {"p50_ms", median_of(runs, "/latency_ms/p50"), 2},
                     {"p99_ms", median_of(runs, "/latency_ms/p99"), 2},
                     {"p99.9_ms", median_of(runs, "/latency_ms/p99.9"), 2},
                     {"server_cpu_s_per_1000", median_of(runs, "/server/cpu_s_per_1000"), 4},
                     {"generator_cpu", median_of(runs, "/generator/cpu_fraction"), 2}});
}

/// What InspIRCd made of work A.
struct irc_figures {
  std::vector<double> per_s;
  std::vector<double> p50_ms;
  std::vector<double> p99_ms;
  std::vector<double> server_cpu_s_per_1000;
  std::vector<double> generator_cpu;

  void add_run(const works& all, const std::filesystem::path& program) {
    const inspircd_process server(program, all.directory / "inspircd");
    irc_crowd people(server.port(), 2 * pairs_count);
    const double cpu_from_s = cpu_s_of(server.pid());
    const double from_s = wall_s();
    const double seconds = std::max(all.seconds, run_s_min);
    const auto run = people.chat(window_usual, irc_warm_up_s, seconds);
    // The node's CPU time includes the warm-up, so it is set against all that time.
    const double cpu = (cpu_s_of(server.pid()) - cpu_from_s) / (wall_s() - from_s);
    per_s.push_back(static_cast<double>(run.latencies_us.size()) / run.seconds);
    p50_ms.push_back(percentile_ms(run.latencies_us, 0.5));
    p99_ms.push_back(percentile_ms(run.latencies_us, 0.99));
    server_cpu_s_per_1000.push_back(cpu / per_s.back() * 1000);
    generator_cpu.push_back(run.cpu_s / run.seconds);
  }
};

/// Work A as it is usually compared, in turns with InspIRCd.
void bench_beside_inspircd(const works& all) {
  const auto program = inspircd_process::program();
  if (!program) progress("works: inspircd is not installed, so there is none beside ours");
  std::vector<json> ours;
  irc_figures theirs;
  for (int turn = 1; turn <= runs_count; ++turn) {
    progress("works: A, window 8, turn " + std::to_string(turn));
    const auto window = "window=" + std::to_string(window_usual);
    ours.push_back(all.runs({"chat-pairs", "--users", "200", "--set", window}, 1).front());
    if (program) theirs.add_run(all, *program);
  }
  add_messages(all, "A, 100 pairs, window 8", ours);
  if (!program) return;
  all.out.add("the same, inspircd",
              {{"delivered_per_s", median(theirs.per_s), 0},
               {"p50_ms", median(theirs.p50_ms), 2},
               {"p99_ms", median(theirs.p99_ms), 2},
               {"server_cpu_s_per_1000", median(theirs.server_cpu_s_per_1000), 4},
               {"generator_cpu", median(theirs.generator_cpu), 2},
               {"ours_to_it", median_of(ours, "/delivered_per_s") / median(theirs.per_s), 2}});
}

void bench_chat(const works& all) {
  bench_beside_inspircd(all);
  for (const std::string window : {"1", "16"}) {
    progress("works: A, window " + window);
    add_messages(all, "A, 100 pairs, window " + window,
                 all.runs({"chat-pairs", "--users", "200", "--set", "window=" + window}, 3));
  }
  for (const std::string rate : {"500", "5000"}) {
    progress("works: AR, " + rate + "/s");
    add_messages(all, "AR, " + rate + "/s by plan",
                 all.runs({"chat-pairs", "--users", "200", "--rate", rate}, 3));
  }
}

/// By plan the work is the same however many share it; with a window it grows with them as well,
/// and so do the batches.
void bench_growth(const works& all) {
  for (const std::string users : {"10", "100", "1000", "10000"}) {
    progress("works: G, " + users + " sessions");
    add_messages(all, "G, " + users + " sessions, 5000/s by plan",
                 all.runs({"chat-pairs", "--users", users, "--rate", "5000"}, 3));
    add_messages(all, "G, " + users + " sessions, window 1",
                 all.runs({"chat-pairs", "--users", users, "--set", "window=1"}, 1));
  }
}

void bench_idle(const works& all) {
  for (const std::string users : {"1000", "5000", "10000"}) {
    progress("works: B, " + users + " idle sessions");
    const auto run = all.runs({"idle", "--users", users}, 1).front();
    all.out.add("B, " + users + " idle sessions",
                {{"kb_per_session", number_at(run, "/server/rss_kb_per_session"), 1},
                 {"connected", number_at(run, "/connected"), 0}});
  }
}

/// What this machine does of handshakes in bare OpenSSL: both sides, on all its cores.
double bare_handshakes_per_s(const std::string& key, bool resumed, double seconds) {
  const auto kind = must(parse_key_kind(key), "a kind of key");
  const auto identity = must(make_tls_identity(kind, "uod-bench", std::time(nullptr)), "key");
  std::atomic<int> count{0};
  const double from = wall_s();
  std::vector<std::thread> cores;
  for (unsigned core = 0; core < std::max(1U, std::thread::hardware_concurrency()); ++core) {
    cores.emplace_back([&] {
      bare_tls bare(identity);
      bare.connect(false);  // for its ticket
      do {
        bare.connect(resumed);
        ++count;
      } while (wall_s() - from < seconds);
    });
  }
  for (auto& each : cores) each.join();
  return count / (wall_s() - from);
}

void bench_log_ins(const works& all, const std::string& name, const std::string& key,
                   bool resumed) {
  progress("works: C, " + name);
  const std::string tls = resumed ? "tls=resumed" : "tls=full";
  const auto runs = all.runs({"login-storm", "--set", tls}, 3, key);
  const double logins_per_s = median_of(runs, "/logins_per_s");
  const double bare_per_s = bare_handshakes_per_s(key, resumed, all.seconds);
  all.out.add("C, log-ins, " + name,
              {{"logins_per_s", logins_per_s, 0},
               {"p99_ms", median_of(runs, "/login_ms/p99"), 1},
               {"bare_handshakes_per_s", bare_per_s, 0},
               {"logins_to_bare", logins_per_s / bare_per_s, 2},
               {"server_cpu_s_per_1000", median_of(runs, "/server/cpu_s_per_1000"), 4},
               {"generator_cpu", median_of(runs, "/generator/cpu_fraction"), 2}});
}

void bench_log_in(const works& all) {
  bench_log_ins(all, "new, RSA-3072", "rsa:3072", false);
  bench_log_ins(all, "new, P-256", key_usual, false);
  bench_log_ins(all, "resumed", key_usual, true);
}

void bench_kill(const works& all) {
  progress("works: E, a kill and a return");
  node_process node(all.server_program, all.directory / "node");
  const auto load = [&](double duration_s) {
    return run_load(
        all.load_program,
        {"chat-pairs", "--users", "200", "--set", "window=" + std::to_string(window_usual),
         "--duration", std::to_string(duration_s)},
        node.where(), 0, all.directory / "accounts");
  };
  load(run_s_min);  // makes the accounts
  auto running = std::async(std::launch::async, load, until_killed_s + after_killed_s);
  std::this_thread::sleep_for(std::chrono::duration<double>(until_killed_s));
  node.kill_and_restart();
  const auto summary = running.get();  // throws where the oracle found a fault
  node.stop();
  std::filesystem::remove_all(all.directory / "accounts");
  const double cut_off = number_at(summary, "/disconnects");
  if (cut_off == 0) throw std::runtime_error("the kill came too late");
  all.out.add("E, killed under A", {{"acknowledged", number_at(summary, "/acknowledged"), 0},
                                    {"cut_off", cut_off, 0},
                                    {"lost", number_at(summary, "/oracle/lost"), 0},
                                    {"doubled", number_at(summary, "/oracle/doubled"), 0},
                                    {"disordered", number_at(summary, "/oracle/disordered"), 0},
                                    {"everybody_back_s", number_at(summary, "/reconnect_s"), 2}});
}

}  // namespace

void bench_works(report& out, double seconds, const std::filesystem::path& server_program,
                 const std::filesystem::path& load_program,
                 const std::filesystem::path& directory) {
  out.begin_part(
      "works",
      "uod-load against a fresh node each: TLS 1.3, 128-byte texts sealed from person to "
      "person, durable; the generator shares the cores; medians of three, B, E, G single runs.");
  const works all{out, seconds, server_program, load_program, directory};
  bench_chat(all);
  bench_idle(all);
  bench_log_in(all);
  bench_kill(all);
  bench_growth(all);
}

}  // namespace uod::bench
