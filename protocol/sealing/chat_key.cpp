#include "protocol/sealing/chat_key.hpp"

#include <algorithm>

#include "protocol/crypto_hash.hpp"
#include "protocol/password.hpp"

namespace uod {
namespace {

bytes wrap_label(const chat_key_about& about, const account_id& account) {
  return bytes("uod/1 chat key")
      .append(about.chat.view())
      .append(about.epoch.view())
      .append(account.view());
}

bytes check_of(const epoch_id& epoch, bytes_view key) {
  constexpr bytes_view label = "uod/1 chat key check";
  std::string input;
  // In one piece, so that growing leaves no copy of the key behind.
  input.reserve(label.size() + 16 + key.size());
  input.append(label).append(epoch.view()).append(key);
  bytes check = sha256(input);
  wipe(input);
  return check;
}

bool names_maker(std::span<const chat_member> members, const account_id& maker,
                 const identity_public& key) {
  return std::ranges::any_of(members, [&](const chat_member& member) {
    return member.account == maker && member.identity.fingerprint() == key.fingerprint();
  });
}

outcome<std::vector<chat_key_member>> wrap_for(std::span<const chat_member> members,
                                               const chat_key_about& about, bytes_view key) {
  std::vector<chat_key_member> wrapped;
  for (const auto& member : members) {
    auto sealed = member.identity.seal_for(key, wrap_label(about, member.account));
    if (!sealed) return tl::unexpected(sealed.error());
    wrapped.push_back({member.account, member.identity.fingerprint(), std::move(*sealed)});
  }
  std::ranges::sort(wrapped, {}, &chat_key_member::account);
  return wrapped;
}

}  // namespace

bool is_used_up(std::uint64_t made_at_ms, std::uint32_t messages_sealed, std::uint64_t now_ms) {
  return messages_sealed >= messages_per_epoch_max || now_ms < made_at_ms ||
         now_ms - made_at_ms >= epoch_kept_ms;
}

outcome<chat_key> chat_key::from(const chat_id& chat, const epoch_id& epoch,
                                 const account_id& maker, secret_bytes octets) {
  auto cipher = aead_key::from(octets.view());
  if (!cipher) return tl::unexpected(cipher.error());
  return chat_key(chat, epoch, maker, std::move(octets), std::move(*cipher));
}

outcome<made_chat_key> make_chat_key(const chat_key_about& about,
                                     std::span<const chat_member> members,
                                     const identity_private& maker) {
  if (members.size() > chat_key_members_max) return fail(errc::too_large, "members of a chat");
  if (!names_maker(members, about.maker, maker.public_half())) return fail(errc::identity_missing);
  auto octets = random_secret(chat_key_octets);
  auto wrapped = wrap_for(members, about, octets.view());
  if (!wrapped) return tl::unexpected(wrapped.error());

  chat_key_record record{about, check_of(about.epoch, octets.view()), std::move(*wrapped), {}};
  auto signature = maker.sign(signed_part(record));
  if (!signature) return tl::unexpected(signature.error());
  record.signature = std::move(*signature);
  bytes encoded = encode_chat_key(record);
  // What nobody would take leaves nobody's hands.
  if (!parse_chat_key(encoded)) return fail(errc::malformed, "chat key");

  auto key = chat_key::from(about.chat, about.epoch, about.maker, std::move(octets));
  if (!key) return tl::unexpected(key.error());
  return made_chat_key{std::move(*key), std::move(encoded)};
}

outcome<void> verify_chat_key(const chat_key_record& record, const identity_public& maker) {
  const auto* named = record.find(record.about.maker);
  if (named == nullptr || named->fingerprint != maker.fingerprint()) {
    return fail(errc::identity_changed);
  }
  if (!maker.verify(signed_part(record), record.signature)) return fail(errc::signature_wrong);
  return {};
}

outcome<chat_key> open_chat_key(const chat_key_record& record, const account_id& own,
                                const identity_private& identity) {
  const auto* mine = record.find(own);
  if (mine == nullptr || mine->fingerprint != identity.public_half().fingerprint()) {
    return fail(errc::sealed_for_another);
  }
  auto octets = identity.open(mine->wrapped, wrap_label(record.about, own));
  if (!octets) return tl::unexpected(octets.error());
  if (octets->size() != chat_key_octets ||
      !equal_in_constant_time(check_of(record.about.epoch, octets->view()), record.check)) {
    return fail(errc::sealed_damaged, "chat key");
  }
  return chat_key::from(record.about.chat, record.about.epoch, record.about.maker,
                        std::move(*octets));
}

}  // namespace uod
