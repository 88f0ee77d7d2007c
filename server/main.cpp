#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <optional>

#include "actors/places.hpp"
#include "config/server_config.hpp"
#include "protocol/safe_text.hpp"
#include "server/administration/command_line.hpp"
#include "server/config_commands.hpp"
#include "server/data_directory.hpp"
#include "server/mail_setup.hpp"
#include "server/run.hpp"

namespace {

constexpr int exit_usage = 2;

int complain(const uod::error& why, bool json) {
  std::cerr << "uod-server: " << uod::safe_lines(uod::to_text(why), 0) << "\n";
  if (json) uod::print_error_row(why);
  return uod::exit_code_of(why);
}

uod::outcome<uod::loaded_server_config> load(const uod::common_flags& flags) {
  std::optional<std::filesystem::path> file;
  if (flags.config_file) file = *flags.config_file;
  return uod::load_server_config(file, flags.overrides);
}

uod::outcome<void> show_fingerprint(const uod::server_config& config, bool json) {
  const auto identity = uod::read_identity(config);
  if (!identity) return tl::unexpected(identity.error());
  const auto fingerprint = uod::fingerprint_of_certificate(identity->certificate_pem);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  uod::print_fingerprint(*fingerprint, json);
  return {};
}

/// What `run` would refuse of the files that the configuration names, without making any.
uod::outcome<void> check_files(const uod::server_config& config) {
  if (auto good = uod::check_mail(config); !good) return good;
  if (config.geo_database_file.empty()) return {};
  if (auto places = uod::place_finder::open(config.geo_database_file); !places) {
    return tl::unexpected(places.error());
  }
  return {};
}

/// Keys and passwords pass through this process: none of it may end in a core file, and nothing
/// it makes is for others to read.
void guard_process() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  umask(0077);
}

}  // namespace

int main(int argc, char** argv) {
  guard_process();
  CLI::App app("The node of UOD Messenger.\n\nExample: uod-server run --data-dir ./data");
  app.set_version_flag("--version", "uod-server " UOD_VERSION);
  app.require_subcommand(1);
  uod::common_flags flags;
  uod::administration::action chosen;

  auto* run = app.add_subcommand("run", "Run the node until SIGTERM");
  run->footer("Example: uod-server run --listen 0.0.0.0:7400 --data-dir /var/lib/uod-server");
  uod::add_common(*run, flags);
  run->add_option("--listen", flags.overrides.listen, "ADDR:PORT; port 0 picks a free one");
  run->add_option("--storage", flags.overrides.storage, "sqlite, or sqlite:///PATH");

  auto* fingerprint = app.add_subcommand("fingerprint", "Show the fingerprint of the node's key");
  fingerprint->footer("Example: uod-server fingerprint --data-dir /var/lib/uod-server");
  uod::add_common(*fingerprint, flags);

  auto* config = app.add_subcommand("config", "Look at the configuration");
  config->require_subcommand(1);
  auto* check = config->add_subcommand("check", "Say whether the configuration is good");
  check->footer("Example: uod-server config check --config uod-server.toml");
  uod::add_common(*check, flags);
  auto* show = config->add_subcommand("show", "Show what is in force and where it comes from");
  show->footer("Example: uod-server config show --config uod-server.toml --json");
  uod::add_common(*show, flags);

  uod::administration::add_commands(app, flags, chosen);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }

  const auto loaded = load(flags);
  if (!loaded) return complain(loaded.error(), flags.json);
  uod::outcome<void> result;
  if (run->parsed()) {
    result = uod::run_node(loaded->config, flags.json);
  } else if (fingerprint->parsed()) {
    result = show_fingerprint(loaded->config, flags.json);
  } else if (check->parsed()) {
    result = check_files(loaded->config);
    if (result) uod::print_config_good(*loaded, flags.json);
  } else if (show->parsed()) {
    uod::print_config(*loaded, flags.json);
  } else if (chosen) {
    auto on = uod::administration::console::of_process(flags.json);
    result = chosen(loaded->config, on);
  }
  return result ? 0 : complain(result.error(), flags.json);
}
