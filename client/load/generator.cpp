#include "client/load/generator.hpp"

#include <time.h>
#include <unistd.h>

#include "client/load/generator_state.hpp"
#include "client/load/server_usage.hpp"

namespace uod::load {
namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;
/// When nobody has been connected for so long, the server is taken for gone.
constexpr std::uint64_t gone_after_ns = 20 * ns_per_s;
/// For other generators to be ready as well, which may be making accounts.
constexpr double others_ready_s_max = 1200;

double cpu_s() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

}  // namespace

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * ns_per_s +
         static_cast<std::uint64_t>(now.tv_nsec);
}

generator::state::state(client::asio_runtime& world_in, story_machine& stories_in,
                        generator_settings settings_in, run_watcher& watcher_in)
    : world(world_in),
      stories(stories_in),
      plan(stories_in.plan()),
      settings(std::move(settings_in)),
      watcher(watcher_in),
      judge(static_cast<std::uint32_t>(world_in.random())),
      home(now_ns()),
      talks_to(plan.users) {
  for (std::uint32_t number = 0; number < plan.users; ++number) users.emplace_back(number, *this);
  for (const auto& each : plan.phases) {
    length_ns += static_cast<std::uint64_t>(each.seconds * ns_per_s);
  }
  all.users = plan.users;
  stories.set_host(*this);
}

generator::state::~state() {
  now = stage::over;
  alive.reset();
  bury_all();
}

generator::generator(client::asio_runtime& world, story_machine& stories,
                     generator_settings settings, run_watcher& watcher)
    : state_(std::make_unique<state>(world, stories, std::move(settings), watcher)) {}

generator::~generator() = default;

outcome<measurements> generator::run() { return state_->run(); }

void generator::interrupt() {
  state_->interrupted = true;
  state_->all.interrupted = true;
  state_->world.after(0, [] {});
}

// ---------------------------------------------------------------------------------- the stages

outcome<measurements> generator::state::run() {
  all.own_rss_kb_before = rss_kb_of(::getpid());
  if (auto prepared = prepare(); !prepared) {
    if (interrupted) return fail(errc::interrupted, "nothing was measured yet");
    return tl::unexpected(prepared.error());
  }
  watcher.on_stage("stories begin");
  bool told = false;
  watcher.on_ready([&](std::uint64_t at_ns) {
    told = true;
    start_clock(at_ns);
  });
  wait_until([&] { return told; }, others_ready_s_max);
  if (told) {
    const double rest_s = static_cast<double>(end_ns()) - static_cast<double>(now_ns());
    wait_until([&] { return now_ns() >= end_ns(); }, rest_s / ns_per_s);
    watcher.on_measuring(false);
  }
  all.own_rss_kb = rss_kb_of(::getpid());
  const std::uint64_t ended_ns = std::min(now_ns(), end_ns());
  double seconds = 0;
  std::uint64_t from = clock_ns;
  for (const auto& each : plan.phases) {
    const std::uint64_t to = from + static_cast<std::uint64_t>(each.seconds * ns_per_s);
    if (each.measured && ended_ns > from) {
      seconds += static_cast<double>(std::min(to, ended_ns) - from) / ns_per_s;
    }
    from = to;
  }
  all.seconds = told ? seconds : 0;
  all.cpu_s = cpu_s() - cpu_from_s;
  pace.reset();
  // What was not waited for is not known to be lost.
  const bool whole = drain() && !broken && !all.server_lost && !interrupted;
  judge.finish(whole);
  home.finish(whole, whole && home_was_read);
  all.found = judge.found();
  all.found.merge(home.found());
  if (broken) {
    all.trouble = to_text(*broken);
    all.broken = broken;
  }
  return std::move(all);
}

/// Called from the loop, with an instant that is now or later.
void generator::state::start_clock(std::uint64_t at_ns) {
  clock_ns = at_ns;
  now = stage::running;
  watcher.on_clock();
  cpu_from_s = row_cpu_s = cpu_s();
  alive_ns = at_ns;
  const double warm_s = plan.phases.front().measured ? 0 : plan.phases.front().seconds;
  const std::uint64_t from_ns = at_ns + static_cast<std::uint64_t>(warm_s * ns_per_s);
  measure_timer = world.after((from_ns - std::min(from_ns, now_ns())) / 1'000'000, [this] {
    cpu_from_s = cpu_s();
    watcher.on_measuring(true);
  });
  second_timer =
      world.after((at_ns - std::min(at_ns, now_ns())) / 1'000'000 + 1000, [this] { on_second(); });
  if (plan.arrives == arrival_kind::closed) {
    for (auto& each : talks) {
      if (each.keeps_sending) feed(each);
    }
  } else {
    pace = std::make_unique<pacer>(world, plan.phases, clock_ns,
                                   [this](std::uint64_t planned_ns) { on_due(planned_ns); });
  }
}

bool generator::state::is_measured(std::uint64_t at_ns) const {
  if (clock_ns == 0 || at_ns < clock_ns || at_ns >= end_ns()) return false;
  return phase_at(at_ns).measured;
}

const phase& generator::state::phase_at(std::uint64_t at_ns) const {
  std::uint64_t to = clock_ns;
  for (const auto& each : plan.phases) {
    to += static_cast<std::uint64_t>(each.seconds * ns_per_s);
    if (at_ns < to) return each;
  }
  return plan.phases.back();
}

void generator::state::on_second() {
  const std::uint64_t time = now_ns();
  const double used = cpu_s();
  // A message that came between two seconds belongs to the row that ends now.
  row.at_s = static_cast<double>(++row_number);
  const std::uint64_t middle = clock_ns + row_number * ns_per_s - ns_per_s / 2;
  row.measured = is_measured(middle);
  row.phase = now == stage::running ? phase_at(middle).name : "end";
  row.connected = entered - lost;
  row.generator_cpu = used - row_cpu_s;
  row_cpu_s = used;
  watcher.on_second(row);
  row = {};
  const bool nobody = lost == entered && lost + trying > 0;
  if (!nobody) alive_ns = time;
  if (nobody && time - std::min(time, alive_ns) > gone_after_ns && !broken) {
    all.server_lost = true;
    break_off({errc::server_unreachable, "the server is gone: " + to_text(last_trouble)});
  }
  // Nobody reads what is said: `uod-load … | head`.
  if (!watcher.is_heard()) interrupted = all.interrupted = true;
  if (now == stage::over) return;
  const std::uint64_t next = clock_ns + (row_number + 1) * ns_per_s;
  second_timer =
      world.after((next - std::min(next, time)) / 1'000'000 + 1, [this] { on_second(); });
}

void generator::state::break_off(const error& why) {
  if (!broken) broken = why;
}

bool generator::state::wait_until(const std::function<bool()>& done, double seconds) {
  bool late = false;
  const auto limit = world.after(static_cast<std::uint64_t>(std::max(seconds, 0.0) * 1000) + 1,
                                 [&] { late = true; });
  bool is_done = false;
  world.run_until([&] {
    is_done = done();
    return is_done || late || broken || refused || (interrupted && now != stage::draining);
  });
  return is_done;
}

}  // namespace uod::load
