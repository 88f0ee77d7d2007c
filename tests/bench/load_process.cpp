#include "tests/bench/load_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace uod::bench {
namespace {

constexpr int exit_short = 10;  ///< of what its scenario promises: errors, at least
constexpr int exit_fault = 11;

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t got = 0; (got = ::read(descriptor, piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

nlohmann::json run_load(const std::filesystem::path& program, const std::vector<std::string>& words,
                        const client::endpoint& node, pid_t node_pid,
                        const std::filesystem::path& directory) {
  std::vector<std::string> all{program, "run"};
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(),
             {"--server", client::to_text(node), "--accounts", directory, "--json", "--quiet"});
  if (node_pid != 0) all.insert(all.end(), {"--server-pid", std::to_string(node_pid)});
  std::vector<char*> arguments;
  for (auto& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(pipe[1], STDOUT_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  ::close(pipe[1]);
  const std::string out = read_all(pipe[0]);
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  const auto line = out.substr(0, out.find_last_not_of('\n') + 1);
  const auto summary = nlohmann::json::parse(line.substr(line.rfind('\n') + 1), nullptr, false);
  if (!summary.is_object() || summary.value("type", "") != "summary") {
    throw std::runtime_error("uod-load gave no summary for " + words.front());
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == exit_fault) {
    throw std::runtime_error("the oracle found a fault: " + summary.at("oracle").dump());
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == exit_short) {
    throw std::runtime_error("a threshold fell short: " + summary.at("thresholds").dump());
  }
  return summary;
}

}  // namespace uod::bench
