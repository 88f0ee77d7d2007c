#include "protocol/codec_parts.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/chat_key_record.hpp"
#include "protocol/sealing/sealed_identity.hpp"

/// Identities and chat keys, of both sides: out of the struct, and into it.
namespace uod::codec {

namespace {

constexpr std::size_t fingerprint_octets = sizeof(key_fingerprint);

}  // namespace

// ---------------------------------------------------------------------------------------------
// Out

void put_body(const put_identity& from, wire::ClientMessage& to) {
  auto* body = to.mutable_put_identity();
  body->set_auth_key(from.auth_key);
  body->set_public_key(from.public_key);
  body->set_sealed_by_password(from.sealed_by_password);
  body->set_sealed_by_recovery(from.sealed_by_recovery);
}

void put_body(const get_identity&, wire::ClientMessage& to) { to.mutable_get_identity(); }

void put_body(const find_identity& from, wire::ClientMessage& to) {
  auto* body = to.mutable_find_identity();
  put_id(from.account, body->mutable_account());
  body->set_fingerprint(from.fingerprint);
}

void put_body(const put_chat_key& from, wire::ClientMessage& to) {
  to.mutable_put_chat_key()->set_record(from.record);
}

void put_body(const fetch_chat_keys& from, wire::ClientMessage& to) {
  auto* body = to.mutable_fetch_chat_keys();
  put_id(from.chat, body->mutable_chat());
  for (const auto& epoch : from.epochs) put_id(epoch, body->add_epochs());
}

void put_body(const identity_shown& from, wire::ServerMessage& to) {
  auto* body = to.mutable_identity_shown();
  body->set_public_key(from.public_key);
  body->set_sealed_by_password(from.sealed_by_password);
  body->set_sealed_by_recovery(from.sealed_by_recovery);
}

void put_body(const identity_found& from, wire::ServerMessage& to) {
  auto* body = to.mutable_identity_found();
  put_id(from.account, body->mutable_account());
  put_text(from.name, body->mutable_name());
  body->set_public_key(from.public_key);
}

void put_body(const chat_keys& from, wire::ServerMessage& to) {
  auto* body = to.mutable_chat_keys();
  for (const auto& record : from.records) body->add_records(record);
}

// ---------------------------------------------------------------------------------------------
// In

void take_body(shape& check, wire::PutIdentity& from, put_identity& to) {
  check.take_exact(from.mutable_auth_key(), auth_key_octets, to.auth_key, "put_identity.auth_key");
  check.take_exact(from.mutable_public_key(), identity_public_octets, to.public_key,
                   "put_identity.public_key");
  check.take_up_to(from.mutable_sealed_by_password(), sealed_identity_octets_max,
                   to.sealed_by_password, "put_identity.sealed_by_password");
  check.take_up_to(from.mutable_sealed_by_recovery(), sealed_identity_octets_max,
                   to.sealed_by_recovery, "put_identity.sealed_by_recovery");
}

void take_body(shape&, wire::GetIdentity&, get_identity&) {}

void take_body(shape& check, wire::FindIdentity& from, find_identity& to) {
  check.take_id(from.account(), to.account, "find_identity.account");
  check.take_exact_or_none(from.mutable_fingerprint(), fingerprint_octets, to.fingerprint,
                           "find_identity.fingerprint");
}

void take_body(shape& check, wire::PutChatKey& from, put_chat_key& to) {
  check.take_up_to(from.mutable_record(), chat_key_record_octets_max, to.record,
                   "put_chat_key.record");
}

void take_body(shape& check, wire::FetchChatKeys& from, fetch_chat_keys& to) {
  check.take_id(from.chat(), to.chat, "fetch_chat_keys.chat");
  const auto count = static_cast<std::size_t>(from.epochs_size());
  check.require(count <= fetch_epochs_max, "fetch_chat_keys.epochs");
  if (count > fetch_epochs_max) return;
  to.epochs.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    check.take_id(from.epochs(static_cast<int>(i)), to.epochs[i], "fetch_chat_keys.epochs");
  }
}

void take_body(shape& check, wire::IdentityShown& from, identity_shown& to) {
  check.take_exact_or_none(from.mutable_public_key(), identity_public_octets, to.public_key,
                           "identity_shown.public_key");
  check.take_up_to(from.mutable_sealed_by_password(), sealed_identity_octets_max,
                   to.sealed_by_password, "identity_shown.sealed_by_password");
  check.take_up_to(from.mutable_sealed_by_recovery(), sealed_identity_octets_max,
                   to.sealed_by_recovery, "identity_shown.sealed_by_recovery");
}

void take_body(shape& check, wire::IdentityFound& from, identity_found& to) {
  check.take_id(from.account(), to.account, "identity_found.account");
  to.name = std::move(*from.mutable_name());
  check.take_exact(from.mutable_public_key(), identity_public_octets, to.public_key,
                   "identity_found.public_key");
}

void take_body(shape& check, wire::ChatKeys& from, chat_keys& to) {
  const auto count = static_cast<std::size_t>(from.records_size());
  check.require(count <= fetch_epochs_max, "chat_keys.records");
  if (count > fetch_epochs_max) return;
  to.records.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    check.take_up_to(from.mutable_records(static_cast<int>(i)), chat_key_record_octets_max,
                     to.records[i], "chat_keys.records");
  }
}

}  // namespace uod::codec
