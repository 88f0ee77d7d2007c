#include <nlohmann/json.hpp>

#include "client/state/json_fields.hpp"
#include "client/state/profile_state.hpp"
#include "config/private_file.hpp"
#include "protocol/password.hpp"

/// The log-in of a profile. `credentials.json` says all but, where the token lies in a keyring,
/// the token; that file is what counts. A new log-in's token goes into the keyring first, under
/// its own device, then the file is replaced, then earlier tokens are removed: a crash between
/// leaves the old log-in or the new one, whole, and a left-over that the next log-in removes.
namespace uod::client {
namespace {

using json = nlohmann::json;

constexpr const char* credentials_name = "credentials.json";
constexpr const char* token_field = "token";
constexpr const char* archive_key_field = "archive_key";
constexpr std::size_t archive_key_octets = 32;
constexpr const char* place_field = "token_in";
constexpr const char* keyring_place = "secret-service";
constexpr const char* remedy = "log in again with `uod login --user NAME`";

/// What stands in the file; the token is empty when it lies in the keyring.
struct filed_login {
  kept_login kept;
  bool in_keyring = false;
};

void wipe_secrets(json& object) {
  for (const char* field : {token_field, archive_key_field}) {
    const auto found = object.find(field);
    if (found != object.end() && found->is_string()) wipe(found->get_ref<std::string&>());
  }
}

bool premium_of(const json& object) {
  const auto found = object.find("premium");
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

/// A secret as it is written: hexadecimal digits.
std::optional<bytes> secret_from(std::string_view text, std::size_t octets) {
  auto secret = from_hex(text);
  if (!secret || secret->size() != octets) return std::nullopt;
  return secret;
}

/// In the keyring both secrets stand behind each other; there may be the token alone.
bool take_secrets(std::string_view text, kept_login& to) {
  const auto digits = 2 * token_octets;
  auto token = secret_from(text.substr(0, digits), token_octets);
  const auto rest = text.substr(std::min(text.size(), digits));
  auto key = rest.empty() ? bytes{} : secret_from(rest, archive_key_octets);
  if (!token || !key) return false;
  to.secret.token = std::move(*token);
  to.archive_key = std::move(*key);
  return true;
}

std::optional<filed_login> filed_from(const json& object) {
  const auto user = text_of(object, "user");
  const auto account = id_of<account_id>(object, "account");
  const auto device = id_of<device_id>(object, "device");
  const auto servers = texts_of(object, "servers");
  const auto place = text_of(object, place_field);
  if (!user || !account || !device || !servers || object.contains(place_field) != !!place)
    return std::nullopt;
  filed_login filed{{*user, premium_of(object), {*account, *device, {}}, *servers, {}}, !!place};
  if (place) return *place == keyring_place ? std::optional(filed) : std::nullopt;
  auto text = text_of(object, token_field);
  auto key = text_of(object, archive_key_field);
  if (!text) return std::nullopt;
  std::string both = *text + key.value_or(std::string{});
  const bool good = take_secrets(both, filed.kept);
  wipe(both);
  wipe(*text);
  if (key) wipe(*key);
  if (!good) return std::nullopt;
  return filed;
}

outcome<std::optional<filed_login>> read_login(const std::filesystem::path& path,
                                               std::vector<std::string>& warnings) {
  auto content = read_private_file(path, warnings);
  if (!content) return tl::unexpected(content.error());
  if (!*content) return std::nullopt;
  auto object = parse_object(**content);
  wipe(**content);
  auto filed = object ? filed_from(*object) : std::nullopt;
  if (object) wipe_secrets(*object);
  if (!filed) return damaged(path, remedy);
  return filed;
}

outcome<void> write_login(const std::filesystem::path& path, const kept_login& kept,
                          bool in_keyring) {
  json object = {{"user", kept.user},
                 {"premium", kept.premium},
                 {"account", to_text(kept.secret.account)},
                 {"device", to_text(kept.secret.device)},
                 {"servers", kept.servers}};
  if (in_keyring) {
    object[place_field] = keyring_place;
  } else {
    object[token_field] = to_hex(kept.secret.token);
    if (!kept.archive_key.empty()) object[archive_key_field] = to_hex(kept.archive_key);
  }
  auto text = dump(object);
  auto written = write_private_file(path, text);
  wipe(text);
  wipe_secrets(object);
  return written;
}

/// `device` empty: of the whole profile.
secret_key key_of(const std::filesystem::path& directory, const kept_login* of) {
  secret_key key;
  key.profile = std::filesystem::absolute(directory).lexically_normal().string();
  if (of == nullptr) return key;
  key.account = to_text(of->secret.account);
  key.device = to_text(of->secret.device);
  key.label = "UOD Messenger: " + of->user;
  if (!of->servers.empty()) key.label += " at " + of->servers.front();
  return key;
}

}  // namespace

outcome<std::optional<kept_login>> profile_state::login() {
  auto filed = read_login(file(credentials_name), warnings_);
  if (!filed) return tl::unexpected(filed.error());
  if (!*filed) return std::nullopt;
  if (!(*filed)->in_keyring) return std::move((*filed)->kept);
  auto token = secrets_from_keyring((*filed)->kept);
  if (!token && token.error().code == errc::not_logged_in) {
    // Perhaps another program has logged in since the file was read: then it says so now.
    const auto held = file_lock::take(file(lock_name));
    if (!held) return tl::unexpected(held.error());
    auto again = read_login(file(credentials_name), warnings_);
    if (!again) return tl::unexpected(again.error());
    if (!*again) return std::nullopt;
    if (!(*again)->in_keyring) return std::move((*again)->kept);
    if ((*again)->kept.secret.device != (*filed)->kept.secret.device) {
      filed = std::move(again);
      token = secrets_from_keyring((*filed)->kept);
    }
  }
  if (!token) return tl::unexpected(token.error());
  return std::move((*filed)->kept);
}

outcome<void> profile_state::secrets_from_keyring(kept_login& of) {
  const auto lacking = [&](const std::string& why) {
    return fail(errc::not_logged_in,
                "the token of " + of.user + " was kept in the keyring, " + why);
  };
  if (!tokens_.keyring) return lacking("which is not used here");
  auto found = tokens_.keyring->find(key_of(directory_, &of));
  if (!found) return lacking("but " + found.error().detail);
  if (!*found) return lacking("which has not got it any more");
  const bool good = take_secrets(**found, of);
  wipe(**found);
  if (!good) return lacking("which has something else in its place");
  return {};
}

/// Puts the token into the keyring where that is wanted and possible: true when it is there.
outcome<bool> profile_state::put_into_keyring(const kept_login& kept) {
  if (tokens_.place == token_place::file || !tokens_.keyring) return false;
  const bool wanted = tokens_.place == token_place::keyring;
  if (!wanted && !tokens_.keyring->available()) return false;
  auto text = to_hex(kept.secret.token) + to_hex(kept.archive_key);
  const auto done = tokens_.keyring->keep(key_of(directory_, &kept), text);
  wipe(text);
  if (done) return true;
  if (wanted)
    return fail(errc::io_failed, "the keyring: " + done.error().detail +
                                     "; unlock or start it and log in again, or set "
                                     "credentials.store to \"auto\" or \"file\"");
  warnings_.push_back("the log-in is kept in " + file(credentials_name).string() +
                      " and not in the keyring: " + done.error().detail);
  return false;
}

void profile_state::sweep_keyring(const kept_login* but) {
  if (!tokens_.keyring) return;
  if (const auto swept = tokens_.keyring->forget_others(key_of(directory_, but)); !swept)
    warnings_.push_back("an earlier token is still in the keyring: " + swept.error().detail);
}

outcome<void> profile_state::keep_login(const kept_login& kept) {
  const auto held = file_lock::take(file(lock_name));
  if (!held) return tl::unexpected(held.error());
  const auto before = read_login(file(credentials_name), warnings_);
  const bool was_in_keyring = before && *before && (*before)->in_keyring;
  const auto in_keyring = put_into_keyring(kept);
  if (!in_keyring) return tl::unexpected(in_keyring.error());
  if (auto written = write_login(file(credentials_name), kept, *in_keyring); !written)
    return written;
  if (*in_keyring || was_in_keyring) sweep_keyring(*in_keyring ? &kept : nullptr);
  return {};
}

outcome<void> profile_state::forget_archive() {
  for (const char* name : {"archive.db", "archive.db-wal", "archive.db-shm"}) {
    if (auto gone = remove_private_file(file(name)); !gone) return gone;
  }
  return {};
}

outcome<void> profile_state::forget_login() {
  const auto held = file_lock::take(file(lock_name));
  if (!held) return tl::unexpected(held.error());
  const auto before = read_login(file(credentials_name), warnings_);
  if (before && *before && (*before)->in_keyring) sweep_keyring(nullptr);
  return remove_private_file(file(credentials_name));
}

}  // namespace uod::client
