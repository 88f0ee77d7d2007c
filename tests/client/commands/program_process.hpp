#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/client/state/fresh_directory.hpp"

/// The program `uod` as a process, as a person or a script meets it.
namespace uod::client {

using words = std::vector<std::string>;

struct ended {
  int exit_code = -1;
  int signal = 0;
  std::string out;
  std::string err;
};

inline std::string all_of(int descriptor) {
  std::string text;
  char piece[4096];
  for (ssize_t n = 0; (n = ::read(descriptor, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(n));
  return text;
}

/// A `uod` that runs with a state directory of its own, or one that is kept for it.
class program {
 public:
  explicit program(words given, int in = -1, int out = -1, int err = -1,
                   const std::filesystem::path& kept = {}) {
    ::pipe2(out_, O_CLOEXEC);
    ::pipe2(err_, O_CLOEXEC);
    given.insert(given.begin(), {UOD_BIN_DIR "/uod", "--state-dir",
                                 kept.empty() ? (place_.path / "s").string() : kept.string()});
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(in >= 0 ? in : nothing, STDIN_FILENO);
    ::dup2(out >= 0 ? out : out_[1], STDOUT_FILENO);
    ::dup2(err >= 0 ? err : err_[1], STDERR_FILENO);
    std::vector<char*> arguments;
    for (auto& word : given) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::setenv("XDG_CONFIG_HOME", place_.path.c_str(), 1);
    for (const char* name : {"UOD_SERVER", "UOD_PROFILE", "UOD_STATE_DIR"}) ::unsetenv(name);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }

  void signal(int number) const { ::kill(pid_, number); }

  /// Waits until this text stands on stderr.
  void hears(const std::string& text) {
    char octet = 0;
    while (heard_.find(text) == std::string::npos) {
      pollfd watched{err_[0], POLLIN, 0};
      BOOST_REQUIRE_MESSAGE(::poll(&watched, 1, 20'000) == 1, "only heard: " << heard_);
      BOOST_REQUIRE(::read(err_[0], &octet, 1) == 1);
      heard_.push_back(octet);
    }
  }

  ended end() {
    ::close(out_[1]);
    ::close(err_[1]);
    ended result;
    result.out = all_of(out_[0]);
    result.err = heard_ + all_of(err_[0]);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ::close(out_[0]);
    ::close(err_[0]);
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    return result;
  }

 private:
  fresh_directory place_;
  int out_[2] = {-1, -1};
  int err_[2] = {-1, -1};
  pid_t pid_ = -1;
  std::string heard_;
};

inline ended run(const words& given) { return program(given).end(); }

/// A pipe to read these lines from, and nothing behind them.
class piped_lines {
 public:
  explicit piped_lines(const std::string& lines) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const auto written = ::write(ends[1], lines.data(), lines.size());
    ::close(ends[1]);
    in = ends[0];
    BOOST_REQUIRE(written == static_cast<ssize_t>(lines.size()));
  }
  ~piped_lines() { ::close(in); }
  piped_lines(const piped_lines&) = delete;
  piped_lines& operator=(const piped_lines&) = delete;

  int in = -1;
};

inline nlohmann::json only_row(const std::string& out) {
  BOOST_TEST_REQUIRE(out.ends_with('\n'), out);
  BOOST_TEST(out.find('\n') == out.size() - 1, out);
  return nlohmann::json::parse(out);
}

inline words with(words given, const words& more) {
  given.insert(given.end(), more.begin(), more.end());
  return given;
}

}  // namespace uod::client
