#include "tests/process/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>

#include "tests/process/must.hpp"

namespace uod::process {
namespace {

class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_ = -1;
};

struct pipe_ends {
  descriptor read;
  descriptor write;
};

pipe_ends make_pipe() {
  int ends[2];
  must(::pipe2(ends, O_CLOEXEC) == 0, "no pipe");
  return {descriptor(ends[0]), descriptor(ends[1])};
}

/// A file without a name that holds the text and stands at its beginning: a pipe would need
/// somebody to fill it.
descriptor file_with(const std::string& text) {
  descriptor made(::memfd_create("stdin", MFD_CLOEXEC));
  must(::write(made.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()),
       "a file in memory does not take its text");
  must(::lseek(made.get(), 0, SEEK_SET) == 0, "a file in memory has no beginning");
  return made;
}

std::vector<char*> pointers_to(words& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// What a program has written on one stream.
struct stream {
  descriptor from;
  std::string text;
  std::size_t seen = 0;
  bool over = false;
};

}  // namespace

struct child::state {
  pid_t pid = -1;
  descriptor exit_watch;  ///< readable once it has ended
  descriptor input;
  std::array<stream, 2> streams;  ///< stdout, stderr
  pipe_ends wake = make_pipe();   ///< tells the pump to look again
  bool deaf = false;              ///< our end of stdout is to be closed
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::thread pump;

  ~state() {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    stop_pump();
  }

  void stop_pump() {
    wake.write.close();
    if (pump.joinable()) pump.join();
  }

  /// Runs until both streams are over or somebody closes the waking pipe's other end.
  void read_all();
  void read_some(stream& one);
  std::string await(stream& one, const std::function<bool(const std::string&)>& wanted);
};

void child::state::read_some(stream& one) {
  char piece[64 * 1024];
  const ssize_t got = ::read(one.from.get(), piece, sizeof piece);
  if (got < 0 && errno == EINTR) return;
  const std::lock_guard lock(mutex);
  if (got > 0) one.text.append(piece, static_cast<std::size_t>(got));
  if (got <= 0) one.over = true;
  changed.notify_all();
}

void child::state::read_all() {
  for (;;) {
    std::array<pollfd, 3> watched{};
    for (std::size_t at = 0; at < 2; ++at) {
      watched[at] = {streams[at].over ? -1 : streams[at].from.get(), POLLIN, 0};
    }
    watched[2] = {wake.read.get(), POLLIN, 0};
    if (watched[0].fd < 0 && watched[1].fd < 0) return;
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if ((watched[2].revents & POLLIN) != 0) {
      char octet = 0;
      static_cast<void>(!::read(wake.read.get(), &octet, 1));
      const std::lock_guard lock(mutex);
      if (std::exchange(deaf, false)) {
        streams[0].from.close();
        streams[0].over = true;
        changed.notify_all();
        continue;
      }
    } else if (watched[2].revents != 0) {
      return;
    }
    for (std::size_t at = 0; at < 2; ++at) {
      if (watched[at].fd >= 0 && watched[at].revents != 0) read_some(streams[at]);
    }
  }
}

std::string child::state::await(stream& one,
                                const std::function<bool(const std::string&)>& wanted) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms_max);
  std::unique_lock lock(mutex);
  for (;;) {
    for (auto end = one.text.find('\n', one.seen); end != std::string::npos;
         end = one.text.find('\n', one.seen)) {
      std::string found = one.text.substr(one.seen, end - one.seen);
      one.seen = end + 1;
      if (wanted(found)) return found;
    }
    const bool waits = !one.over && changed.wait_until(lock, late) == std::cv_status::no_timeout;
    if (waits) continue;
    const auto tail = [](const std::string& text) {
      return text.substr(text.size() - std::min<std::size_t>(text.size(), 2000));
    };
    give_up(std::string(one.over ? "it ended" : "nothing came in time") +
            " before the line that was waited for; stdout ends with:\n" + tail(streams[0].text) +
            "\nstderr ends with:\n" + tail(streams[1].text));
  }
}

child::child(launch what) : state_(std::make_unique<state>()) {
  // A child that has closed its stdin must not end the test.
  ::signal(SIGPIPE, SIG_IGN);
  auto out = make_pipe();
  auto err = make_pipe();
  pipe_ends in;
  if (what.input_stays_open) {
    in = make_pipe();
  } else {
    in.read = file_with(what.input);
  }
  const auto arguments = pointers_to(what.command);
  const auto environment = pointers_to(what.environment);
  const pid_t parent = ::getpid();

  const pid_t pid = ::fork();
  must(pid >= 0, "no process");
  if (pid == 0) {
    // Only calls that are safe between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::dup2(in.read.get(), STDIN_FILENO);
    ::dup2(out.write.get(), STDOUT_FILENO);
    ::dup2(err.write.get(), STDERR_FILENO);
    ::signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
  }
  state_->pid = pid;
  state_->exit_watch = descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  must(state_->exit_watch.get() >= 0, "a process cannot be watched");
  state_->input = std::move(in.write);
  state_->streams[0].from = std::move(out.read);
  state_->streams[1].from = std::move(err.read);
  if (what.input_stays_open && !what.input.empty()) write(what.input);
  state_->pump = std::thread([inside = state_.get()] { inside->read_all(); });
}

child::child(child&&) noexcept = default;
child& child::operator=(child&&) noexcept = default;
child::~child() = default;

pid_t child::pid() const { return state_->pid; }

void child::signal(int number) const {
  must(::kill(state_->pid, number) == 0, "it takes no signal");
}

void child::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(state_->input.get(), text.data(), text.size());
    must(written > 0, std::string("it does not take its stdin: ") + std::strerror(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void child::close_input() { state_->input.close(); }

std::string child::line() {
  return state_->await(state_->streams[0], [](const std::string&) { return true; });
}

std::string child::await_line(const std::function<bool(const std::string&)>& wanted) {
  return state_->await(state_->streams[0], wanted);
}

std::string child::await_message(const std::function<bool(const std::string&)>& wanted) {
  return state_->await(state_->streams[1], wanted);
}

std::string child::await_message(std::string_view text) {
  return await_message(
      [text](const std::string& line) { return line.find(text) != std::string::npos; });
}

std::string child::messages() const {
  const std::lock_guard lock(state_->mutex);
  return state_->streams[1].text;
}

void child::stop_listening() {
  std::unique_lock lock(state_->mutex);
  state_->deaf = true;
  must(::write(state_->wake.write.get(), "!", 1) == 1, "its reader cannot be woken");
  state_->changed.wait(lock, [this] { return state_->streams[0].over; });
}

ended child::end() {
  pollfd watched{state_->exit_watch.get(), POLLIN, 0};
  const bool over = ::poll(&watched, 1, wait_ms_max) == 1;
  if (!over) give_up("it does not end; stderr: " + messages());
  int status = 0;
  must(::waitpid(state_->pid, &status, 0) == state_->pid, "how it ended cannot be read");
  state_->pid = -1;
  // What it wrote last may still be in the pipes; they end with the last who holds them.
  state_->pump.join();
  ended result;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.out = state_->streams[0].text;
  result.err = state_->streams[1].text;
  return result;
}

ended run(launch what) { return child(std::move(what)).end(); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream from(text);
  for (std::string line; std::getline(from, line);) lines.push_back(line);
  return lines;
}

std::size_t lines_with(const std::string& text, std::string_view part) {
  const auto lines = lines_of(text);
  return static_cast<std::size_t>(std::ranges::count_if(
      lines, [&](const auto& line) { return line.find(part) != std::string::npos; }));
}

}  // namespace uod::process
