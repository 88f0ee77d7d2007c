#include "client/commands/sealed_talk.hpp"

#include <algorithm>

#include "protocol/sealing/chat_key_record.hpp"

namespace uod::client {
namespace {

/// Whoever made the key is gone: what was sealed by it stays closed where it was not read before.
bool is_nobody(const error& why) {
  return why.code == errc::no_such_account || why.code == errc::identity_missing;
}

/// The key that a record is to be verified by, where it is not the one that is pinned; somebody who
/// was not met before is pinned. Nothing where there is none to be had.
outcome<std::optional<identity_public>> find_maker(conversation& talk, keyring& keys,
                                                   const chat_key_member& maker,
                                                   const std::string& name) {
  const auto known = keys.pinned(maker.account);
  if (!known) return tl::unexpected(known.error());
  if (!*known) {
    auto current = find_key(talk, maker.account, {});
    if (!current && is_nobody(current.error())) return std::nullopt;
    if (!current) return tl::unexpected(current.error());
    // Under the name of somebody else it is not pinned, and shows.
    const auto pinned = keys.pin(maker.account, name, *current);
    if (!pinned && pinned.error().code != errc::identity_changed) {
      return tl::unexpected(pinned.error());
    }
  }
  auto asked = find_key(talk, maker.account, maker.fingerprint.view());
  if (!asked && is_nobody(asked.error())) return std::nullopt;
  if (!asked) return tl::unexpected(asked.error());
  return std::move(*asked);
}

/// A record that is no good is no reason to keep the others from being opened: its messages will
/// say that their key is not known.
outcome<void> take_records(conversation& talk, keyring& keys, const chat_id& chat,
                           const std::vector<bytes>& records, std::span<const epoch_id> asked,
                           const std::map<account_id, std::string>& names) {
  for (const auto& record : records) {
    const auto parsed = parse_chat_key(record);
    if (!parsed || std::ranges::find(asked, parsed->about.epoch) == asked.end()) continue;
    const auto maker = keys.lacking_maker(chat, record);
    if (!maker) continue;
    std::optional<identity_public> key;
    if (*maker) {
      const auto name = names.find((*maker)->account);
      auto found = find_maker(talk, keys, **maker, name != names.end() ? name->second : "");
      if (!found) return tl::unexpected(found.error());
      if (!*found) continue;
      key = std::move(*found);
    }
    talk.aside([&] { static_cast<void>(keys.take_record(chat, record, key)); });
  }
  return {};
}

/// Fetches, verifies and opens the keys of one chat.
outcome<void> fetch_keys(conversation& talk, keyring& keys, const chat_id& chat,
                         std::span<const epoch_id> epochs,
                         const std::map<account_id, std::string>& names) {
  while (!epochs.empty()) {
    const auto asked = epochs.first(std::min<std::size_t>(epochs.size(), fetch_epochs_max));
    epochs = epochs.subspan(asked.size());
    const auto found = talk.ask<chat_keys>(fetch_chat_keys{chat, {asked.begin(), asked.end()}});
    if (!found) return tl::unexpected(found.error());
    auto taken = take_records(talk, keys, chat, found->records, asked, names);
    if (!taken) return taken;
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
    talk.say("uod: the key of " + each.name +
             " is met here for the first time; to be sure of it: " + "uod contacts verify " +
             each.name);
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
    const std::vector<epoch_id> epochs(lacking->begin(), lacking->end());
    const auto fetched = fetch_keys(talk, keys, messages.front().chat, epochs, sender_names);
    if (!fetched) return tl::unexpected(fetched.error());
  }
  outcome<std::vector<opened_message>> opened;
  talk.aside([&] { opened = keys.open_messages(messages); });
  return opened;
}

}  // namespace uod::client
