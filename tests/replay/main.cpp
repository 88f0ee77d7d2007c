#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "client/engine/runtime.hpp"
#include "tests/replay/report.hpp"

namespace {

namespace fs = std::filesystem;
using namespace uod::replaying;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_seen = 3;
constexpr int exit_interrupted = 130;

fs::path own_directory() { return fs::read_symlink("/proc/self/exe").parent_path(); }

/// Everything that this program writes goes into this directory, and with it when it is stopped.
void tidy_up_on_signals(const fs::path& scratch) {
  ::setenv("TMPDIR", scratch.c_str(), 1);
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGINT);
  sigaddset(&awaited, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  std::thread([awaited, scratch] {
    int number = 0;
    sigwait(&awaited, &number);
    std::error_code ignored;
    fs::remove_all(scratch, ignored);
    ::_exit(exit_interrupted);
  }).detach();
}

int run(site&& at, bool json) {
  report out(json);
  for (const auto how : manners) {
    if (how == manner::restart && !at.is_own()) continue;
    for (const auto what : subjects) out.add(attempt(at, what, how));
  }
  out.finish();
  if (!out.all_good()) return exit_failed;
  return out.all_seen() ? 0 : exit_not_seen;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app(
      "Holds real conversations with a server, captures a frame of each, and sends it again:\n"
      "inside the same link, over a second link, after a reconnect, after a restart of the\n"
      "server; and as ciphertext. Each has to be ignored, counted and logged.\n\n"
      "Example: uod-replay --server-binary build/bin/uod-server");
  app.set_version_flag("--version", "uod-replay " UOD_VERSION);
  app.footer(
      "Exit codes: 0 every replay was ignored, counted and logged; 1 one was not, or the scene\n"
      "could not be played; 2 usage; 3 all were ignored, but the server's log is not ours to "
      "read.");
  bool json = false;
  std::string server;
  std::string program = own_directory() / "uod-server";
  auto* binary = app.add_option("--server-binary", program,
                                "Starts this server in a temporary directory (default: the one "
                                "beside this program)")
                     ->check(CLI::ExistingFile);
  app.add_option("--server", server,
                 "Tries a server that runs already at 127.0.0.1:PORT; registers accounts with "
                 "random names there, and leaves the restart out")
      ->excludes(binary);
  app.add_flag("--json", json, "JSON Lines on stdout");
  std::uint16_t port = 0;
  try {
    app.parse(argc, argv);
    if (!server.empty()) {
      const auto where = uod::client::parse_endpoint(server);
      if (!where) throw CLI::ValidationError("--server", uod::to_text(where.error()));
      if (where->host != "127.0.0.1" && where->host != "localhost") {
        throw CLI::ValidationError("--server", "only a server of this machine, 127.0.0.1:PORT");
      }
      port = where->port;
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }

  try {
    const uod::process::fresh_directory scratch;
    tidy_up_on_signals(scratch);
    return run(port != 0 ? site(port) : site(fs::absolute(program)), json);
  } catch (const std::exception& failure) {
    std::cerr << "uod-replay: " << failure.what() << "\n";
    return exit_failed;
  }
}
