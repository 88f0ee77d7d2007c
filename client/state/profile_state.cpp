#include "client/state/profile_state.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "client/state/private_file.hpp"
#include "protocol/password.hpp"

namespace uod::client {
namespace {

using json = nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* credentials_name = "credentials.json";
constexpr const char* servers_name = "servers.json";
constexpr const char* sessions_name = "sessions.json";
constexpr const char* cursor_name = "cursor.json";
constexpr const char* lock_name = "lock";
constexpr const char* profiles_name = "profiles";

constexpr std::size_t profile_octets_max = 64;
/// One session a server, and as many servers as anybody names: more are left-overs.
constexpr std::size_t sessions_max = 16;

bool is_profile_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= profile_octets_max && name.front() != '.' &&
         std::ranges::all_of(name, good);
}

/// Whether a state directory is ours alone: not there yet, empty, or with nothing but profiles.
/// Only then may its mode be changed; somebody may have named /tmp or a home directory.
bool holds_only_profiles(const fs::path& root) {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(root, problem))
    if (entry.path().filename() != profiles_name) return false;
  return true;
}

tl::unexpected<error> damaged(const fs::path& file, const std::string& remedy) {
  return fail(errc::config_invalid, file.string() + " is damaged; " + remedy);
}

std::string to_hex(bytes_view octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(octets.size() * 2);
  for (const char octet : octets) {
    text.push_back(digits[static_cast<std::uint8_t>(octet) >> 4]);
    text.push_back(digits[static_cast<std::uint8_t>(octet) & 15]);
  }
  return text;
}

std::optional<bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  bytes octets;
  octets.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t octet = 0;
    const auto [end, problem] = std::from_chars(&text[i], &text[i] + 2, octet, 16);
    if (problem != std::errc{} || end != &text[i] + 2) return std::nullopt;
    octets.push_back(static_cast<char>(octet));
  }
  return octets;
}

