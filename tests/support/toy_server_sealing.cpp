#include <algorithm>

#include "protocol/sealing/chat_key_record.hpp"
#include "tests/support/toy_server.hpp"

namespace uod::test {

std::optional<server_body> toy_server::answer_sealing(session& from, const client_body& asked) {
  account& mine = *by_id(*from.who);
  if (const auto* ask = std::get_if<put_identity>(&asked)) return take_identity(mine, *ask);
  if (std::holds_alternative<get_identity>(asked)) return mine.identity;
  if (const auto* ask = std::get_if<find_identity>(&asked)) return give_identity(*ask);
  if (const auto* ask = std::get_if<put_chat_key>(&asked)) {
    return take_chat_key(*from.who, ask->record);
  }
  if (const auto* ask = std::get_if<fetch_chat_keys>(&asked)) {
    return give_chat_keys(*from.who, *ask);
  }
  return std::nullopt;
}

server_body toy_server::take_identity(account& mine, const put_identity& asked) {
  if (asked.auth_key != mine.auth_key) return failure{{errc::wrong_credentials}};
  const auto key = identity_public::parse(asked.public_key);
  if (!key || asked.sealed_by_password.empty()) return failure{{errc::malformed}};
  mine.identity = {asked.public_key, asked.sealed_by_password, asked.sealed_by_recovery};
  mine.public_keys[bytes{key->fingerprint().view()}] = asked.public_key;
  return done{};
}

server_body toy_server::give_identity(const find_identity& asked) {
  account* whose = by_id(asked.account);
  if (whose == nullptr) return failure{{errc::no_such_account}};
  const auto found =
      whose->public_keys.find(asked.fingerprint.empty() ? identity_of(*whose) : asked.fingerprint);
  if (found == whose->public_keys.end()) return failure{{errc::identity_missing}};
  return identity_found{whose->owner.id, whose->owner.name, found->second};
}

server_body toy_server::take_chat_key(const account_id& who, const bytes& record) {
  const auto read = parse_chat_key(record);
  if (!read) return failure{{errc::malformed}};
  if (read->about.maker != who) return failure{{errc::not_allowed}};
  if (!is_member(who, read->about.chat)) return failure{{errc::no_such_chat}};
  if (const auto there = chat_key_records.find(read->about.epoch);
      there != chat_key_records.end()) {
    if (there->second == record) return done{};
    return failure{{errc::id_conflict}};
  }
  const auto& members = chats_[read->about.chat];
  const bool all = read->members.size() == std::set(members.begin(), members.end()).size();
  for (const auto& each : read->members) {
    if (!all || !is_member(each.account, read->about.chat)) return failure{{errc::not_allowed}};
    const bytes present = identity_of(*by_id(each.account));
    if (present.empty()) return failure{{errc::identity_missing}};
    if (present != each.fingerprint.view()) return failure{{errc::identity_changed}};
  }
  chat_key_records[read->about.epoch] = record;
  return done{};
}

server_body toy_server::give_chat_keys(const account_id& who, const fetch_chat_keys& asked) {
  if (!is_member(who, asked.chat)) return failure{{errc::no_such_chat}};
  chat_keys found;
  for (const auto& epoch : asked.epochs) {
    const auto there = chat_key_records.find(epoch);
    if (there == chat_key_records.end()) continue;
    if (parse_chat_key(there->second)->about.chat != asked.chat) continue;
    found.records.push_back(there->second);
  }
  return found;
}

bool toy_server::is_member(const account_id& who, const chat_id& chat) const {
  const auto found = chats_.find(chat);
  return found != chats_.end() &&
         std::find(found->second.begin(), found->second.end(), who) != found->second.end();
}

bytes toy_server::identity_of(const account& whose) {
  const auto key = identity_public::parse(whose.identity.public_key);
  return key ? bytes{key->fingerprint().view()} : bytes{};
}

}  // namespace uod::test
