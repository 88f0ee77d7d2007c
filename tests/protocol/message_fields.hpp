#pragma once

#include "protocol/messages.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/chat_key_record.hpp"
#include "protocol/sealing/sealed_identity.hpp"

/// Every field of every message once, by the name that messenger.proto gives it. What visits them
/// decides what is done: `random_messages.hpp` fills them, `describe_messages.hpp` tells them.
///
/// A visitor has: kind(name) · text(name, string) · texts(name, list) · octets(name, bytes, min,
/// max) · octets_or_none(name, bytes, size) · many_octets(name, list, min, max, count max) ·
/// ids(name, list, count max) · id(name, id) · number(name, integer) · maybe_number(name, optional)
/// · flag(name, bool) · content(name, type) · code(name, errc) · part(name, struct) · parts(name,
/// list).
namespace uod::tests {

// Parts

template <class V>
void fields(V& v, argon2_parameters& m) {
  v.number("memory_kib", m.memory_kib);
  v.number("passes", m.passes);
}
template <class V>
void fields(V& v, device_info& m) {
  v.id("id", m.id);
  v.text("name", m.name);
}
template <class V>
void fields(V& v, wire_limits& m) {
  v.number("frame_bytes_max", m.frame_bytes_max);
  v.number("message_bytes_max", m.message_bytes_max);
  v.number("requests_in_flight_max", m.requests_in_flight_max);
  v.number("page_rows_max", m.page_rows_max);
  v.number("silence_ms", m.silence_ms);
  v.number("broadcast_bytes_max", m.broadcast_bytes_max);
  v.number("file_octets_max", m.file_octets_max);
}
template <class V>
void fields(V& v, account_info& m) {
  v.id("id", m.id);
  v.text("name", m.name);
  v.text("email", m.email);
  v.flag("premium", m.premium);
  v.flag("email_confirmed", m.email_confirmed);
}
template <class V>
void fields(V& v, device& m) {
  v.id("id", m.id);
  v.text("name", m.name);
  v.text("address", m.address);
  v.number("created_at_ms", m.created_at_ms);
  v.number("last_seen_ms", m.last_seen_ms);
  v.flag("current", m.current);
}
template <class V>
void fields(V& v, broadcast& m) {
  v.id("id", m.id);
  v.number("seq", m.seq);
  v.id("sender", m.sender);
  v.text("sender_name", m.sender_name);
  v.octets("body", m.body, 0, 300);
  v.number("sent_at_ms", m.sent_at_ms);
}
template <class V>
void fields(V& v, member& m) {
  v.id("id", m.id);
  v.text("name", m.name);
  v.number("delivered_seq", m.delivered_seq);
  v.number("read_seq", m.read_seq);
  v.octets_or_none("identity", m.identity, sizeof(key_fingerprint));
}
template <class V>
void fields(V& v, chat_info& m) {
  v.id("id", m.id);
  v.parts("members", m.members);
  v.number("last_seq", m.last_seq);
  v.number("unread", m.unread);
}
template <class V>
void fields(V& v, message& m) {
  v.id("id", m.id);
  v.id("chat", m.chat);
  v.number("seq", m.seq);
  v.number("position", m.position);
  v.id("sender", m.sender);
  v.content("content", m.content);
  v.octets("body", m.body, 0, 300);
  v.number("sent_at_ms", m.sent_at_ms);
}
template <class V>
void fields(V& v, contact& m) {
  v.id("id", m.id);
  v.text("name", m.name);
  v.flag("online", m.online);
  v.number("last_seen_ms", m.last_seen_ms);
  v.octets_or_none("identity", m.identity, sizeof(key_fingerprint));
}
template <class V>
void fields(V& v, error& m) {
  v.code("code", m.code);
  v.text("detail", m.detail);
  v.number("retry_after_ms", m.retry_after_ms);
}

// From the client

template <class V>
void fields(V& v, hello& m) {
  v.kind("hello");
  v.text("client", m.client);
}
template <class V>
void fields(V& v, goodbye&) {
  v.kind("goodbye");
}
template <class V>
void fields(V& v, ping&) {
  v.kind("ping");
}
template <class V>
void fields(V& v, pong&) {
  v.kind("pong");
}
template <class V>
void fields(V& v, get_salt& m) {
  v.kind("get_salt");
  v.text("name", m.name);
}
template <class V>
void fields(V& v, register_account& m) {
  v.kind("register_account");
  v.id("id", m.id);
  v.text("name", m.name);
  v.text("email", m.email);
  v.octets("salt", m.salt, 0, salt_octets_max);
  v.part("argon2", m.argon2);
  v.octets("auth_key", m.auth_key, auth_key_octets, auth_key_octets);
  v.part("device", m.device);
  v.text("premium_code", m.premium_code);
}
template <class V>
void fields(V& v, log_in& m) {
  v.kind("log_in");
  v.text("name", m.name);
  v.octets("auth_key", m.auth_key, auth_key_octets, auth_key_octets);
  v.part("device", m.device);
}
template <class V>
void fields(V& v, resume& m) {
  v.kind("resume");
  v.id("device", m.device);
  v.octets("token", m.token, token_octets, token_octets);
}
template <class V>
void fields(V& v, log_out& m) {
  v.kind("log_out");
  v.flag("all_devices", m.all_devices);
}
template <class V>
void fields(V& v, get_account&) {
  v.kind("get_account");
}
template <class V>
void fields(V& v, list_devices&) {
  v.kind("list_devices");
}
template <class V>
void fields(V& v, revoke_device& m) {
  v.kind("revoke_device");
  v.id("device", m.device);
}
template <class V>
void fields(V& v, redeem_premium& m) {
  v.kind("redeem_premium");
  v.text("code", m.code);
}
template <class V>
void fields(V& v, search_accounts& m) {
  v.kind("search_accounts");
  v.text("text", m.text);
  v.text("after", m.after);
  v.number("limit", m.limit);
}
template <class V>
void fields(V& v, add_contact& m) {
  v.kind("add_contact");
  v.text("name", m.name);
}
template <class V>
void fields(V& v, remove_contact& m) {
  v.kind("remove_contact");
  v.text("name", m.name);
}
template <class V>
void fields(V& v, list_contacts& m) {
  v.kind("list_contacts");
  v.text("after", m.after);
  v.number("limit", m.limit);
}
template <class V>
void fields(V& v, open_chat& m) {
  v.kind("open_chat");
  v.text("name", m.name);
}
template <class V>
void fields(V& v, list_chats& m) {
  v.kind("list_chats");
  v.text("after", m.after);
  v.number("limit", m.limit);
}
template <class V>
void fields(V& v, send_message& m) {
  v.kind("send_message");
  v.id("id", m.id);
  v.id("chat", m.chat);
  v.content("content", m.content);
  v.octets("body", m.body, 0, 300);
}
template <class V>
void fields(V& v, fetch_history& m) {
  v.kind("fetch_history");
  v.id("chat", m.chat);
  v.number("before_seq", m.before_seq);
  v.number("after_seq", m.after_seq);
  v.number("limit", m.limit);
}
template <class V>
void fields(V& v, mark_chat& m) {
  v.kind("mark_chat");
  v.id("chat", m.chat);
  v.number("delivered_seq", m.delivered_seq);
  v.number("read_seq", m.read_seq);
}
template <class V>
void fields(V& v, subscribe& m) {
  v.kind("subscribe");
  v.maybe_number("after_position", m.after_position);
  v.maybe_number("after_broadcast", m.after_broadcast);
}
template <class V>
void fields(V& v, send_broadcast& m) {
  v.kind("send_broadcast");
  v.id("id", m.id);
  v.octets("body", m.body, 0, 300);
}
template <class V>
void fields(V& v, fetch_home& m) {
  v.kind("fetch_home");
  v.number("before_seq", m.before_seq);
  v.number("after_seq", m.after_seq);
  v.number("limit", m.limit);
}
template <class V>
void fields(V& v, confirm_email& m) {
  v.kind("confirm_email");
  v.text("code", m.code);
}
template <class V>
void fields(V& v, send_email_code&) {
  v.kind("send_email_code");
}
template <class V>
void fields(V& v, change_email& m) {
  v.kind("change_email");
  v.octets("auth_key", m.auth_key, auth_key_octets, auth_key_octets);
  v.text("email", m.email);
}
template <class V>
void fields(V& v, change_password& m) {
  v.kind("change_password");
  v.octets("auth_key", m.auth_key, auth_key_octets, auth_key_octets);
  v.octets("salt", m.salt, 0, salt_octets_max);
  v.part("argon2", m.argon2);
  v.octets("new_auth_key", m.new_auth_key, auth_key_octets, auth_key_octets);
  v.flag("keep_devices", m.keep_devices);
  v.octets("token", m.token, token_octets, token_octets);
  v.octets("sealed_by_password", m.sealed_by_password, 0, sealed_identity_octets_max);
}
template <class V>
void fields(V& v, forgot_password& m) {
  v.kind("forgot_password");
  v.text("name", m.name);
}
template <class V>
void fields(V& v, reset_password& m) {
  v.kind("reset_password");
  v.text("name", m.name);
  v.text("code", m.code);
  v.octets("salt", m.salt, 0, salt_octets_max);
  v.part("argon2", m.argon2);
  v.octets("auth_key", m.auth_key, auth_key_octets, auth_key_octets);
  v.part("device", m.device);
}
template <class V>
void fields(V& v, unlock_account& m) {
  v.kind("unlock_account");
  v.text("name", m.name);
  v.text("code", m.code);
}
template <class V>
void fields(V& v, put_identity& m) {
  v.kind("put_identity");
  v.octets("auth_key", m.auth_key, auth_key_octets, auth_key_octets);
  v.octets("public_key", m.public_key, identity_public_octets, identity_public_octets);
  v.octets("sealed_by_password", m.sealed_by_password, 0, sealed_identity_octets_max);
  v.octets("sealed_by_recovery", m.sealed_by_recovery, 0, sealed_identity_octets_max);
}
template <class V>
void fields(V& v, get_identity&) {
  v.kind("get_identity");
}
template <class V>
void fields(V& v, find_identity& m) {
  v.kind("find_identity");
  v.id("account", m.account);
  v.octets_or_none("fingerprint", m.fingerprint, sizeof(key_fingerprint));
}
template <class V>
void fields(V& v, put_chat_key& m) {
  v.kind("put_chat_key");
  v.octets("record", m.record, 0, chat_key_record_octets_max);
}
template <class V>
void fields(V& v, fetch_chat_keys& m) {
  v.kind("fetch_chat_keys");
  v.id("chat", m.chat);
  v.ids("epochs", m.epochs, fetch_epochs_max);
}
template <class V>
void fields(V& v, begin_file& m) {
  v.kind("begin_file");
  v.id("id", m.id);
  v.id("chat", m.chat);
  v.number("size", m.size);
}
template <class V>
void fields(V& v, put_file_segment& m) {
  v.kind("put_file_segment");
  v.id("id", m.id);
  v.number("index", m.index);
  v.octets("sealed", m.sealed, 0, 300);
}
template <class V>
void fields(V& v, fetch_file_segment& m) {
  v.kind("fetch_file_segment");
  v.id("id", m.id);
  v.number("index", m.index);
}

// From the server

template <class V>
void fields(V& v, welcome& m) {
  v.kind("welcome");
  v.text("server", m.server);
  v.part("limits", m.limits);
  v.part("argon2", m.argon2);
  v.number("time_ms", m.time_ms);
}
template <class V>
void fields(V& v, salt& m) {
  v.kind("salt");
  v.octets("value", m.value, 0, salt_octets_max);
  v.part("argon2", m.argon2);
}
template <class V>
void fields(V& v, logged_in& m) {
  v.kind("logged_in");
  v.part("account", m.account);
  v.id("device", m.device);
  v.octets("token", m.token, token_octets, token_octets);
}
template <class V>
void fields(V& v, account_shown& m) {
  v.kind("account_shown");
  v.part("account", m.account);
}
template <class V>
void fields(V& v, devices_listed& m) {
  v.kind("devices_listed");
  v.parts("devices", m.devices);
}
template <class V>
void fields(V& v, done&) {
  v.kind("done");
}
template <class V>
void fields(V& v, failure& m) {
  v.kind("failure");
  v.part("reason", m.reason);
}
template <class V>
void fields(V& v, accounts_found& m) {
  v.kind("accounts_found");
  v.texts("names", m.names);
  v.text("next", m.next);
}
template <class V>
void fields(V& v, contact_added& m) {
  v.kind("contact_added");
  v.part("added", m.added);
}
template <class V>
void fields(V& v, contacts_listed& m) {
  v.kind("contacts_listed");
  v.parts("contacts", m.contacts);
  v.text("next", m.next);
}
template <class V>
void fields(V& v, chat_opened& m) {
  v.kind("chat_opened");
  v.part("chat", m.chat);
}
template <class V>
void fields(V& v, chats_listed& m) {
  v.kind("chats_listed");
  v.parts("chats", m.chats);
  v.text("next", m.next);
}
template <class V>
void fields(V& v, message_sent& m) {
  v.kind("message_sent");
  v.id("id", m.id);
  v.id("chat", m.chat);
  v.number("seq", m.seq);
  v.number("position", m.position);
  v.number("sent_at_ms", m.sent_at_ms);
}
template <class V>
void fields(V& v, history& m) {
  v.kind("history");
  v.parts("messages", m.messages);
  v.flag("more", m.more);
}
template <class V>
void fields(V& v, subscribed& m) {
  v.kind("subscribed");
  v.number("position", m.position);
  v.number("broadcast", m.broadcast);
}
template <class V>
void fields(V& v, broadcast_sent& m) {
  v.kind("broadcast_sent");
  v.id("id", m.id);
  v.number("seq", m.seq);
  v.number("sent_at_ms", m.sent_at_ms);
}
template <class V>
void fields(V& v, home& m) {
  v.kind("home");
  v.parts("broadcasts", m.broadcasts);
  v.flag("more", m.more);
}
template <class V>
void fields(V& v, messages_arrived& m) {
  v.kind("messages_arrived");
  v.parts("chats", m.chats);
  v.parts("messages", m.messages);
}
template <class V>
void fields(V& v, broadcasts_arrived& m) {
  v.kind("broadcasts_arrived");
  v.parts("broadcasts", m.broadcasts);
}
template <class V>
void fields(V& v, receipt_changed& m) {
  v.kind("receipt_changed");
  v.id("chat", m.chat);
  v.id("by", m.by);
  v.text("by_name", m.by_name);
  v.number("delivered_seq", m.delivered_seq);
  v.number("read_seq", m.read_seq);
}
template <class V>
void fields(V& v, presence_changed& m) {
  v.kind("presence_changed");
  v.id("account", m.account);
  v.text("name", m.name);
  v.flag("online", m.online);
  v.number("last_seen_ms", m.last_seen_ms);
}
template <class V>
void fields(V& v, server_closing& m) {
  v.kind("server_closing");
  v.part("reason", m.reason);
}
template <class V>
void fields(V& v, identity_shown& m) {
  v.kind("identity_shown");
  v.octets_or_none("public_key", m.public_key, identity_public_octets);
  v.octets("sealed_by_password", m.sealed_by_password, 0, sealed_identity_octets_max);
  v.octets("sealed_by_recovery", m.sealed_by_recovery, 0, sealed_identity_octets_max);
}
template <class V>
void fields(V& v, identity_found& m) {
  v.kind("identity_found");
  v.id("account", m.account);
  v.text("name", m.name);
  v.octets("public_key", m.public_key, identity_public_octets, identity_public_octets);
}
template <class V>
void fields(V& v, chat_keys& m) {
  v.kind("chat_keys");
  v.many_octets("records", m.records, 0, 300, fetch_epochs_max);
}
template <class V>
void fields(V& v, file_begun& m) {
  v.kind("file_begun");
  v.number("segments_held", m.segments_held);
}
template <class V>
void fields(V& v, file_segment& m) {
  v.kind("file_segment");
  v.octets("sealed", m.sealed, 0, 300);
}

}  // namespace uod::tests
