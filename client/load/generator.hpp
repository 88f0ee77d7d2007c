#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "client/engine/asio_runtime.hpp"
#include "client/load/measurements.hpp"
#include "client/load/story_machine.hpp"

namespace uod::load {

/// What a run needs beside its scenario.
struct generator_settings {
  std::vector<client::endpoint> servers;
  std::string fingerprint;  ///< the key to expect; empty: whatever the first server shows
  std::filesystem::path accounts_dir;
  std::uint64_t timeout_ms = 10'000;  ///< for reaching the server at the beginning
  std::vector<std::string> premium_codes;
};

/// Who follows a run. Called on its thread.
class run_watcher {
 public:
  virtual ~run_watcher() = default;
  /// What is being prepared or waited for.
  virtual void on_stage(const std::string& what) = 0;
  /// Accounts are there; people come from here on.
  virtual void on_people_coming() = 0;
  /// The measured time begins, or has ended.
  virtual void on_measuring(bool begins) = 0;
  /// The clock has been started.
  virtual void on_clock() {}
  virtual void on_second(const second_row& row) = 0;
  /// Whether anybody still reads what is told.
  [[nodiscard]] virtual bool is_heard() const { return true; }
  virtual void on_print(const std::string& text) = 0;
  virtual void on_warning(const std::string& text) = 0;
  /// Everybody is there. The clock starts at the instant that `go` is called with (of `now_ns`),
  /// now or later, from the loop.
  virtual void on_ready(std::function<void(std::uint64_t start_ns)> go) = 0;
};

/// Plays a scenario's people against a server, on one thread: makes their accounts, lets them
/// live, and watches what becomes of every message.
class generator {
 public:
  /// All must outlive it.
  generator(client::asio_runtime& world, story_machine& stories, generator_settings settings,
            run_watcher& watcher);
  ~generator();
  generator(const generator&) = delete;
  generator& operator=(const generator&) = delete;

  /// Ends the run cleanly, from the loop: nothing new begins, what is on its way is waited for.
  void interrupt();
  /// Runs the loop until all is over. What was measured is given also when the run broke off:
  /// `measurements::trouble` says why. Errors, before anything was measured: `server_unreachable`,
  /// `timed_out`, `key_changed`, those of files, and what the server refuses accounts with.
  outcome<measurements> run();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// CLOCK_MONOTONIC, the same for all processes of a machine.
std::uint64_t now_ns();

}  // namespace uod::load
