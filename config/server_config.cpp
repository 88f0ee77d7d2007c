#include "config/server_config.hpp"

#include <algorithm>

#include "config/host_port.hpp"
#include "protocol/names.hpp"

namespace uod {
namespace {

using row = setting<server_config>;

constexpr std::string_view sqlite_prefix = "sqlite:///";
constexpr std::uint32_t hour_ms = 3'600'000;
constexpr std::uint32_t day_ms = 24 * hour_ms;
constexpr std::uint32_t mebibyte = 1'048'576;

/// Of a frame beside the message in it: ids, names, times, and the schema's own octets.
constexpr std::uint32_t envelope_bytes_max = 4'096;

bool is_storage_url(std::string_view text) {
  return text == "sqlite" ||
         (text.starts_with(sqlite_prefix) && text.size() > sqlite_prefix.size() &&
          text.find('\0') == std::string_view::npos);
}

bool is_host_port(std::string_view text) { return parse_host_port(text).has_value(); }

bool is_host_port_or_empty(std::string_view text) { return text.empty() || is_host_port(text); }

template <class Member>
row make(std::string_view key, Member member, setting_rule rule, std::string_view description,
         std::string_view example = {}) {
  return make_setting<server_config>(key, member, std::move(rule), description, example);
}

std::vector<row> general_rows() {
  return {
      make(
          "listen", [](server_config & c) -> auto& { return c.listen; },
          text_rule{is_host_port, "ADDR:PORT, such as \"0.0.0.0:7400\" or \"[::]:7400\""},
          "Where clients connect to; port 0 takes a free one."),
      make(
          "data_dir", [](server_config & c) -> auto& { return c.data_dir; }, path_rule{},
          "Everything the node keeps lies here; by default $XDG_DATA_HOME/uod-server, else "
          "~/.local/share/uod-server.",
          "/var/lib/uod-server"),
      make(
          "storage.url", [](server_config & c) -> auto& { return c.storage_url; },
          text_rule{is_storage_url,
                    "\"sqlite\" (uod.db in the data directory) or \"sqlite:///absolute/path\""},
          "The database."),
      make(
          "tls.key", [](server_config & c) -> auto& { return c.tls_key; },
          one_of{{"rsa:3072", "rsa:2048", "ec:P-256"}},
          "The kind of key that the node makes for itself on its first start."),
      make(
          "tls.certificate_file", [](server_config & c) -> auto& { return c.tls_certificate_file; },
          path_rule{true},
          "A certificate (PEM) to present, with key_file; empty: a self-signed one is made under "
          "data_dir/keys."),
      make(
          "tls.key_file", [](server_config & c) -> auto& { return c.tls_key_file; },
          path_rule{true},
          "The private key (PEM, not encrypted, readable by the server only) of "
          "certificate_file."),
      make(
          "argon2.memory_kib", [](server_config & c) -> auto& { return c.argon2.memory_kib; },
          number_range{8 * 1024, 1024 * 1024},
          "Memory in KiB with which clients of new accounts stretch the password (Argon2id)."),
      make(
          "argon2.passes", [](server_config & c) -> auto& { return c.argon2.passes; },
          number_range{1, 16}, "Passes over that memory."),
  };
}

std::vector<row> connection_rows() {
  return {
      make(
          "limits.connections_max",
          [](server_config & c) -> auto& { return c.limits.connections_max; },
          number_range{1, 1'000'000},
          "Connections at a time; one more is closed at once. Each takes a file descriptor."),
      make(
          "limits.connections_per_address_max",
          [](server_config & c) -> auto& { return c.limits.connections_per_address_max; },
          number_range{1, 1'000'000},
          "The same for each address, so that one stranger cannot take all of them."),
      make(
          "limits.handshake_timeout_ms",
          [](server_config & c) -> auto& { return c.limits.handshake_timeout_ms; },
          number_range{100, hour_ms}, "A connection whose TLS handshake takes longer is ended."),
      make(
          "limits.anonymous_timeout_ms",
          [](server_config & c) -> auto& { return c.limits.anonymous_timeout_ms; },
          number_range{100, hour_ms}, "A connection not logged in by then is ended."),
      make(
          "limits.silence_ms", [](server_config & c) -> auto& { return c.limits.silence_ms; },
          number_range{100, hour_ms}, "A connection silent for so long is asked \"still there?\"."),
      make(
          "limits.silence_end_ms",
          [](server_config & c) -> auto& { return c.limits.silence_end_ms; },
          number_range{100, hour_ms}, "Without an answer it is ended after so much longer."),
      make(
          "limits.frame_bytes_max",
          [](server_config & c) -> auto& { return c.limits.frame_bytes_max; },
          number_range{16'384, 16 * mebibyte},
          "Bytes of a frame, reassembled from its segments; a larger one ends the connection."),
      make(
          "limits.outbox_bytes_max",
          [](server_config & c) -> auto& { return c.limits.outbox_bytes_max; },
          number_range{65'536, 64 * mebibyte},
          "Bytes that wait for one slow reader; past it the connection is ended, and the client "
          "fills its gaps when it is back."),
      make(
          "limits.write_stall_ms",
          [](server_config & c) -> auto& { return c.limits.write_stall_ms; },
          number_range{100, hour_ms}, "A reader that takes nothing for so long is ended."),
  };
}

std::vector<row> request_rows() {
  return {
      make(
          "limits.message_bytes_max",
          [](server_config & c) -> auto& { return c.limits.message_bytes_max; },
          number_range{1'024, mebibyte}, "Bytes of a message's body; a larger one is refused."),
      make(
          "limits.broadcast_bytes_max",
          [](server_config & c) -> auto& { return c.limits.broadcast_bytes_max; },
          number_range{128, 65'536}, "Bytes of a broadcast's text; a longer one is refused."),
      make(
          "limits.requests_in_flight_max",
          [](server_config & c) -> auto& { return c.limits.requests_in_flight_max; },
          number_range{1, 4'096},
          "Requests of a session not answered yet; past it its socket is left unread."),
      make(
          "limits.page_rows_max", [](server_config & c) -> auto& { return c.limits.page_rows_max; },
          number_range{1, 10'000}, "Rows of a page of history, search or lists."),
      make(
          "limits.page_bytes_max",
          [](server_config & c) -> auto& { return c.limits.page_bytes_max; },
          number_range{1'024, 8 * mebibyte},
          "Bytes of bodies in a page; it holds at least one row."),
      make(
          "limits.store_queue_max",
          [](server_config & c) -> auto& { return c.limits.store_queue_max; },
          number_range{1, mebibyte},
          "Messages that wait for the store; more wait at their senders. From three quarters on "
          "nobody new is let in."),
      make(
          "limits.file_octets_max",
          [](server_config & c) -> auto& { return c.limits.file_octets_max; },
          number_range{0, 4'294'967'295},
          "Octets of a file that is sent; a larger one is refused. 0: no files."),
      make(
          "limits.files_account_octets_max",
          [](server_config & c) -> auto& { return c.limits.files_account_octets_max; },
          number_range{0, 4'294'967'295},
          "Octets of all files that an account has sent, each with 4 KiB more than it holds; past "
          "it, one more is refused."),
      make(
          "limits.drain_ms", [](server_config & c) -> auto& { return c.limits.drain_ms; },
          number_range{0, hour_ms},
          "On SIGTERM, how long requests already accepted may take to be answered."),
  };
}

bool is_address(std::string_view text) { return parse_email(text).has_value(); }

/// A header's text: one line.
bool is_one_line(std::string_view text) {
  return !text.empty() && text.size() <= 200 && is_utf8(text) &&
         std::ranges::none_of(text, [](char each) {
           return static_cast<unsigned char>(each) < ' ' || each == '\x7f';
         });
}

bool is_host_or_empty(std::string_view text) {
  return text.size() <= 255 && std::ranges::all_of(text, [](char each) {
           return static_cast<unsigned char>(each) > ' ' && each != '\x7f';
         });
}

std::vector<row> lockout_rows() {
  return {
      make(
          "lockout.failures_max", [](server_config & c) -> auto& { return c.lockout.failures_max; },
          number_range{1, 1'000}, "Wrong passwords in a row that lock a name."),
      make(
          "lockout.network_failures_max",
          [](server_config & c) -> auto& { return c.lockout.network_failures_max; },
          number_range{1, 1'000'000},
          "Wrong passwords from one network (/24, /48), whatever the names, that lock it out."),
      make(
          "lockout.first_ms", [](server_config & c) -> auto& { return c.lockout.first_ms; },
          number_range{1, day_ms},
          "How long the first lock lasts; each further one twice as long."),
      make(
          "lockout.longest_ms", [](server_config & c) -> auto& { return c.lockout.longest_ms; },
          number_range{1, day_ms}, "The longest that a lock lasts."),
      make(
          "lockout.forgotten_ms", [](server_config & c) -> auto& { return c.lockout.forgotten_ms; },
          number_range{1, 30 * day_ms}, "Without a failure for so long, all is forgotten."),
  };
}

std::vector<row> mail_rows() {
  return {
      make(
          "mail.transport", [](server_config & c) -> auto& { return c.mail.transport; },
          one_of{{"maildir", "smtp"}},
          "Where mail goes: files under data_dir/mail, or the SMTP server below."),
      make(
          "mail.server_name", [](server_config & c) -> auto& { return c.mail.server_name; },
          text_rule{is_one_line, "a name on one line"}, "What mails call this server."),
      make(
          "mail.from_address", [](server_config & c) -> auto& { return c.mail.from_address; },
          text_rule{is_address, "an address such as \"noreply@example.org\""},
          "The address that mails come from."),
      make(
          "mail.from_name", [](server_config & c) -> auto& { return c.mail.from_name; },
          text_rule{is_one_line, "a name on one line"}, "The name beside it."),
      make(
          "mail.smtp_host", [](server_config & c) -> auto& { return c.mail.smtp_host; },
          text_rule{is_host_or_empty, "a host's name or address"},
          "The SMTP server, such as smtp.example.org."),
      make(
          "mail.smtp_port", [](server_config & c) -> auto& { return c.mail.smtp_port; },
          number_range{0, 65'535}, "Its port; 0: 587, 465 or 25, as smtp_security has it."),
      make(
          "mail.smtp_security", [](server_config & c) -> auto& { return c.mail.smtp_security; },
          one_of{{"starttls", "tls", "none"}},
          "How the way there is protected; none is only for a relay on this machine."),
      make(
          "mail.smtp_user", [](server_config & c) -> auto& { return c.mail.smtp_user; },
          text_rule{is_host_or_empty, "a user's name"}, "Who logs in there; empty: nobody."),
      make(
          "mail.smtp_password_file",
          [](server_config & c) -> auto& { return c.mail.smtp_password_file; }, path_rule{true},
          "A file whose first line is the password, readable by the server only."),
      make(
          "mail.smtp_ca_file", [](server_config & c) -> auto& { return c.mail.smtp_ca_file; },
          path_rule{true}, "Authorities (PEM) for its certificate; empty: the system's."),
      make(
          "mail.smtp_timeout_ms", [](server_config & c) -> auto& { return c.mail.smtp_timeout_ms; },
          number_range{100, hour_ms}, "How long connecting and each of its answers may take."),
      make(
          "mail.template_dir", [](server_config & c) -> auto& { return c.mail.template_dir; },
          path_rule{true},
          "Templates that replace the built-in ones (config/mail): NAME.txt and NAME.html."),
      make(
          "mail.per_minute_max", [](server_config & c) -> auto& { return c.mail.per_minute_max; },
          number_range{1, 60'000}, "Mails that leave in a minute; more wait."),
      make(
          "mail.retry_first_ms", [](server_config & c) -> auto& { return c.mail.retry_first_ms; },
          number_range{100, day_ms},
          "How long to wait after a mail could not leave; twice as long each time."),
      make(
          "mail.retry_longest_ms",
          [](server_config & c) -> auto& { return c.mail.retry_longest_ms; },
          number_range{100, day_ms}, "The longest such wait."),
      make(
          "mail.give_up_ms", [](server_config & c) -> auto& { return c.mail.give_up_ms; },
          number_range{1'000, 30 * day_ms}, "A mail that has not left by then is given up."),
      make(
          "mail.lock_warnings_per_day_max",
          [](server_config & c) -> auto& { return c.mail.lock_warnings_per_day_max; },
          number_range{1, 1'000}, "Warnings of a lock that an account gets in a day."),
      make(
          "mail.place_warnings_per_day_max",
          [](server_config & c) -> auto& { return c.mail.place_warnings_per_day_max; },
          number_range{1, 1'000}, "Warnings of a new place that an account gets in a day."),
      make(
          "mail.codes_per_day_max",
          [](server_config & c) -> auto& { return c.mail.codes_per_day_max; },
          number_range{1, 1'000}, "Codes of a kind that an account may ask for in a day."),
  };
}

bool is_rate(std::string_view text) { return parse_rate(text).has_value(); }

std::vector<row> rate_rows() {
  const server_rates defaults;
  std::vector<row> rows;
  for (const auto& setting : rate_settings()) {
    rows.push_back({{setting.key, to_text(defaults.*setting.member),
                     text_rule{is_rate, rate_allowed}, setting.description},
                    [member = setting.member](server_config& config, const setting_value& value) {
                      config.rates.*member =
                          *parse_rate(std::get<std::string>(value));  // the rule has seen it
                    }});
  }
  return rows;
}

std::vector<row> process_rows() {
  return {
      make(
          "geo.database_file", [](server_config & c) -> auto& { return c.geo_database_file; },
          path_rule{true},
          "A MaxMind database of cities or countries (.mmdb), to tell people from which place "
          "somebody logged in; empty: no places."),
      make(
          "log.level", [](server_config & c) -> auto& { return c.log_level; },
          one_of{{"debug", "info", "warning", "error"}}, "The least that is logged."),
      make(
          "log.format", [](server_config & c) -> auto& { return c.log_format; },
          one_of{{"text", "json"}}, "A line to read, or a JSON object a line."),
      make(
          "threads.io", [](server_config & c) -> auto& { return c.threads.io; },
          number_range{1, 256},
          "Threads for sockets, TLS and sessions: half of the cores, and two at least. A log-in "
          "without a ticket keeps one busy for some 3 ms (RSA-3072)."),
      make(
          "threads.actors", [](server_config & c) -> auto& { return c.threads.actors; },
          number_range{1, 256}, "Threads that the other actors share."),
      make(
          "threads.readers", [](server_config & c) -> auto& { return c.threads.readers; },
          number_range{1, 256}, "Threads that read from the database, a connection each."),
      make(
          "metrics.listen", [](server_config & c) -> auto& { return c.metrics.listen; },
          text_rule{is_host_port_or_empty, "ADDR:PORT, such as \"127.0.0.1:9401\", or \"\""},
          "Where monitoring asks, by HTTP: /metrics, /health, /ready; empty: nowhere. Port 0 takes "
          "a free one, which the log tells."),
      make(
          "metrics.open_to", [](server_config & c) -> auto& { return c.metrics.open_to; },
          one_of{{"machine", "network"}},
          "machine: metrics.listen must be an address of this machine alone; network: any, for "
          "whoever can reach it may read it."),
  };
}

std::vector<row> server_table() {
  auto table = general_rows();
  for (auto rows : {connection_rows(), request_rows(), rate_rows(), lockout_rows(), mail_rows(),
                    process_rows()}) {
    std::ranges::move(rows, std::back_inserter(table));
  }
  return table;
}

const value_origin& origin_of(const std::vector<effective_setting>& settings,
                              std::string_view key) {
  return std::ranges::find(settings, key, &effective_setting::key)->origin;
}

/// What must hold between settings.
void check_together(const server_config& config, const std::vector<effective_setting>& settings,
                    problem_list& problems) {
  const auto refuse = [&](std::string_view key, const std::string& text) {
    problems.add(origin_of(settings, key), key, text);
  };
  const auto& limits = config.limits;
  if (config.data_dir.empty()) {
    refuse("data_dir", "neither XDG_DATA_HOME nor HOME says where it is; give --data-dir DIR");
  }
  if (config.tls_certificate_file.empty() != config.tls_key_file.empty()) {
    const bool key_alone = config.tls_certificate_file.empty();
    refuse(key_alone ? "tls.key_file" : "tls.certificate_file",
           "tls.certificate_file and tls.key_file go together; give both or none");
  }
  if (config.mail.transport == "smtp" && config.mail.smtp_host.empty()) {
    refuse("mail.smtp_host", "mail.transport = \"smtp\" needs to know the server");
  }
  if (config.mail.smtp_user.empty() != config.mail.smtp_password_file.empty()) {
    const bool password_alone = config.mail.smtp_user.empty();
    refuse(password_alone ? "mail.smtp_user" : "mail.smtp_password_file",
           "mail.smtp_user and mail.smtp_password_file go together; give both or none");
  }
  if (config.mail.smtp_security == "none" && !config.mail.smtp_user.empty()) {
    refuse("mail.smtp_security", "a password is not sent in plain text; use starttls or tls");
  }
  if (!config.metrics.listen.empty() && config.metrics.open_to == "machine" &&
      !is_loopback_host(parse_host_port(config.metrics.listen)->host)) {
    refuse("metrics.listen",
           config.metrics.listen +
               " can be reached by others; allowed: 127.0.0.1 or [::1], or say metrics.open_to = "
               "\"network\"");
  }
  if (config.lockout.longest_ms < config.lockout.first_ms) {
    refuse("lockout.longest_ms", "is shorter than lockout.first_ms");
  }
  if (limits.message_bytes_max + envelope_bytes_max > limits.frame_bytes_max) {
    refuse("limits.message_bytes_max",
           std::to_string(limits.message_bytes_max) +
               " does not fit in a frame; allowed: at most " + "limits.frame_bytes_max - " +
               std::to_string(envelope_bytes_max) + " = " +
               std::to_string(limits.frame_bytes_max - envelope_bytes_max));
  }
  // Half for the bodies: the rows' ids, names and times need room beside them.
  if (limits.page_bytes_max > limits.frame_bytes_max / 2) {
    refuse("limits.page_bytes_max", std::to_string(limits.page_bytes_max) +
                                        " is too much for a frame; allowed: at most half of "
                                        "limits.frame_bytes_max = " +
                                        std::to_string(limits.frame_bytes_max / 2));
  }
  if (limits.outbox_bytes_max < limits.frame_bytes_max) {
    refuse("limits.outbox_bytes_max", std::to_string(limits.outbox_bytes_max) +
                                          " does not hold one frame; allowed: at least "
                                          "limits.frame_bytes_max = " +
                                          std::to_string(limits.frame_bytes_max));
  }
}

void add_flag(std::vector<given_value>& given, std::string_view key, std::string_view flag,
              const std::optional<std::string>& value) {
  if (value) given.push_back({std::string(key), *value, {origin_kind::flag, std::string(flag)}});
}

}  // namespace

outcome<loaded_server_config> load_server_config(const std::optional<std::filesystem::path>& file,
                                                 const server_overrides& flags,
                                                 const surroundings& around) {
  auto table = server_table();
  if (const auto home = data_home(around)) {
    std::ranges::find(table, std::string_view("data_dir"), [](const row& r) {
      return r.spec.key;
    })->spec.fallback = (*home / "uod-server").string();
  }
  auto chosen = file;
  if (!chosen) {
    std::vector<std::filesystem::path> candidates;
    if (const auto home = config_home(around)) {
      candidates.push_back(*home / "uod" / "uod-server.toml");
    }
    candidates.push_back(around.system_config_dir / "uod-server.toml");
    chosen = first_existing(candidates);
  }
  std::vector<given_value> above;
  add_flag(above, "listen", "--listen", flags.listen);
  add_flag(above, "data_dir", "--data-dir", flags.data_dir);
  add_flag(above, "storage.url", "--storage", flags.storage);
  return load_settings(table, chosen, above, check_together);
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  // Only digits and dots: `127.example.org` is somebody else's.
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::filesystem::path database_file(const server_config& config) {
  if (config.storage_url == "sqlite") return config.data_dir / "uod.db";
  // The last slash of the prefix is the path's first.
  return config.storage_url.substr(sqlite_prefix.size() - 1);
}

std::string server_example_file() {
  return render_example(
      specs_of(server_table()),
      "# uod-server's configuration: every setting, its default commented out.\n"
      "# Take away a # to change one. `uod-server config check` says whether the\n"
      "# file is right, `uod-server config show` what is in force and why.\n"
      "# --listen, --data-dir and --storage win over this file.\n");
}

}  // namespace uod
