// Method. A node runs as a process of its own, as in bench_end_to_end.cpp. Listeners live in
// another: each has an account and a connection of its own, has subscribed, and checks on the wire
// that every broadcast comes once, in order and whole; if one does not, the benchmark fails. What
// they note of a broadcast is when the first and when the last of them had decoded it. This
// process holds 50 pairs that chat and one premium member who broadcasts, all with the client's
// engine on one thread.
//
// Chat is an open loop: 500 texts of 128 octets a second, in turn over the pairs, each at its
// planned instant however the earlier ones fare. Latency is from that instant to when the reader's
// engine tells of the text, so a generator that comes late counts as well. Each of three runs has
// three phases, each four times as long as `--seconds`: chat alone; chat while a broadcast of 128
// octets goes out every second (one at least); chat alone again. A phase ends when all its chat
// has arrived; the next begins when all listeners have its broadcasts. Rows show the medians of
// the runs; `during_to_alone` compares, in each run, with the mean of the phases around.
//
// Times of a broadcast are medians over those of all runs: from the acknowledgement in the hands
// of its sender to the first and to the last listener (the first may well be earlier: its time is
// negative then). Deliveries a second are the listeners over the time from its planned instant to
// the last of them. The node's CPU time for 1,000 deliveries is what it used during beyond the
// mean of the phases around, where it is chat alone; the kernel counts in steps of 10 ms.
//
// All of this runs on one machine, and loopback makes whoever writes pay for what happens up to
// the reader's socket. `listener_cpu_us` is what the listeners' process takes for a delivery, and
// `listeners_cpu` the part of one core that it took between planned instants and last deliveries:
// close to 1.00, the listeners were the limit and not the node. On few cores they also take from
// chat what they would not if they were elsewhere.
//
// At the end of each run nobody chats: as many broadcasts as before go out alone. Beside them, in
// turns, where it is installed, stands InspIRCd: one who tells a channel of as many members the
// same text as often, each time when all have heard the one before (tests/bench/irc_crowd).
//
// Memory: what the node's resident set grew by from its start to when all listeners had subscribed
// and were silent, a session.
#include "tests/bench/bench_broadcast.hpp"

#include <sys/resource.h>

#include <chrono>
#include <future>

#include "tests/bench/crowd.hpp"
#include "tests/bench/inspircd_process.hpp"
#include "tests/bench/irc_crowd.hpp"
#include "tests/bench/listener_process.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/node_process.hpp"

namespace uod::bench {
namespace {

constexpr std::size_t pairs_count = 50;
constexpr double messages_per_s = 500;
constexpr double phase_length = 4;  // times `--seconds`
constexpr double rest_s = 0.1;
constexpr double ns_per_ms = 1e6;
constexpr const char* speaker_name = "speaker";
/// Besides the connections: logs, databases, pipes.
constexpr rlim_t descriptors_spare = 1'000;

/// Each process has a descriptor for each of its connections; they inherit the limit.
void raise_descriptor_limit(std::size_t listeners) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t needed = listeners + descriptors_spare;
  if (limit.rlim_cur >= needed) return;
  if (limit.rlim_max < needed) {
    throw std::runtime_error(std::to_string(needed) + " descriptors are needed and " +
                             std::to_string(limit.rlim_max) + " allowed (ulimit -Hn)");
  }
  limit.rlim_cur = needed;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

struct phase_figures {
  double p50_ms = 0;
  double p99_ms = 0;
  double server_cpu = 0;
  double generator_cpu = 0;
};

/// One phase, and what has to be known of it afterwards.
struct phase {
  crowd_run chat;
  std::vector<heard_round> rounds;
  double server_cpu_s = 0;
  double listeners_cpu_s = 0;

  [[nodiscard]] phase_figures figures() const {
    return {percentile_ms(chat.latencies_us, 0.5), percentile_ms(chat.latencies_us, 0.99),
            server_cpu_s / chat.seconds, chat.cpu_s / chat.seconds};
  }
};

/// Every figure of the broadcasts of all runs, one value a broadcast or one a run.
struct broadcast_figures {
  std::vector<double> deliveries_per_s;
  std::vector<double> first_ms;
  std::vector<double> last_ms;
  std::vector<double> server_cpu_s_per_1000;
  std::vector<double> listener_cpu_us;
  std::vector<double> listeners_cpu;

