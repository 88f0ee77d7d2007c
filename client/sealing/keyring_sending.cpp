#include <algorithm>

#include "client/sealing/keyring.hpp"

/// Sealing for a chat.
namespace uod::client {
outcome<void> keyring::check_members(const chat_info& chat, std::vector<member>& unknown) {
  unknown.clear();
  for (const auto& each : chat.members) {
    if (each.identity.empty()) return fail(errc::identity_missing, each.name);
    const auto known = trust_of(each);
    if (!known) return tl::unexpected(known.error());
    if (*known == trust::changed) return fail(errc::identity_changed, each.name);
    if (*known == trust::unknown) unknown.push_back(each);
  }
  return {};
}

outcome<resumed_sending> keyring::resume_sending(const chat_info& chat, std::uint64_t now_ms) {
  if (!identity_) return fail(errc::identity_missing);
  const auto held = archive_->claim_sending(chat.id);
  if (!held) return tl::unexpected(held.error());
  if (!*held) return resumed_sending{};
  const auto& [epoch, _, made_at_ms, sealed, ended] = **held;
  if (ended) return resumed_sending{{}, {epoch, sealed}};
  auto key = find_key(epoch);
  if (!key) return tl::unexpected(key.error());
  // One whose record was signed by an identity of before is not gone on with.
  if (*key == nullptr || !(*key)->is_trusted || is_used_up(made_at_ms, sealed, now_ms)) {
    return resumed_sending{{}, {epoch, sealed}};
  }
  auto copy = chat_key::from(chat.id, epoch, account_, secret_bytes::copy_of((*key)->key.octets()));
  if (!copy) return tl::unexpected(copy.error());
  return resumed_sending{sealing_chat{std::move(*copy), made_at_ms, sealed, sealed}, {}};
}

outcome<keyring::new_sending> keyring::begin_sending(const chat_info& chat, const epoch_id& epoch,
                                                     std::uint64_t now_ms,
                                                     const epoch_end& before) {
  if (!identity_) return fail(errc::identity_missing);
  std::vector<chat_member> members;
  for (const auto& each : chat.members) {
    const auto key = pinned(each.id);
    if (!key) return tl::unexpected(key.error());
    if (!*key || (*key)->fingerprint().view() != each.identity) {
      return fail(errc::identity_changed, each.name);
    }
    members.push_back({each.id, **key});
  }
  chat_key_about about{.chat = chat.id,
                       .epoch = epoch,
                       .maker = account_,
                       .made_at_ms = now_ms,
                       .previous_epoch = {},
                       .previous_count = 0};
  if (before.count > 0) {
    about.previous_epoch = before.epoch;
    about.previous_count = before.count;
  }
  auto made = make_chat_key(about, members, *identity_);
  if (!made) return tl::unexpected(made.error());
  const auto sealed = seal_local(key_label(epoch), made->key.octets());
  if (!sealed) return tl::unexpected(sealed.error());
  const auto kept = archive_->put_chat_key({epoch, chat.id, account_,
                                            bytes(identity_->public_half().fingerprint().view()),
                                            about.previous_epoch, about.previous_count, *sealed});
  if (!kept) return tl::unexpected(kept.error());
  if (auto held = archive_->put_sending({epoch, chat.id, now_ms, 0}); !held) {
    return tl::unexpected(held.error());
  }
  return new_sending{{std::move(made->key), now_ms, 0, 0}, std::move(made->record)};
}

outcome<void> keyring::finish_sending(const sealing_chat& chat) {
  if (chat.acknowledged == chat.sealed) {
    return archive_->release_sending(chat.key.epoch(), chat.sealed);
  }
  return archive_->end_sending(chat.key.epoch(), chat.acknowledged);
}

outcome<void> keyring::leave_end(const epoch_end& before) {
  if (before.count == 0) return {};
  return archive_->end_sending(before.epoch, before.count);
}

outcome<bool> keyring::is_given_up(const chat_key& key) {
  return archive_->is_given_up(key.epoch());
}

}  // namespace uod::client
