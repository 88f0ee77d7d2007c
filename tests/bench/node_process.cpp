#include "tests/bench/node_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "config/server_rates.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/process_usage.hpp"

namespace uod::bench {
namespace {

constexpr int start_timeout_ms = 30'000;

}  // namespace

node_process::node_process(std::filesystem::path program, std::filesystem::path directory,
                           const std::string& key)
    : program_(std::move(program)), directory_(std::move(directory)) {
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directories(directory_);
  // What is measured is the node, not the limits that keep one person from taking all of it.
  std::string no_rates;
  for (const auto& each : rate_settings()) no_rates += std::string(each.key) + " = \"off\"\n";
  std::ofstream(directory_ / "node.toml")
      << "data_dir = " << (directory_ / "data") << "\n"
      << no_rates << "[limits]\nconnections_per_address_max = 20000\n"
      << "[tls]\nkey = \"" << key << "\"\n"
      << "[argon2]\nmemory_kib = 8192\npasses = 1\n"
      << "[log]\nformat = \"json\"\n";
  launch("127.0.0.1:0");
  await_listening();
}

node_process::~node_process() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
}

void node_process::kill_and_restart() {
  ::kill(process_, SIGKILL);
  ::waitpid(std::exchange(process_, -1), nullptr, 0);
  ::close(std::exchange(output_, -1));
  launch(client::to_text(where_));
  await_listening();
}

void node_process::launch(const std::string& address) {
  const std::string config = directory_ / "node.toml";
  const std::string log = directory_ / "log";
  const std::string path = program_;
  std::array<char*, 8> arguments{
      const_cast<char*>(path.c_str()),    const_cast<char*>("run"),
      const_cast<char*>("--config"),      const_cast<char*>(config.c_str()),
      const_cast<char*>("--json"),        const_cast<char*>("--listen"),
      const_cast<char*>(address.c_str()), nullptr};
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no node outlives a benchmark that was killed
    const int err = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(pipe[1], STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::execv(path.c_str(), arguments.data());
    ::_exit(127);
  }
  ::close(pipe[1]);
  output_ = pipe[0];
  if (process_ < 0) throw std::runtime_error("no process");
}

void node_process::await_listening() {
  std::string line;
  while (line.find('\n') == std::string::npos) {
    pollfd ready{output_, POLLIN, 0};
    std::array<char, 512> piece{};
    const bool came = ::poll(&ready, 1, start_timeout_ms) == 1;
    const auto got = came ? ::read(output_, piece.data(), piece.size()) : 0;
    if (got <= 0) {
      throw std::runtime_error("the node did not start:\n" + contents_of(directory_ / "log"));
    }
    line.append(piece.data(), static_cast<std::size_t>(got));
  }
  const auto said = nlohmann::json::parse(line);
  where_ = must(client::parse_endpoint(said.at("address").get<std::string>()), "address");
}

double node_process::cpu_s() const { return cpu_s_of(process_); }
double node_process::resident_kb() const { return resident_kb_of(process_); }

void node_process::administer(const std::vector<std::string>& command) const {
  std::vector<std::string> words{program_};
  words.insert(words.end(), command.begin(), command.end());
  words.insert(words.end(), {"--config", directory_ / "node.toml"});
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string said = directory_ / "administration";
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    const int output = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error("the node was not administered:\n" + contents_of(said));
  }
}

node_process::totals node_process::stop() {
  ::kill(process_, SIGTERM);
  int status = 0;
  ::waitpid(std::exchange(process_, -1), &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error("the node did not end well:\n" + contents_of(directory_ / "log"));
  }
  std::istringstream log(contents_of(directory_ / "log"));
  totals said;
  for (std::string line; std::getline(log, line);) {
    if (line.find("node.ended") == std::string::npos) continue;
    const auto fields = nlohmann::json::parse(line);
    said.messages = std::stod(fields.at("messages").get<std::string>());
    said.commits = std::stod(fields.at("commits").get<std::string>());
  }
  std::filesystem::remove_all(directory_);
  return said;
}

}  // namespace uod::bench
