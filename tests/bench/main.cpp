#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "tests/bench/bench_broadcast.hpp"
#include "tests/bench/bench_end_to_end.hpp"
#include "tests/bench/bench_link.hpp"
#include "tests/bench/bench_sealing.hpp"
#include "tests/bench/bench_store.hpp"
#include "tests/bench/bench_works.hpp"
#include "tests/bench/listeners.hpp"
#include "tests/bench/measure.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_interrupted = 130;
constexpr double seconds_min = 0.01;
constexpr double seconds_max = 3600;
constexpr std::size_t listeners_max = 19'000;  // what a node takes, and room for chat

fs::path own_directory() { return fs::read_symlink("/proc/self/exe").parent_path(); }

/// Where databases and the node live meanwhile; gone afterwards, also after SIGINT and SIGTERM.
class scratch_directory {
 public:
  explicit scratch_directory(const fs::path& parent) {
    std::string made = (parent / "uod-bench-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr) {
      throw std::runtime_error("no directory can be made in " + parent.string());
    }
    path_ = made;
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
    std::thread([awaited, path = path_] {
      int number = 0;
      sigwait(&awaited, &number);
      std::error_code ignored;
      fs::remove_all(path, ignored);
      ::_exit(exit_interrupted);
    }).detach();
  }
  ~scratch_directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app(
      "What UOD Messenger's parts cost, beside bare OpenSSL, libsodium and SQLite in the same "
      "run.\n"
      "How each part measures stands at the top of tests/bench/bench_*.cpp.\n\n"
      "Example: uod-bench store --seconds 3 --json");
  app.set_version_flag("--version", "uod-bench " UOD_VERSION);
  app.require_subcommand(0, 1);
  app.fallthrough();
  double seconds = 1;
  bool json = false;
  std::size_t listeners = 5'000;
  std::string parent = own_directory();
  std::string server_program = own_directory() / "uod-server";
  const std::string load_program = own_directory() / "uod-load";
  app.add_option("--seconds", seconds, "How long each run lasts; three count (default: 1)")
      ->check(CLI::Range(seconds_min, seconds_max));
  app.add_option("--dir", parent, "Where databases are made; on the disk that counts")
      ->check(CLI::ExistingDirectory);
  app.add_option("--server-program", server_program, "The node for broadcast and end-to-end")
      ->check(CLI::ExistingFile);
  app.add_option("--listeners", listeners, "How many hear each broadcast (default: 5000)")
      ->check(CLI::Range(std::size_t{1}, listeners_max));
  app.add_flag("--json", json, "JSON Lines on stdout");
  auto* link = app.add_subcommand("link", "Frames and handshakes in memory");
  link->footer("Example: uod-bench link");
  auto* sealing = app.add_subcommand("sealing", "Sealed messages and chat keys in memory");
  sealing->footer("Example: uod-bench sealing");
  auto* store = app.add_subcommand("store", "Rows a second at 1, 32, 256 and 2,048 a commit");
  store->footer("Example: uod-bench store --dir /var/lib");
  auto* end_to_end = app.add_subcommand("end-to-end", "Messages through a real node");
  end_to_end->footer("Example: uod-bench end-to-end --seconds 10");
  auto* broadcast = app.add_subcommand("broadcast", "Broadcasts, and what chat feels of them");
  broadcast->footer("Example: uod-bench broadcast --listeners 1000 --seconds 3");
  auto* works = app.add_subcommand("works", "What servers are compared by, through uod-load");
  works->footer("Example: uod-bench works --seconds 5");
  // What `broadcast` starts beside itself.
  std::string node;
  auto* listen = app.add_subcommand("listeners")->group("");
  listen->add_option("NODE", node)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }

  try {
    if (listen->parsed()) {
      uod::bench::run_listeners(
          uod::bench::must(uod::client::parse_endpoint(node), "the node's address"), listeners);
      return 0;
    }
    const scratch_directory scratch(parent);
    uod::bench::report out(json);
    const bool all = app.get_subcommands().empty();
    if (all || link->parsed()) uod::bench::bench_link(out, seconds);
    if (all || sealing->parsed()) uod::bench::bench_sealing(out, seconds);
    if (all || store->parsed()) uod::bench::bench_store(out, seconds, scratch.path());
    if (all || end_to_end->parsed()) {
      uod::bench::bench_end_to_end(out, seconds, server_program, scratch.path());
    }
    if (all || broadcast->parsed()) {
      uod::bench::bench_broadcast(out, seconds, listeners, server_program, scratch.path());
    }
    // By name alone: it takes minutes.
    if (works->parsed()) {
      uod::bench::bench_works(out, seconds, server_program, load_program, scratch.path());
    }
  } catch (const std::exception& failure) {
    std::cerr << "uod-bench: " << failure.what() << "\n";
    return exit_failed;
  }
  return 0;
}
