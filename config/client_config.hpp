#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/loader.hpp"
#include "config/places.hpp"
#include "protocol/errors.hpp"

/// The client's configuration: a plain struct with the defaults, and the door through which it
/// is read. What each value may be stands in the table of client_config.cpp and, made from it,
/// in uod.example.toml.
namespace uod {

struct client_config {
  std::vector<std::string> servers = {"localhost:7400"};  ///< `parse_host_port` takes each
  std::string profile = "default";                        ///< fit for a directory's name
  std::filesystem::path state_dir;                        ///< never empty once loaded
  std::uint32_t timeout_s = 10;
  std::string color = "auto";              ///< or `never`
  std::string credentials_store = "auto";  ///< or `file`, `secret-service`
  std::filesystem::path trust_ca_file;     ///< empty, as the next: pinned on first use
  std::string trust_fingerprint;           ///< as `fingerprint_of_certificate` writes it
};

/// What `uod` was given as flags; the command line's part fills in what was there.
struct client_overrides {
  std::vector<std::string> servers;        ///< --server, repeatable
  std::optional<std::string> profile;      ///< --profile
  std::optional<std::string> state_dir;    ///< --state-dir
  std::optional<std::int64_t> timeout_s;   ///< --timeout
  std::optional<std::string> fingerprint;  ///< --server-fingerprint
  std::optional<std::string> ca_file;      ///< --ca
  bool no_color = false;                   ///< --no-color
};

using loaded_client_config = loaded<client_config>;

/// Loads and checks the client's configuration: flags over environment (UOD_SERVER, which may
/// hold several with commas between, UOD_PROFILE, UOD_STATE_DIR; NO_COLOR and TERM=dumb turn
/// colour off) over $XDG_CONFIG_HOME/uod/config.toml, if it exists, over the defaults. Empty
/// variables count as not set. Errors, all problems at once: `config_invalid`, a line each;
/// `usage` when only flags are wrong.
outcome<loaded_client_config> load_client_config(
    const client_overrides& flags, const surroundings& around = process_surroundings());

/// The text of config/uod.example.toml.
std::string client_example_file();

}  // namespace uod
