#include "client/load/coordinator.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <utility>

#include "client/commands/interruption.hpp"
#include "client/load/prepared_run.hpp"

namespace uod::load {
namespace {

using nlohmann::json;

/// From the last one's being ready to the start: for a line through a pipe to everybody.
constexpr std::uint64_t start_delay_ns = 50'000'000;
/// A line is a result at most, which is histograms.
constexpr std::size_t line_bytes_max = 16 * 1024 * 1024;

/// One generator in a process of its own, ended with this object.
class worker {
 public:
  using taker = std::function<void(worker&, const json&)>;

  worker() = default;
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker() {
    input_.reset();
    if (to_ >= 0) ::close(to_);
    if (from_ >= 0) ::close(from_);
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
  }

  outcome<void> launch(client::asio_runtime& world, std::vector<std::string> words, taker take) {
    take_ = std::move(take);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> in{-1, -1};
    std::array<int, 2> out{-1, -1};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
      return fail(errc::internal, "a pipe to a generator");
    }
    process_ = ::fork();
    if (process_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no generator outlives whoever counts on it
      ::setpgid(0, 0);                     // an interruption comes from us, once
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::execv("/proc/self/exe", arguments.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    to_ = in[1];
    from_ = out[0];
    if (process_ < 0) return fail(errc::internal, "a process for a generator");
    input_ = world.read_from(from_, [this](bytes_view piece) { read(piece); });
    return {};
  }

  void begin(std::uint64_t start_ns) {
    const std::string line = std::to_string(start_ns) + "\n";
    // Where this fails it has ended: the other pipe tells, its reason first.
    [[maybe_unused]] const auto written = ::write(to_, line.data(), line.size());
  }
  /// Once: the second interruption ends a process where it is, with all that it has measured.
  void interrupt() {
    if (ended || process_ <= 0 || std::exchange(interrupted_, true)) return;
    ::kill(process_, SIGINT);
  }

  /// How one came to its end that told no result, for people.
  std::string how_it_ended() {
    int status = 0;
    const pid_t number = std::exchange(process_, -1);
    if (number <= 0 || ::waitpid(number, &status, 0) != number) return "a generator is gone";
    const std::string name = "generator " + std::to_string(number);
    if (WIFSIGNALED(status)) {
      return name + " was ended by signal " + std::to_string(WTERMSIG(status));
    }
    return name + " ended by itself with " + std::to_string(WEXITSTATUS(status));
  }

  bool ready = false;
  bool ended = false;
  std::size_t rows = 0;
  std::optional<error> why;
  std::optional<measurements> result;

 private:
  void read(bytes_view piece) {
    if (piece.empty()) ended = true;
    if (ended) return;
    unread_.append(piece);
    std::size_t from = 0;
    for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n', from)) {
      const auto row =
          json::parse(unread_.begin() + static_cast<std::ptrdiff_t>(from),
                      unread_.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
      from = end + 1;
      if (row.is_object()) take_(*this, row);
    }
    unread_.erase(0, from);
    if (unread_.size() > line_bytes_max) {
      ended = true;
      if (process_ > 0) ::kill(process_, SIGKILL);
    }
  }

  taker take_;
  pid_t process_ = -1;
  bool interrupted_ = false;
  int to_ = -1;
  int from_ = -1;
  std::string unread_;
  std::unique_ptr<client::asio_runtime::input> input_;
};

/// What all workers have told so far.
class team {
 public:
  team(client::asio_runtime& world, follower& following) : world_(world), following_(following) {}

  outcome<void> start(const run_arguments& asked, const client_config& config,
                      const std::vector<std::uint32_t>& users);
  outcome<measurements> work();

 private:
  void take(worker& from, const json& row);
  void take_row(worker& from, const json& value);
  void look_for_lost();
  void interrupt_all() const;
  [[nodiscard]] bool is_over() const;

