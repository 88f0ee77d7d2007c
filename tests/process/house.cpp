#include "tests/process/house.hpp"

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <utility>

#include "tests/process/must.hpp"

namespace uod::process {
namespace {

/// Below what systems give to outgoing connections: nobody gets it by chance while its server is
/// down, and a client that knocks there cannot meet itself.
std::uint16_t some_port() {
  static std::random_device random;
  return static_cast<std::uint16_t>(std::uniform_int_distribution<int>(10'240, 32'000)(random));
}

/// `listening on ADDR:PORT fingerprint SHA256:…`
struct ready_line {
  std::string address;
  std::string fingerprint;
};

ready_line parse_ready(const std::string& line) {
  std::istringstream from(line);
  std::string listening;
  std::string on;
  std::string fingerprint;
  ready_line ready;
  from >> listening >> on >> ready.address >> fingerprint >> ready.fingerprint;
  must(listening == "listening" && fingerprint == "fingerprint", line);
  return ready;
}

bool holds(const json& row, std::string_view type, const json& fields) {
  if (row.value("type", "") != type) return false;
  return std::ranges::all_of(fields.items(), [&](const auto& field) {
    return row.contains(field.key()) && row[field.key()] == field.value();
  });
}

}  // namespace

const std::string fast_config =
    "[tls]\nkey = \"ec:P-256\"\n[argon2]\nmemory_kib = 8192\npasses = 1\n";

fresh_directory::fresh_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "uod-test-XXXXXX").string();
  must(::mkdtemp(name.data()) != nullptr, "no directory can be made at " + name);
  path_ = name;
}

fresh_directory::fresh_directory(fresh_directory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

fresh_directory& fresh_directory::operator=(fresh_directory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

fresh_directory::~fresh_directory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream from(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(from), {}};
}

void put_file(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

words quiet_environment(const std::filesystem::path& home) {
  words environment = {"HOME=" + home.string(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                       "LC_ALL=C.UTF-8"};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) {
      environment.push_back(std::string(name) + "=" + value);
    }
  }
  return environment;
}

launch server_launch(const words& given, const std::filesystem::path& home,
                     const std::filesystem::path& program) {
  launch what;
  what.command = {program.empty() ? UOD_BIN_DIR "/uod-server" : program.string()};
  what.command.insert(what.command.end(), given.begin(), given.end());
  what.environment = quiet_environment(home);
  return what;
}

// ------------------------------------------------------------------------------------ the server

server::server(const std::string& more_config, words prefix, std::filesystem::path data_dir,
               std::filesystem::path program)
    : program_(std::move(program)),
      prefix_(std::move(prefix)),
      data_dir_(data_dir.empty() ? home_.path() / "data" : std::move(data_dir)) {
  put_file(config_file(), fast_config + more_config);
  start();
}

void server::start() {
  if (process_) earlier_log_ += process_->messages();
  for (int attempt = 1;; ++attempt) {
    const std::uint16_t port = port_ != 0 ? port_ : some_port();
    auto what = server_launch({"run", "--config", config_file(), "--data-dir", data_dir(),
                               "--listen", "127.0.0.1:" + std::to_string(port)},
                              home_, program_);
    what.command.insert(what.command.begin(), prefix_.begin(), prefix_.end());
    process_.emplace(std::move(what));
    // Either it listens, or it says why not.
    const auto said = process_->await_message([](const std::string& line) {
      return line.find(" node.ready ") != std::string::npos || line.starts_with("uod-server: ");
    });
    const bool taken = said.find("Another program is using the address") != std::string::npos;
    if (taken && port_ == 0 && attempt < 20) continue;
    const auto ready = parse_ready(process_->line());
    port_ = port;
    address_ = ready.address;
    fingerprint_ = ready.fingerprint;
    return;
  }
}

void server::kill() {
  process_->signal(SIGKILL);
  must(process_->end().signal == SIGKILL, "the server was not killed");
}

ended server::stop() {
  process_->signal(SIGTERM);
  return process_->end();
}

std::string server::log() const { return earlier_log_ + process_->messages(); }

std::uint64_t total_of(const std::string& log, const std::string& figure) {
  const auto line = log.rfind(" node.ended ");
  must(line != std::string::npos, "no node.ended in:\n" + log);
  const auto at = log.find(" " + figure + "=", line);
  must(at != std::string::npos, figure + " is not in:\n" + log.substr(line));
  return std::stoull(log.substr(at + figure.size() + 2));
}

// -------------------------------------------------------------------------------------- a person

person::person(const server& at, std::string name, bool registers)
    : person(at.address(), std::move(name), registers) {}

person::person(std::string address, std::string name, bool registers)
    : address_(std::move(address)), name_(std::move(name)) {
  if (!registers) return;
  // The address of a person whose name is not ASCII need not be: `parse_email` is not the subject.
  static int count = 0;
  const std::string email = "person" + std::to_string(++count) + "@example.org";
  const auto done = types({"register", "--user", name_, "--email", email, "--password-stdin"},
                          std::string(usual_password) + "\n");
  must(done.exit_code == 0, done.err);
}

launch person::typing(const words& command, const std::string& input) const {
  launch what;
  what.command = {UOD_BIN_DIR "/uod", "--server", address_,    "--state-dir",
                  state_dir(),        "--json",   "--no-input"};
  what.command.insert(what.command.end(), command.begin(), command.end());
  what.input = input;
  what.environment = quiet_environment(home_);
  return what;
}

ended person::types(const words& command, const std::string& input) const {
  return run(typing(command, input));
}

child person::starts(const words& command, const std::string& input) const {
  return child(typing(command, input));
}

std::vector<json> person::sees(const words& command, const std::string& input) const {
  const auto done = types(command, input);
  must(done.exit_code == 0, name_ + ": " + done.out + done.err);
  return rows_of(done.out);
}

child person::listens(const words& more) const {
  words command = {"listen"};
  command.insert(command.end(), more.begin(), more.end());
  auto listening = starts(command);
  await_row(listening, "connection", {{"state", "connected"}});
  return listening;
}

// ------------------------------------------------------------------------------------------ rows

std::vector<json> rows_of(const std::string& out) {
  std::vector<json> rows;
  for (const auto& line : lines_of(out)) {
    auto row = json::parse(line, nullptr, false);
    must(row.is_object(), "no JSON object: " + line);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<json> rows_of_type(const std::string& out, std::string_view type) {
  auto rows = rows_of(out);
  std::erase_if(rows, [&](const json& row) { return row.value("type", "") != type; });
  return rows;
}

json await_row(child& from, std::string_view type, const json& fields) {
  return json::parse(from.await_line([&](const std::string& line) {
    const auto row = json::parse(line, nullptr, false);
    return row.is_object() && holds(row, type, fields);
  }));
}

void befriend(const person& one, const person& other) {
  one.sees({"contacts", "add", other.name()});
  other.sees({"contacts", "add", one.name()});
}

}  // namespace uod::process