/// A JSON object without exceptions; nothing for anything else.
std::optional<json> parse_object(bytes_view text) {
  auto parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

/// A text field; nothing when it is missing or something else.
std::optional<std::string> text_of(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

template <class Id>
std::optional<Id> id_of(const json& object, const char* field) {
  const auto text = text_of(object, field);
  const auto id = text ? uuid_from_text(*text) : std::nullopt;
  if (!id) return std::nullopt;
  return Id(*id);
}

std::optional<std::vector<std::string>> texts_of(const json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || !found->is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& each : *found) {
    if (!each.is_string()) return std::nullopt;
    texts.push_back(each.get<std::string>());
  }
  return texts;
}

std::string dump(const json& object) {
  return object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

bool premium_of(const json& object) {
  const auto found = object.find("premium");
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<kept_login> login_from(const json& object) {
  const auto user = text_of(object, "user");
  const auto account = id_of<account_id>(object, "account");
  const auto device = id_of<device_id>(object, "device");
  const auto token_text = text_of(object, "token");
  const auto token = token_text ? from_hex(*token_text) : std::nullopt;
  const auto servers = texts_of(object, "servers");
  if (!user || !account || !device || !token || token->size() != token_octets || !servers)
    return std::nullopt;
  return kept_login{*user, premium_of(object), {*account, *device, *token}, *servers};
}

}  // namespace

outcome<profile_state> profile_state::open(const fs::path& root, std::string_view name) {
  if (!is_profile_name(name))
    return fail(errc::usage, std::string("\"").append(name) +
                                 "\" cannot be a profile: 1 to 64 letters, digits and . _ -, no "
                                 "dot first");
  profile_state opened(root / profiles_name / name);
  std::vector<fs::path> directories = {root / profiles_name, opened.directory_};
  if (holds_only_profiles(root)) directories.insert(directories.begin(), root);
  for (const auto& directory : directories) {
    if (auto made = make_private_directory(directory, opened.warnings_); !made)
      return tl::unexpected(made.error());
  }
  return opened;
}

std::vector<std::string> profile_state::take_warnings() { return std::exchange(warnings_, {}); }

outcome<std::optional<kept_login>> profile_state::login() {
  const auto path = file(credentials_name);
  auto content = read_private_file(path, warnings_);
  if (!content) return tl::unexpected(content.error());
  if (!*content) return std::nullopt;
  const auto object = parse_object(**content);
  const auto kept = object ? login_from(*object) : std::nullopt;
  wipe(**content);
  if (!kept) return damaged(path, "log in again with `uod login --user NAME`");
  return kept;
}

outcome<void> profile_state::keep_login(const kept_login& kept) {
  const json object = {{"user", kept.user},
                       {"premium", kept.premium},
                       {"account", to_text(kept.secret.account)},
                       {"device", to_text(kept.secret.device)},
                       {"token", to_hex(kept.secret.token)},
                       {"servers", kept.servers}};
  const auto held = file_lock::take(file(lock_name));
  if (!held) return tl::unexpected(held.error());
  return write_private_file(file(credentials_name), dump(object));
}

outcome<void> profile_state::forget_login() {
  const auto held = file_lock::take(file(lock_name));
  if (!held) return tl::unexpected(held.error());
  return remove_private_file(file(credentials_name));
}

namespace {

/// The pinned fingerprints by `host:port`.
outcome<json> read_pins(const fs::path& path, std::vector<std::string>& warnings) {
  const auto content = read_private_file(path, warnings);
  if (!content) return tl::unexpected(content.error());
  if (!*content) return json::object();
  const auto object = parse_object(**content);
  const auto is_text = [](const json& each) { return each.is_string(); };
  if (!object || !std::all_of(object->begin(), object->end(), is_text))
    return damaged(path, "compare the servers' fingerprints, then remove it to pin them again");
  return *object;
}

json read_sessions(const fs::path& path, std::vector<std::string>& warnings) {
  const auto content = read_private_file(path, warnings);
  if (!content || !*content) return json::object();
  return parse_object(**content).value_or(json::object());
}

}  // namespace

outcome<std::optional<std::string>> profile_state::pinned(const endpoint& server) {
  const auto pins = read_pins(file(servers_name), warnings_);
  if (!pins) return tl::unexpected(pins.error());
  return text_of(*pins, to_text(server).c_str());
}

outcome<void> profile_state::pin(const endpoint& server, const std::string& fingerprint) {
  const auto held = file_lock::take(file(lock_name));
  if (!held) return tl::unexpected(held.error());
  auto pins = read_pins(file(servers_name), warnings_);
  if (!pins) return tl::unexpected(pins.error());
  if (text_of(*pins, to_text(server).c_str()) == fingerprint) return {};
  (*pins)[to_text(server)] = fingerprint;
  return write_private_file(file(servers_name), dump(*pins));
}

outcome<bool> profile_state::pin_first(const endpoint& server, const std::string& fingerprint) {
  const auto held = file_lock::take(file(lock_name));
  if (!held) return tl::unexpected(held.error());
  auto pins = read_pins(file(servers_name), warnings_);
  if (!pins) return tl::unexpected(pins.error());
  const auto known = text_of(*pins, to_text(server).c_str());
  if (known == fingerprint) return false;
  if (known)
    return fail(errc::key_changed,
                to_text(server) + " shows " + fingerprint + ", pinned is " + *known);
  (*pins)[to_text(server)] = fingerprint;
  if (auto kept = write_private_file(file(servers_name), dump(*pins)); !kept)
    return tl::unexpected(kept.error());
  return true;
}

bytes profile_state::tls_session(const endpoint& server) {
  const auto sessions = read_sessions(file(sessions_name), warnings_);
  const auto text = text_of(sessions, to_text(server).c_str());
  return text ? from_hex(*text).value_or(bytes{}) : bytes{};
}

void profile_state::keep_tls_session(const endpoint& server, const bytes& session) {
  const auto held = file_lock::take(file(lock_name));
  if (!held) return;
  auto sessions = read_sessions(file(sessions_name), warnings_);
  if (sessions.size() >= sessions_max) sessions = json::object();
  sessions[to_text(server)] = to_hex(session);
  static_cast<void>(write_private_file(file(sessions_name), dump(sessions)));
}

outcome<std::optional<stream_place>> profile_state::cursor(const account_id& account) {
  const auto path = file(cursor_name);
  const auto content = read_private_file(path, warnings_);
  if (!content) return tl::unexpected(content.error());
  if (!*content) return std::nullopt;
  const auto object = parse_object(**content);
  const auto owner = object ? id_of<account_id>(*object, "account") : std::nullopt;
  const auto text = object ? text_of(*object, "cursor") : std::nullopt;
  const auto place = text ? parse_cursor(*text) : fail(errc::usage);
  if (!owner || !place)
    return damaged(path, "say where to begin with `uod listen --after CURSOR`, or remove it");
  if (*owner != account) return std::nullopt;
  return *place;
}

outcome<void> profile_state::keep_cursor(const account_id& account, const stream_place& place) {
  const auto held = file_lock::take(file(lock_name));
  if (!held) return tl::unexpected(held.error());
  stream_place kept = place;
  // A damaged one is replaced: what is kept now is better than what it may have said.
  if (const auto known = cursor(account); known && *known) {
    kept = further(**known, place);
    if (kept == **known) return {};
  }
  const json object = {{"account", to_text(account)}, {"cursor", cursor_text(kept)}};
  return write_private_file(file(cursor_name), dump(object));
}

}  // namespace uod::client