  void add_to(report& out, const std::string& work) const {
    out.add(work, {{"deliveries_per_s", median(deliveries_per_s), 0},
                   {"first_ms", median(first_ms), 2},
                   {"last_ms", median(last_ms), 2},
                   {"server_cpu_s_per_1000", median(server_cpu_s_per_1000), 4},
                   {"listener_cpu_us", median(listener_cpu_us), 1},
                   {"listeners_cpu", median(listeners_cpu), 2}});
  }
};

class stage {
 public:
  stage(node_process& node, std::size_t listeners_count)
      : node_(node),
        count_(listeners_count),
        listeners_(node.where(), listeners_count),
        resident_kb_(node.resident_kb()),
        people_(node.where(), pairs_count) {
    people_.add_speaker(node.where(), speaker_name);
    people_.settle();
    node.administer({"account", "premium", "on", speaker_name});
    listeners_cpu_s_ = listeners_.hear(0).cpu_s;
  }

  /// When all listeners and nobody else had come.
  [[nodiscard]] double resident_kb() const { return resident_kb_; }

  phase run(double seconds, std::size_t broadcasts, double chat_per_s = messages_per_s) {
    phase made;
    const double server_from = node_.cpu_s();
    made.chat = people_.follow({seconds, chat_per_s, broadcasts});
    for (const auto& each : made.chat.broadcasts) last_seq_ = std::max(last_seq_, each.seq);
    auto heard = listeners_.hear(last_seq_);
    made.server_cpu_s = node_.cpu_s() - server_from;
    made.listeners_cpu_s = heard.cpu_s - std::exchange(listeners_cpu_s_, heard.cpu_s);
    made.rounds = std::move(heard.rounds);
    prove(made);
    std::sort(made.chat.latencies_us.begin(), made.chat.latencies_us.end());
    return made;
  }

  /// Nobody says anything, but for that they are still there.
  void rest() { people_.run(rest_s); }

 private:
  /// The listeners have proved order and that nothing came twice; here, that it is what was sent.
  void prove(const phase& made) const {
    const auto& sent = made.chat.broadcasts;
    bool good = sent.size() == made.rounds.size();
    for (std::size_t at = 0; good && at < sent.size(); ++at) {
      const auto& heard = made.rounds[at];
      good = heard.seq == sent[at].seq && heard.body == sent[at].text && heard.deliveries == count_;
    }
    if (!good) throw std::runtime_error("what was broadcast is not what the listeners got");
  }