  client::asio_runtime& world_;
  follower& following_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<second_row> merged_;
  std::size_t shown_ = 0;
  bool began_ = false;
};

std::vector<std::string> words_for(const run_arguments& asked, const client_config& config,
                                   std::uint32_t users, double share, std::size_t number) {
  std::vector<std::string> words{"uod-load", "--json", "run", asked.scenario, "--worker"};
  const auto add = [&](const std::string& name, const std::string& value) {
    words.push_back(name);
    words.push_back(value);
  };
  for (const auto& each : config.servers) add("--server", each);
  if (!config.trust_fingerprint.empty()) add("--server-fingerprint", config.trust_fingerprint);
  add("--timeout", std::to_string(config.timeout_s));
  const auto accounts =
      asked.accounts.empty() ? config.state_dir / "load" : std::filesystem::path(asked.accounts);
  add("--accounts", accounts.string());
  add("--users", std::to_string(users));
  add("--share", std::to_string(share));
  add("--seed", std::to_string(asked.seed + number));  // or all would draw the same
  if (asked.changes.duration_s) add("--duration", std::to_string(*asked.changes.duration_s));
  if (asked.changes.rate) add("--rate", std::to_string(*asked.changes.rate));
  for (const auto& [key, value] : asked.changes.set) {
    if (key != "users") add("--set", key + "=" + value);
  }
  // Whoever broadcasts is among the first.
  if (number == 0 && !asked.premium_codes.empty()) add("--premium-codes", asked.premium_codes);
  return words;
}

outcome<void> team::start(const run_arguments& asked, const client_config& config,
                          const std::vector<std::uint32_t>& users) {
  std::uint32_t all = 0;
  for (const auto each : users) all += each;
  for (std::size_t number = 0; number < users.size(); ++number) {
    workers_.push_back(std::make_unique<worker>());
    const double share = static_cast<double>(users[number]) / all;
    auto started =
        workers_.back()->launch(world_, words_for(asked, config, users[number], share, number),
                                [this](worker& from, const json& row) { take(from, row); });
    if (!started) return started;
  }
  return {};
}

void team::take(worker& from, const json& row) {
  const std::string type = row.value("type", "");
  const bool first = &from == workers_.front().get();
  if (type == "stage" && first) {
    following_.on_stage(row.value("what", ""));
  } else if (type == "people" && first) {
    following_.on_people_coming();
  } else if (type == "measuring" && first) {
    following_.on_measuring(row.value("begins", false));
  } else if (type == "print") {
    following_.on_print(row.value("text", ""));
  } else if (type == "row") {
    take_row(from, row);
  } else if (type == "ready") {
    from.ready = true;
  } else if (type == "error") {
    from.why =
        error{errc_named(row.value("code", "")).value_or(errc::internal), row.value("detail", "")};
  } else if (type == "result") {
    if (auto read = measurements_from(row)) {
      from.why = read->broken;
      from.result = std::move(*read);
    }
  }
  if (from.why) {
    interrupt_all();  // what one cannot go on with ends it for all
  }
}

void team::interrupt_all() const {
  for (const auto& each : workers_) each->interrupt();
}

/// Without one of them the run is over; what the others have measured is told all the same.
void team::look_for_lost() {
  for (const auto& each : workers_) {
    if (!each->ended || each->result || each->why) continue;
    each->why = error{errc::internal, each->how_it_ended()};
    interrupt_all();
  }
}

/// A second is shown when all have told of it.
void team::take_row(worker& from, const json& value) {
  auto row = second_row_from(value);
  if (!row) return;
  const std::size_t place = from.rows++;
  if (place < merged_.size()) {
    merged_[place].merge(*row);
  } else {
    merged_.push_back(std::move(*row));
  }
  const auto slowest =
      std::min_element(workers_.begin(), workers_.end(),
                       [](const auto& one, const auto& other) { return one->rows < other->rows; });
  for (; shown_ < (*slowest)->rows; ++shown_) {
    following_.on_second(merged_[shown_]);
    if (!following_.is_heard()) interrupt_all();
    merged_[shown_] = {};  // a histogram each is much for hours
  }
}

bool team::is_over() const {
  return std::all_of(workers_.begin(), workers_.end(),
                     [](const auto& each) { return each->ended; });
}

outcome<measurements> team::work() {
  const auto edge =
      world_.read_from(client::interruption::edge(), [this](bytes_view) { interrupt_all(); });
  world_.run_until([this] {
    const bool all_ready =
        std::all_of(workers_.begin(), workers_.end(), [](const auto& each) { return each->ready; });
    if (all_ready && !began_) {
      began_ = true;
      following_.on_clock();
      const std::uint64_t start_ns = now_ns() + start_delay_ns;
      for (const auto& each : workers_) each->begin(start_ns);
    }
    look_for_lost();
    // One that cannot begin lets nobody begin.
    const bool broken =
        !began_ && std::any_of(workers_.begin(), workers_.end(),
                               [](const auto& each) { return each->ended && !each->result; });
    return is_over() || broken;
  });
  std::optional<measurements> all;
  std::optional<error> broken;
  for (const auto& each : workers_) {
    if (each->result && all) {
      all->merge(*each->result);
    } else if (each->result) {
      all = std::move(*each->result);
    }
    if (each->why && !broken) broken = each->why;
  }
  if (!all) {
    return tl::unexpected(broken.value_or(error{errc::internal, "a generator ended by itself"}));
  }
  if (broken) {
    all->broken = broken;
    all->trouble = to_text(*broken);
  }
  return std::move(*all);
}

}  // namespace

outcome<std::vector<std::uint32_t>> split_users(const scenario_plan& plan,
                                                std::uint32_t generators) {
  // With one role it is pairs that stay together.
  const std::uint32_t unit = plan.roles.size() == 1 ? 2 : plan.turn();
  const std::uint32_t units = plan.users / unit;
  if (units < generators) {
    return fail(errc::usage, std::to_string(generators) + " generators need at least " +
                                 std::to_string(generators * unit) +
                                 " users: the roles repeat after " + std::to_string(unit));
  }
  std::vector<std::uint32_t> users;
  for (std::uint32_t number = 0; number < generators; ++number) {
    users.push_back((units / generators + (number < units % generators ? 1 : 0)) * unit);
  }
  users.back() += plan.users % unit;
  return users;
}

outcome<measurements> coordinate(client::asio_runtime& world, const run_arguments& asked,
                                 const client_config& config, const scenario_plan& plan,
                                 follower& following) {
  const auto users = split_users(plan, asked.generators);
  if (!users) return tl::unexpected(users.error());
  team all(world, following);
  if (auto started = all.start(asked, config, *users); !started) {
    return tl::unexpected(started.error());
  }
  return all.work();
}

}  // namespace uod::load
