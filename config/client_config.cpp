#include "config/client_config.hpp"

#include <algorithm>

#include "config/host_port.hpp"

namespace uod {
namespace {

using row = setting<client_config>;

constexpr std::size_t profile_octets_max = 64;
constexpr std::string_view fingerprint_prefix = "SHA256:";
constexpr std::size_t fingerprint_digits = 43;  // unpadded base64 of 32 octets

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// To connect to: port 0 is nowhere.
bool is_server(std::string_view text) {
  const auto place = parse_host_port(text);
  return place && place->port != 0;
}

/// It becomes a directory's name, so nothing that leads out of its parent or hides.
bool is_profile(std::string_view text) {
  return !text.empty() && text.size() <= profile_octets_max && text.front() != '.' &&
         std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
         });
}

bool is_fingerprint_or_empty(std::string_view text) {
  if (text.empty()) return true;
  if (!text.starts_with(fingerprint_prefix)) return false;
  text.remove_prefix(fingerprint_prefix.size());
  return text.size() == fingerprint_digits && std::ranges::all_of(text, [](char c) {
           return is_letter_or_digit(c) || c == '+' || c == '/';
         });
}

template <class Member>
row make(std::string_view key, Member member, setting_rule rule, std::string_view description,
         std::string_view example = {}) {
  return make_setting<client_config>(key, member, std::move(rule), description, example);
}

std::vector<row> client_table() {
  return {
      make(
          "servers", [](client_config & c) -> auto& { return c.servers; },
          text_rule{is_server, "one or more HOST:PORT, such as localhost:7400 or [::1]:7400", true},
          "The servers, tried in turn."),
      make(
          "profile", [](client_config & c) -> auto& { return c.profile; },
          text_rule{is_profile, "1 to 64 letters, digits, '-', '_' and '.', not '.' first"},
          "Which of several identities on this machine."),
      make(
          "state_dir", [](client_config & c) -> auto& { return c.state_dir; }, path_rule{},
          "Everything that the identities keep lies here; by default $XDG_STATE_HOME/uod, else "
          "~/.local/state/uod.",
          "/srv/uod-state"),
      make(
          "timeout_s", [](client_config & c) -> auto& { return c.timeout_s; },
          number_range{1, 3'600}, "Seconds that a command waits for the server."),
      make(
          "color", [](client_config & c) -> auto& { return c.color; }, one_of{{"auto", "never"}},
          "Colour on a terminal, or never."),
      make(
          "credentials.store", [](client_config & c) -> auto& { return c.credentials_store; },
          one_of{{"auto", "file", "secret-service"}},
          "Where a log-in's token is kept; auto: in the desktop's secret service if it has one and "
          "state_dir is not set, else in a file."),
      make(
          "trust.ca_file", [](client_config & c) -> auto& { return c.trust_ca_file; },
          path_rule{true},
          "Certificate authorities (PEM) to check the server by; empty: its key is pinned on "
          "first use."),
      make(
          "trust.fingerprint", [](client_config & c) -> auto& { return c.trust_fingerprint; },
          text_rule{is_fingerprint_or_empty,
                    "\"\" or \"SHA256:\" and 43 characters, as `uod-server fingerprint` prints it"},
          "The server's fingerprint, when it is known beforehand."),
  };
}

void check_together(const client_config& config, const std::vector<effective_setting>& settings,
                    problem_list& problems) {
  if (!config.state_dir.empty()) return;
  const auto where =
      std::ranges::find(settings, std::string_view("state_dir"), &effective_setting::key);
  problems.add(where->origin, where->key,
               "neither XDG_STATE_HOME nor HOME says where it is; give --state-dir DIR");
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t comma = text.find(','); comma != std::string_view::npos;
       comma = text.find(',')) {
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  parts.emplace_back(text);
  return parts;
}

std::vector<given_value> from_environment(const surroundings& around) {
  std::vector<given_value> given;
  const auto variable = [&](const std::string& name) {
    auto value = around.variable(name);
    return value && value->empty() ? std::nullopt : value;
  };
  const auto add = [&](const std::string& name, std::string key, auto value) {
    given.push_back({std::move(key), std::move(value), {origin_kind::environment, name}});
  };
  if (const auto value = variable("UOD_SERVER")) {
    add("UOD_SERVER", "servers", split_at_commas(*value));
  }
  if (const auto value = variable("UOD_PROFILE")) add("UOD_PROFILE", "profile", *value);
  if (const auto value = variable("UOD_STATE_DIR")) add("UOD_STATE_DIR", "state_dir", *value);
  if (variable("TERM") == "dumb") add("TERM", "color", std::string("never"));
  if (variable("NO_COLOR")) add("NO_COLOR", "color", std::string("never"));
  return given;
}

void add_flags(std::vector<given_value>& given, const client_overrides& flags) {
  const auto add = [&](const char* flag, std::string key, auto value) {
    given.push_back({std::move(key), std::move(value), {origin_kind::flag, flag}});
  };
  if (!flags.servers.empty()) add("--server", "servers", flags.servers);
  if (flags.profile) add("--profile", "profile", *flags.profile);
  if (flags.state_dir) add("--state-dir", "state_dir", *flags.state_dir);
  if (flags.timeout_s) add("--timeout", "timeout_s", *flags.timeout_s);
  if (flags.fingerprint) add("--server-fingerprint", "trust.fingerprint", *flags.fingerprint);
  if (flags.ca_file) add("--ca", "trust.ca_file", *flags.ca_file);
  if (flags.no_color) add("--no-color", "color", std::string("never"));
}

}  // namespace

outcome<loaded_client_config> load_client_config(const client_overrides& flags,
                                                 const surroundings& around) {
  auto table = client_table();
  if (const auto home = state_home(around)) {
    std::ranges::find(table, std::string_view("state_dir"), [](const row& r) {
      return r.spec.key;
    })->spec.fallback = (*home / "uod").string();
  }
  std::optional<std::filesystem::path> file;
  if (const auto home = config_home(around)) file = first_existing({*home / "uod" / "config.toml"});
  auto above = from_environment(around);
  add_flags(above, flags);
  return load_settings(table, file, above, check_together);
}

std::string client_example_file() {
  return render_example(
      specs_of(client_table()),
      "# uod's configuration, to lie at ~/.config/uod/config.toml: every setting,\n"
      "# its default commented out. Take away a # to change one. Flags win over the\n"
      "# environment (UOD_SERVER, UOD_PROFILE, UOD_STATE_DIR), and that over this file.\n");
}

}  // namespace uod