  node_process& node_;
  std::size_t count_;
  listener_process listeners_;
  double resident_kb_;
  crowd people_;
  double listeners_cpu_s_ = 0;
  std::uint64_t last_seq_ = 0;
};

void note(broadcast_figures& into, const phase& during, double server_cpu_alone,
          std::size_t listeners) {
  double spreading_s = 0;
  double deliveries = 0;
  for (std::size_t at = 0; at < during.rounds.size(); ++at) {
    const auto& sent = during.chat.broadcasts[at];
    const auto& heard = during.rounds[at];
    const auto since = [](std::uint64_t from, std::uint64_t to) {
      return (static_cast<double>(to) - static_cast<double>(from)) / ns_per_ms;
    };
    const double whole_s = since(sent.planned_ns, heard.last_ns) / 1000;
    into.deliveries_per_s.push_back(static_cast<double>(listeners) / whole_s);
    into.first_ms.push_back(since(sent.acknowledged_ns, heard.first_ns));
    into.last_ms.push_back(since(sent.acknowledged_ns, heard.last_ns));
    spreading_s += whole_s;
    deliveries += static_cast<double>(heard.deliveries);
  }
  const double beyond_s = during.server_cpu_s - server_cpu_alone * during.chat.seconds;
  into.server_cpu_s_per_1000.push_back(beyond_s / deliveries * 1000);
  into.listener_cpu_us.push_back(during.listeners_cpu_s / deliveries * 1e6);
  into.listeners_cpu.push_back(during.listeners_cpu_s / spreading_s);
}

void add_phase(report& out, const std::string& work, const std::vector<phase_figures>& runs) {
  const auto of = [&](double phase_figures::*field) {
    std::vector<double> values;
    for (const auto& each : runs) values.push_back(each.*field);
    return median(values);
  };
  out.add(work, {{"p50_ms", of(&phase_figures::p50_ms), 2},
                 {"p99_ms", of(&phase_figures::p99_ms), 2},
                 {"server_cpu", of(&phase_figures::server_cpu), 2},
                 {"generator_cpu", of(&phase_figures::generator_cpu), 2}});
}

void add_ratio(report& out, const std::array<std::vector<phase_figures>, 3>& phases) {
  const auto of = [&](double phase_figures::*field) {
    std::vector<double> ratios;
    for (std::size_t run = 0; run < phases[1].size(); ++run) {
      const double alone = (phases[0][run].*field + phases[2][run].*field) / 2;
      ratios.push_back(phases[1][run].*field / alone);
    }
    return median(ratios);
  };
  out.add("during_to_alone",
          {{"p50", of(&phase_figures::p50_ms), 2}, {"p99", of(&phase_figures::p99_ms), 2}});
}

std::vector<double> irc_rounds(const std::filesystem::path& program,
                               const std::filesystem::path& directory, std::size_t listeners,
                               std::size_t rounds) {
  const inspircd_process server(program, directory / "inspircd");
  irc_crowd people(server.port(), listeners + 1);
  return people.tell_all(rounds);
}

}  // namespace

void bench_broadcast(report& out, double seconds, std::size_t listeners,
                     const std::filesystem::path& server_program,
                     const std::filesystem::path& directory) {
  out.begin_part("broadcast",
                 "128-byte broadcasts to " + std::to_string(listeners) +
                     " listeners of a real node, one a second, beside 500 texts a second of 50 "
                     "pairs (open loop), TLS 1.3, durable; medians of three runs.");
  raise_descriptor_limit(listeners);
  progress("broadcast: " + std::to_string(listeners) + " listeners sign up");
  node_process node(server_program, directory / "node");
  const double resident_before_kb = node.resident_kb();
  std::array<std::vector<phase_figures>, 3> phases;
  broadcast_figures beside_chat;
  broadcast_figures alone;
  std::vector<double> irc_per_s;
  const auto irc_program = inspircd_process::program();
  if (!irc_program) progress("broadcast: inspircd is not installed, so there is none beside ours");
  double session_kb = 0;
  {
    stage all(node, listeners);
    session_kb = (all.resident_kb() - resident_before_kb) / static_cast<double>(listeners);
    const double phase_s = phase_length * seconds;
    const auto broadcasts = std::max<std::size_t>(1, static_cast<std::size_t>(phase_s));
    all.run(phase_s, 1);  // warms up
    for (int run = 1; run <= runs_count; ++run) {
      progress("broadcast: run " + std::to_string(run));
      const phase before = all.run(phase_s, 0);
      const phase during = all.run(phase_s, broadcasts);
      const phase after = all.run(phase_s, 0);
      phases[0].push_back(before.figures());
      phases[1].push_back(during.figures());
      phases[2].push_back(after.figures());
      const double chat_cpu = (phases[0].back().server_cpu + phases[2].back().server_cpu) / 2;
      note(beside_chat, during, chat_cpu, listeners);
      note(alone, all.run(phase_s, broadcasts, 0), 0, listeners);
      if (!irc_program) continue;
      progress("broadcast: run " + std::to_string(run) + ", inspircd");
      auto rounds = std::async(std::launch::async, irc_rounds, *irc_program, directory, listeners,
                               broadcasts);
      // Those at our node only answer when it asks whether they are still there.
      while (rounds.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        all.rest();
      }
      for (const double took_s : rounds.get()) {
        irc_per_s.push_back(static_cast<double>(listeners) / took_s);
      }
    }
  }
  node.stop();
  add_phase(out, "chat alone", phases[0]);
  add_phase(out, "chat beside broadcasts", phases[1]);
  add_phase(out, "chat alone again", phases[2]);
  add_ratio(out, phases);
  beside_chat.add_to(out, "broadcasts beside chat");
  alone.add_to(out, "broadcasts alone");
  if (!irc_per_s.empty()) {
    out.add("inspircd, a channel",
            {{"deliveries_per_s", median(irc_per_s), 0},
             {"ours_to_it", median(alone.deliveries_per_s) / median(irc_per_s), 2}});
  }
  out.add("resident memory", {{"kb_per_session", session_kb, 1}});
}

}  // namespace uod::bench
