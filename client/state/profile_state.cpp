#include "client/state/profile_state.hpp"

#include <algorithm>
#include <charconv>

#include "client/state/json_fields.hpp"
#include "config/private_file.hpp"

namespace uod::client {
namespace {

using json = nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* servers_name = "servers.json";
constexpr const char* sessions_name = "sessions.json";
constexpr const char* cursor_name = "cursor.json";
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

}  // namespace

outcome<profile_state> profile_state::open(const fs::path& root, std::string_view name,
                                           token_keeping tokens) {
  if (!is_profile_name(name))
    return fail(errc::usage, std::string("\"").append(name) +
                                 "\" cannot be a profile: 1 to 64 letters, digits and . _ -, no "
                                 "dot first");
  profile_state opened(root / profiles_name / name, std::move(tokens));
  std::vector<fs::path> directories = {root / profiles_name, opened.directory_};
  if (holds_only_profiles(root)) directories.insert(directories.begin(), root);
  for (const auto& directory : directories) {
    if (auto made = make_private_directory(directory, opened.warnings_); !made)
      return tl::unexpected(made.error());
  }
  return opened;
}

std::vector<std::string> profile_state::take_warnings() { return std::exchange(warnings_, {}); }

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
  return write_cursor(account, kept);
}

outcome<void> profile_state::set_cursor_back(const account_id& account, const stream_place& place) {
  const auto held = file_lock::take(file(lock_name));
  if (!held) return tl::unexpected(held.error());
  return write_cursor(account, place);
}

outcome<void> profile_state::write_cursor(const account_id& account, const stream_place& place) {
  const json object = {{"account", to_text(account)}, {"cursor", cursor_text(place)}};
  return write_private_file(file(cursor_name), dump(object));
}

}  // namespace uod::client
