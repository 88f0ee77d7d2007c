#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.hpp"
#include "config/places.hpp"
#include "config/server_rates.hpp"
#include "protocol/errors.hpp"

/// A node's configuration: a plain struct with the defaults, and the door through which it is
/// read. What each value means and may be stands in the table of server_config.cpp and, made
/// from it, in uod-server.example.toml.
namespace uod {

struct server_argon2_config {
  std::uint32_t memory_kib = 65'536;
  std::uint32_t passes = 3;
};

/// Bounds: each is answered with a defined error or end when it is reached.
struct server_limits {
  std::uint32_t connections_max = 20'000;
  std::uint32_t connections_per_address_max = 2'000;
  std::uint32_t handshake_timeout_ms = 10'000;
  std::uint32_t anonymous_timeout_ms = 60'000;
  std::uint32_t silence_ms = 30'000;
  std::uint32_t silence_end_ms = 15'000;
  std::uint32_t frame_bytes_max = 262'144;
  std::uint32_t message_bytes_max = 65'536;
  std::uint32_t broadcast_bytes_max = 4'096;
  std::uint32_t requests_in_flight_max = 64;
  std::uint32_t page_rows_max = 200;
  std::uint32_t page_bytes_max = 131'072;
  std::uint32_t outbox_bytes_max = 1'048'576;
  std::uint32_t write_stall_ms = 30'000;
  std::uint32_t store_queue_max = 65'536;
  std::uint32_t file_octets_max = 104'857'600;
  std::uint32_t files_account_octets_max = 2'147'483'648;
  std::uint32_t drain_ms = 10'000;
};

/// How wrong passwords lock names and networks.
struct server_lockout {
  std::uint32_t failures_max = 5;
  std::uint32_t network_failures_max = 50;
  std::uint32_t first_ms = 60'000;
  std::uint32_t longest_ms = 3'600'000;
  std::uint32_t forgotten_ms = 86'400'000;
};

/// Where mail goes and how.
struct server_mail {
  std::string transport = "maildir";  ///< or `smtp`
  std::string server_name = "UOD Messenger";
  std::string from_address = "uod-server@localhost";
  std::string from_name = "UOD Messenger";
  std::string smtp_host;
  std::uint32_t smtp_port = 0;  ///< 0: the usual one
  std::string smtp_security = "starttls";
  std::string smtp_user;
  std::filesystem::path smtp_password_file;
  std::filesystem::path smtp_ca_file;
  std::uint32_t smtp_timeout_ms = 30'000;
  std::filesystem::path template_dir;
  std::uint32_t per_minute_max = 600;
  std::uint32_t retry_first_ms = 60'000;
  std::uint32_t retry_longest_ms = 3'600'000;
  std::uint32_t give_up_ms = 432'000'000;
  std::uint32_t lock_warnings_per_day_max = 3;
  std::uint32_t place_warnings_per_day_max = 10;
  std::uint32_t codes_per_day_max = 5;
};

/// Where monitoring looks; see server/metrics.
struct server_metrics {
  std::string listen;               ///< empty: nowhere; else `parse_host_port` takes it
  std::string open_to = "machine";  ///< or `network`
};

struct server_threads {
  std::uint32_t io = 2;  ///< with one, new log-ins (RSA-3072) were two thirds as many on two cores
  std::uint32_t actors = 2;
  std::uint32_t readers = 2;
};

struct server_config {
  std::string listen = "0.0.0.0:7400";         ///< `parse_host_port` takes it
  std::filesystem::path data_dir;              ///< never empty once loaded
  std::string storage_url = "sqlite";          ///< see `database_file`
  std::string tls_key = "rsa:3072";            ///< `parse_key_kind` takes it
  std::filesystem::path tls_certificate_file;  ///< empty, as the next: made under data_dir/keys
  std::filesystem::path tls_key_file;
  server_argon2_config argon2;
  server_limits limits;
  server_rates rates;
  std::filesystem::path geo_database_file;  ///< empty: no places
  std::string log_level = "info";
  std::string log_format = "text";
  server_threads threads;
  server_metrics metrics;
  server_lockout lockout;
  server_mail mail;
};

/// What `uod-server` was given as flags: `--listen`, `--data-dir`, `--storage`.
struct server_overrides {
  std::optional<std::string> listen;
  std::optional<std::string> data_dir;
  std::optional<std::string> storage;
};

using loaded_server_config = loaded<server_config>;

/// Loads and checks a node's configuration; flags win over the file, the file over the defaults.
/// Without `file` (`--config`) it is $XDG_CONFIG_HOME/uod/uod-server.toml or else
/// /etc/uod/uod-server.toml, where one exists. Errors, all problems at once: `config_invalid`,
/// a line each (`FILE:LINE: KEY: what was given; allowed: …`); `usage` when only flags are wrong.
outcome<loaded_server_config> load_server_config(
    const std::optional<std::filesystem::path>& file, const server_overrides& flags,
    const surroundings& around = process_surroundings());

/// Whether a host names this machine only: `localhost`, `127.…`, `::1`.
bool is_loopback_host(std::string_view host);

/// The SQLite file that `storage_url` names: `sqlite` is uod.db in the data directory,
/// `sqlite:///path` the absolute path.
std::filesystem::path database_file(const server_config& config);

/// The text of config/uod-server.example.toml.
std::string server_example_file();

}  // namespace uod
