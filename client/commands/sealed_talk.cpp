#include "client/commands/sealed_talk.hpp"

namespace uod::client {
namespace {

/// Chat keys asked for at a time; the server takes no more.
constexpr std::size_t epochs_asked_max = 32;

/// Whoever made the key is gone: what was sealed by it stays closed where it was not read before.
bool is_nobody(const error& why) {
  return why.code == errc::no_such_account || why.code == errc::identity_missing;
}

/// Fetches, verifies and opens the keys of one chat.
outcome<void> fetch_keys(conversation& talk, keyring& keys, const chat_id& chat,
                         const std::vector<epoch_id>& epochs,
                         const std::map<account_id, std::string>& names) {
  for (std::size_t from = 0; from < epochs.size(); from += epochs_asked_max) {
    const auto to = std::min(epochs.size(), from + epochs_asked_max);
    const auto found =
        talk.ask<chat_keys>(fetch_chat_keys{chat,
                                            {epochs.begin() + static_cast<std::ptrdiff_t>(from),
                                             epochs.begin() + static_cast<std::ptrdiff_t>(to)}});
    if (!found) return tl::unexpected(found.error());
    for (const auto& record : found->records) {
      // A record that is no good is no reason to keep the others from being opened: its messages
      // will say that their key is not known.
      const auto maker = keys.lacking_maker(record);
      if (!maker) continue;
      std::optional<identity_public> key;
      if (*maker) {
        const auto known = keys.pinned((*maker)->account);
        if (!known) return tl::unexpected(known.error());
        if (!*known) {
          auto current = find_key(talk, (*maker)->account, {});
          if (!current && is_nobody(current.error())) continue;
          if (!current) return tl::unexpected(current.error());
          const auto name = names.find((*maker)->account);
          const auto pinned = keys.pin(
              (*maker)->account, name != names.end() ? name->second : std::string{}, *current);
          if (!pinned) return pinned;
        }
        auto asked = find_key(talk, (*maker)->account, (*maker)->fingerprint.view());
        if (!asked && is_nobody(asked.error())) continue;
        if (!asked) return tl::unexpected(asked.error());
        key = std::move(*asked);
      }
      talk.aside([&] { static_cast<void>(keys.take_record(chat, record, key)); });
    }
  }
  return {};
}

}  // namespace

outcome<keyring> open_keyring(const context& with, const kept_login& kept) {
  const auto missing = [&] {
    return fail(errc::identity_missing, "log in again: uod login --user " + kept.user);
  };
  if (kept.archive_key.empty()) return missing();
  auto opened = keyring::open(with.profile.archive(), kept.secret.account, kept.archive_key);
  if (!opened) return opened;
  if (!opened->identity()) return missing();
  return opened;
}

outcome<identity_public> find_key(conversation& talk, const account_id& account,
                                  bytes_view fingerprint) {
  const auto found = talk.ask<identity_found>(find_identity{account, bytes(fingerprint)});
  if (!found) return tl::unexpected(found.error());
  auto key = identity_public::parse(found->public_key);
  if (!key) return key;
  if (!fingerprint.empty() && key->fingerprint().view() != fingerprint) {
    return fail(errc::sealed_damaged, "the server gave another key than was asked for");
  }
  return key;
}

outcome<void> meet(conversation& talk, keyring& keys, const chat_info& chat) {
  std::vector<member> unknown;
  if (auto good = keys.check_members(chat, unknown); !good) return good;
  for (const auto& each : unknown) {
    const auto key = find_key(talk, each.id, each.identity);
    if (!key) return tl::unexpected(key.error());
    if (auto pinned = keys.pin(each.id, each.name, *key); !pinned) return pinned;
  }
  return {};
}

outcome<std::vector<opened_message>> open_sealed(
    conversation& talk, keyring& keys, std::span<const message> messages,
    const std::map<account_id, std::string>& sender_names) {
  if (messages.empty()) return std::vector<opened_message>{};
  const auto lacking = keys.lacking(messages);
  if (!lacking) return tl::unexpected(lacking.error());
  if (!lacking->empty()) {
    const auto fetched = fetch_keys(talk, keys, messages.front().chat,
                                    {lacking->begin(), lacking->end()}, sender_names);
    if (!fetched) return tl::unexpected(fetched.error());
  }
  outcome<std::vector<opened_message>> opened;
  talk.aside([&] { opened = keys.open_messages(messages); });
  return opened;
}

}  // namespace uod::client
