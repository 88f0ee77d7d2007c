#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/process/child.hpp"

/// A server and the people who use it, each with directories that are gone afterwards.
namespace uod::process {

using json = nlohmann::json;

/// A directory of its own, gone afterwards.
class fresh_directory {
 public:
  fresh_directory();
  fresh_directory(fresh_directory&& other) noexcept;
  fresh_directory& operator=(fresh_directory&& other) noexcept;
  ~fresh_directory();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  operator const std::filesystem::path&() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string content_of(const std::filesystem::path& file);
void put_file(const std::filesystem::path& file, const std::string& content);

/// The environment that programs get: nothing of the test's own but what sanitizers read.
words quiet_environment(const std::filesystem::path& home);

/// `uod-server` (the one built with the tests, or another program) with these words behind it, and
/// a home of its own.
launch server_launch(const words& given, const std::filesystem::path& home,
                     const std::filesystem::path& program = {});

/// What a server of a test is configured with, to be fast: the cheapest keys and passwords.
extern const std::string fast_config;

/// A node that can be killed and come back at the same port with the same data.
class server {
 public:
  /// Starts it. `more_config` is added to `fast_config`. `prefix` stands before the command (such
  /// as `unshare …`), `data_dir` is where the data lies, if not in a directory of its own, and
  /// `program` the server, if not the one built with the tests.
  explicit server(const std::string& more_config = {}, words prefix = {},
                  std::filesystem::path data_dir = {}, std::filesystem::path program = {});

  /// Starts it again, at the same port, and waits until it listens.
  void start();
  /// SIGKILL: no chance to tidy up.
  void kill();
  /// SIGTERM; waits for the end.
  ended stop();

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  [[nodiscard]] const std::filesystem::path& data_dir() const { return data_dir_; }
  [[nodiscard]] std::filesystem::path config_file() const { return home_.path() / "server.toml"; }
  [[nodiscard]] const std::filesystem::path& home() const { return home_.path(); }
  child& process() { return *process_; }
  /// All that it has logged, in all its lives.
  [[nodiscard]] std::string log() const;

 private:
  fresh_directory home_;
  std::filesystem::path program_;
  words prefix_;
  std::filesystem::path data_dir_;
  std::optional<child> process_;
  std::string address_;
  std::uint16_t port_ = 0;
  std::string fingerprint_;
  std::string earlier_log_;
};

/// A figure of the newest `node.ended` line in a log: `messages`, `replays`, … Fails without one.
std::uint64_t total_of(const std::string& log, const std::string& figure);

inline constexpr const char* usual_password = "correct horse battery";

/// Somebody with a state directory of their own, who types commands.
class person {
 public:
  /// Registers, unless told not to.
  person(const server& at, std::string name, bool registers = true);
  /// The same, by an address (of something that stands before a server, say).
  person(std::string address, std::string name, bool registers = true);

  /// What a command of this person is run with: `--json`, no questions.
  [[nodiscard]] launch typing(const words& command, const std::string& input = {}) const;
  [[nodiscard]] ended types(const words& command, const std::string& input = {}) const;
  [[nodiscard]] child starts(const words& command, const std::string& input = {}) const;
  /// The rows of a command that succeeds.
  std::vector<json> sees(const words& command, const std::string& input = {}) const;
  /// Runs `listen` and waits until it is connected.
  [[nodiscard]] child listens(const words& more = {}) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::filesystem::path state_dir() const { return home_.path() / "state"; }
  [[nodiscard]] const std::filesystem::path& home() const { return home_.path(); }

 private:
  std::string address_;
  std::string name_;
  fresh_directory home_;
};

/// Each line as JSON; a line that is none fails the test.
std::vector<json> rows_of(const std::string& out);
std::vector<json> rows_of_type(const std::string& out, std::string_view type);

/// Waits for a row of this type in which these fields have these values.
json await_row(child& from, std::string_view type, const json& fields = json::object());

/// Both have each other as contacts.
void befriend(const person& one, const person& other);

}  // namespace uod::process
