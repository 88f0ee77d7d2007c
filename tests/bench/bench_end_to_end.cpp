// Method. A node runs as a process of its own, on a new data directory: real sockets (loopback),
// TLS 1.3, real key share, every message durable before it is acknowledged or delivered. 200
// people, each on the client's engine with a connection of its own, live on one thread of this
// process: 100 pairs, in each of which one writes texts of 128 octets and the other reads. A
// closed loop: each writer keeps `window` messages under way that have not reached their reader.
// Readers mark what they got as delivered, ten times a second, as all clients do; that is written
// and told to the writers as well, and is not counted.
//
// After a warm-up come three runs in a row on the same connections; the median of each figure
// counts. Latency is from before the text is given to the writer's engine to when the reader's
// engine tells of it, of every message of a run. The node's CPU time is what the kernel counts
// for the process. The generator runs on the same cores: what it takes the node cannot have, so
// the CPU time a message says more than the rate; where `generator_cpu` comes close to 1.00 (of
// one core), the generator was the limit. Memory: what the node's resident set grew by when 200
// people had logged in and were silent, a session; at so few it tells more of the allocator than
// of a session.
//
// The limits below it are measured right after, for as many frames a record and rows a commit as
// the run had: what bare OpenSSL and bare SQLite, each with a core of its own, would do of the
// same. They are single runs, not medians, and the rows a commit are the node's messages over all
// its commits, so marks that were committed alone make them look smaller. A message is three
// frames at the node (in, acknowledgement, out) and one row.
#include "tests/bench/bench_end_to_end.hpp"

#include "tests/bench/bench_link.hpp"
#include "tests/bench/bench_store.hpp"
#include "tests/bench/crowd.hpp"
#include "tests/bench/node_process.hpp"

namespace uod::bench {
namespace {

constexpr std::size_t pairs_count = 100;
constexpr std::array<std::size_t, 2> windows{8, 1};
constexpr double warm_up_s_max = 2;
/// In less, a loaded machine may not bring a single message all the way.
constexpr double run_s_min = 1;

/// The figures of one run, by name.
struct run_figures {
  double delivered_per_s = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double p999_ms = 0;
  double server_cpu_s_per_1000 = 0;
  double server_cpu = 0;
  double generator_cpu = 0;
};

run_figures figures_of(crowd_run run, double server_cpu_s) {
  if (run.latencies_us.empty()) throw std::runtime_error("nothing was delivered");
  std::sort(run.latencies_us.begin(), run.latencies_us.end());
  const auto delivered = static_cast<double>(run.latencies_us.size());
  return {delivered / run.seconds,
          percentile_ms(run.latencies_us, 0.5),
          percentile_ms(run.latencies_us, 0.99),
          percentile_ms(run.latencies_us, 0.999),
          server_cpu_s / delivered * 1000,
          server_cpu_s / run.seconds,
          run.cpu_s / run.seconds};
}

void add_runs(report& out, std::size_t window, const std::vector<run_figures>& runs,
              double rows_a_commit) {
  const auto of = [&](double run_figures::*field) {
    std::vector<double> values;
    for (const auto& each : runs) values.push_back(each.*field);
    return median(values);
  };
  out.add("200 connections, window " + std::to_string(window),
          {{"delivered_per_s", of(&run_figures::delivered_per_s), 0},
           {"p50_ms", of(&run_figures::p50_ms), 2},
           {"p99_ms", of(&run_figures::p99_ms), 2},
           {"p99.9_ms", of(&run_figures::p999_ms), 2},
           {"server_cpu_s_per_1000", of(&run_figures::server_cpu_s_per_1000), 4},
           {"server_cpu", of(&run_figures::server_cpu), 2},
           {"generator_cpu", of(&run_figures::generator_cpu), 2},
           {"rows_per_commit", rows_a_commit, 1}});
}

void bench_window(report& out, double seconds, std::size_t window,
                  const std::filesystem::path& server_program,
                  const std::filesystem::path& directory) {
  const std::string name = "window " + std::to_string(window);
  progress("end-to-end: " + name);
  node_process node(server_program, directory / "node");
  const double resident_before_kb = node.resident_kb();
  std::vector<run_figures> runs;
  double session_kb = 0;
  {
    crowd people(node.where(), pairs_count);
    people.settle();
    session_kb = (node.resident_kb() - resident_before_kb) / (2 * pairs_count);
    people.begin(window);
    people.run(std::min(seconds, warm_up_s_max));
    const double run_s = std::max(seconds, run_s_min);
    for (int run = 0; run < runs_count; ++run) {
      const double from = node.cpu_s();
      auto delivered = people.run(run_s);
      runs.push_back(figures_of(std::move(delivered), node.cpu_s() - from));
    }
    people.finish();
  }
  const auto totals = node.stop();
  const double rows_a_commit = totals.messages / totals.commits;
  add_runs(out, window, runs, rows_a_commit);

  progress("end-to-end: limits at " + name);
  const auto rows = static_cast<std::size_t>(std::max(1.0, rows_a_commit));
  const std::string commit = std::to_string(rows) + " a commit";
  const sample frames = bare_frames(seconds, static_cast<int>(window));
  const sample bare = bare_rows(seconds, rows, directory);
  const sample ours = our_rows(seconds, rows, directory);
  const auto limit = [&](const std::string& what, const sample& measured) {
    out.add(what, {{"units_per_s", measured.per_s, 0}, {"cpu_us_per_unit", measured.cpu_us, 2}});
  };
  limit("bare OpenSSL, frames, " + std::to_string(window) + " a record", frames);
  limit("bare SQLite, rows, " + commit, bare);
  limit("store, rows, " + commit, ours);
  out.add("resident memory after log-in, " + name, {{"kb_per_session", session_kb, 1}});
}

}  // namespace

void bench_end_to_end(report& out, double seconds, const std::filesystem::path& server_program,
                      const std::filesystem::path& directory) {
  out.begin_part("end-to-end",
                 "100 pairs on 200 connections to a real node, 128-byte texts, TLS 1.3, durable, "
                 "closed loop; generator: the client's engine on one thread of the same machine; "
                 "medians of three runs, the limits single ones.");
  for (const auto window : windows) bench_window(out, seconds, window, server_program, directory);
}

}  // namespace uod::bench
