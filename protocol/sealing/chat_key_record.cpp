#include "protocol/sealing/chat_key_record.hpp"

#include <algorithm>

#include "protocol/crypto_hash.hpp"
#include "protocol/sealing/chat_key.hpp"
#include "protocol/sealing/octets.hpp"

namespace uod {
namespace {

void put_unsigned_part(bytes& out, const chat_key_record& record) {
  const auto& about = record.about;
  out.push_back(sealing::version);
  out.append(about.chat.view()).append(about.epoch.view()).append(about.maker.view());
  sealing::put(out, about.made_at_ms);
  out.append(about.previous_epoch.view());
  sealing::put(out, about.previous_count);
  out.append(record.check);
  out.push_back(static_cast<char>(record.members.size()));
  for (const auto& member : record.members) {
    out.append(member.account.view()).append(member.fingerprint.view()).append(member.wrapped);
  }
}

chat_key_about read_about(sealing::octet_reader& from) {
  chat_key_about about;
  about.chat = from.thing<chat_id>();
  about.epoch = from.thing<epoch_id>();
  about.maker = from.thing<account_id>();
  about.made_at_ms = from.number<std::uint64_t>();
  about.previous_epoch = from.thing<epoch_id>();
  about.previous_count = from.number<std::uint32_t>();
  return about;
}

/// What can be wrong though every piece has its length.
bool is_sound(const chat_key_record& record) {
  const auto& about = record.about;
  const auto not_ascending = [](const chat_key_member& one, const chat_key_member& next) {
    return one.account >= next.account;
  };
  return !about.epoch.is_nil() && about.previous_epoch != about.epoch &&
         (!about.previous_epoch.is_nil() || about.previous_count == 0) &&
         about.previous_count <= messages_per_epoch_max &&
         std::ranges::adjacent_find(record.members, not_ascending) == record.members.end() &&
         record.find(about.maker) != nullptr;
}

}  // namespace

const chat_key_member* chat_key_record::find(const account_id& account) const {
  const auto found = std::ranges::find(members, account, &chat_key_member::account);
  return found == members.end() ? nullptr : &*found;
}

outcome<chat_key_record> parse_chat_key(bytes_view octets) {
  if (const auto good = sealing::check_version(octets); !good) return tl::unexpected(good.error());
  sealing::octet_reader from(octets.substr(1));
  chat_key_record record;
  record.about = read_about(from);
  record.check = from.piece(sha256_octets);
  const std::size_t members = from.number<std::uint8_t>();
  if (members > chat_key_members_max) return fail(errc::sealed_damaged, "chat key");
  for (std::size_t at = 0; at < members; ++at) {
    auto& member = record.members.emplace_back();
    member.account = from.thing<account_id>();
    member.fingerprint = from.thing<key_fingerprint>();
    member.wrapped = from.piece(identity_block_octets);
  }
  record.signature = from.piece(identity_block_octets);
  if (from.too_short() || !from.rest().empty() || !is_sound(record)) {
    return fail(errc::sealed_damaged, "chat key");
  }
  return record;
}

bytes encode_chat_key(const chat_key_record& record) {
  bytes out;
  put_unsigned_part(out, record);
  return out.append(record.signature);
}

bytes signed_part(const chat_key_record& record) {
  bytes out = "uod/1 chat key signature";
  put_unsigned_part(out, record);
  return out;
}

}  // namespace uod
