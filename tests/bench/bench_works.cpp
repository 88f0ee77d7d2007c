// Method. Each work is a shipped scenario of `uod-load`, played against a fresh node of its own:
// real sockets (loopback), TLS 1.3 (P-256), texts of 128 octets that are sealed from person to
// person, every message durable before it is acknowledged or delivered, and the oracle's word that
// each arrived once, in order, unaltered. Generator and node share the machine's cores: where
// `generator_cpu` comes close to 1.00 (of one core), the generator was the limit.
//
// A closed loop: 100 pairs, a writer keeps `window` messages under way. AR open: so many a second
// by plan from all pairs, latency from the planned instant. B: people who are logged in and silent;
// what the node's resident set grew by, a session. C: log-ins, each with a connection, a handshake
// and the authentication of its own, by password key (new) or by ticket and token (resumed); beside
// them what bare OpenSSL does of the same handshakes with a core of its own, in the same run. G:
// work A with 5, 50, 500 and 5,000 pairs, in each of which one message is under way.
//
// Rates, latencies and CPU are medians of three runs; B, G and the handshakes are single ones.
#include "tests/bench/bench_works.hpp"

#include <algorithm>
#include <ctime>

#include "tests/bench/bare_tls.hpp"
#include "tests/bench/load_process.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/node_process.hpp"

namespace uod::bench {
namespace {

using nlohmann::json;

/// In less, a loaded machine may not bring a single message all the way.
constexpr double run_s_min = 1;

struct works {
  report& out;
  double seconds;
  std::filesystem::path server_program;
  std::filesystem::path load_program;
  std::filesystem::path directory;

  /// One run on a fresh node.
  json run(const std::vector<std::string>& words) const {
    node_process node(server_program, directory / "node");
    auto summary = run_load(load_program, words, node.where(), node.pid(), directory / "accounts");
    node.stop();
    std::filesystem::remove_all(directory / "accounts");
    return summary;
  }

  std::vector<json> runs(std::vector<std::string> words, int count) const {
    words.insert(words.end(), {"--duration", std::to_string(std::max(seconds, run_s_min))});
    std::vector<json> all;
    for (int run_number = 0; run_number < count; ++run_number) all.push_back(run(words));
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

void bench_chat(const works& all) {
  for (const std::string window : {"8", "1", "16"}) {
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

void bench_growth(const works& all) {
  for (const std::string users : {"10", "100", "1000", "10000"}) {
    progress("works: G, " + users + " sessions");
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

/// What the server's side of handshakes costs bare OpenSSL, with a core of its own.
double bare_handshakes_per_s(bool resumed, double seconds) {
  bare_tls bare(must(make_tls_identity(key_kind::ec_p256, "uod-bench", std::time(nullptr)), "key"));
  bare.connect(false);  // for its ticket
  double server_cpu_s = 0;
  int count = 0;
  const double from = wall_s();
  while (count == 0 || wall_s() - from < seconds) {
    server_cpu_s += bare.connect(resumed).server_cpu_s;
    ++count;
  }
  return count / server_cpu_s;
}

void bench_log_in(const works& all) {
  for (const bool resumed : {false, true}) {
    const std::string name = resumed ? "resumed" : "new";
    progress("works: C, " + name);
    const auto runs =
        all.runs({"login-storm", "--set", std::string("tls=") + (resumed ? "resumed" : "full")}, 3);
    all.out.add("C, log-ins, " + name,
                {{"logins_per_s", median_of(runs, "/logins_per_s"), 0},
                 {"p99_ms", median_of(runs, "/login_ms/p99"), 1},
                 {"bare_handshakes_per_s", bare_handshakes_per_s(resumed, all.seconds), 0},
                 {"server_cpu_s_per_1000", median_of(runs, "/server/cpu_s_per_1000"), 4},
                 {"generator_cpu", median_of(runs, "/generator/cpu_fraction"), 2}});
  }
}

}  // namespace

void bench_works(report& out, double seconds, const std::filesystem::path& server_program,
                 const std::filesystem::path& load_program,
                 const std::filesystem::path& directory) {
  out.begin_part(
      "works",
      "uod-load against a fresh node each: TLS 1.3, 128-byte texts sealed from person to "
      "person, durable; the generator shares the cores; medians of three, B and G single runs.");
  const works all{out, seconds, server_program, load_program, directory};
  bench_chat(all);
  bench_idle(all);
  bench_log_in(all);
  bench_growth(all);
}

}  // namespace uod::bench
