#include "tests/bench/listener_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace uod::bench {
namespace {

/// Longer than the listeners themselves wait, who know better what is missing.
constexpr int patience_ms = 90'000;

}  // namespace

listener_process::listener_process(const client::endpoint& node, std::size_t count) {
  launch(node, count);
  next_line();
}

listener_process::~listener_process() {
  if (questions_ >= 0) ::close(questions_);
  if (answers_ >= 0) ::close(answers_);
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
}

void listener_process::launch(const client::endpoint& node, std::size_t count) {
  std::vector<std::string> words{std::filesystem::read_symlink("/proc/self/exe"), "listeners",
                                 to_text(node), "--listeners", std::to_string(count)};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  questions_ = in[1];
  answers_ = out[0];
  if (process_ < 0) throw std::runtime_error("no process");
}

std::string listener_process::next_line() {
  while (unread_.find('\n') == std::string::npos) {
    pollfd ready{answers_, POLLIN, 0};
    std::array<char, 4096> piece{};
    const bool came = ::poll(&ready, 1, patience_ms) == 1;
    const auto got = came ? ::read(answers_, piece.data(), piece.size()) : 0;
    if (got <= 0) throw std::runtime_error("the listeners gave up");  // they have said why
    unread_.append(piece.data(), static_cast<std::size_t>(got));
  }
  const auto end = unread_.find('\n');
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

listener_process::told listener_process::hear(std::uint64_t seq) {
  const std::string question = std::to_string(seq) + "\n";
  if (::write(questions_, question.data(), question.size()) < 0) {
    throw std::runtime_error("the listeners are gone");
  }
  const auto line = nlohmann::json::parse(next_line());
  told result;
  line.at("cpu_s").get_to(result.cpu_s);
  for (const auto& each : line.at("rounds")) {
    result.rounds.push_back({each.at("seq"), each.at("first_ns"), each.at("last_ns"),
                             each.at("deliveries"), each.at("body")});
  }
  return result;
}

}  // namespace uod::bench
