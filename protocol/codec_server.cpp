#include "protocol/codec_parts.hpp"
#include "protocol/password.hpp"

/// The server's messages, one pair of functions each: out of the struct, and into it.
namespace uod::codec {

namespace {

// ---------------------------------------------------------------------------------------------
// Out

void put_body(const welcome& from, wire::ServerMessage& to) {
  auto* body = to.mutable_welcome();
  put_text(from.server, body->mutable_server());
  put(from.limits, body->mutable_limits());
  put(from.argon2, body->mutable_argon2());
  body->set_time_ms(from.time_ms);
}

void put_body(const ping&, wire::ServerMessage& to) { to.mutable_ping(); }

void put_body(const pong&, wire::ServerMessage& to) { to.mutable_pong(); }

void put_body(const done&, wire::ServerMessage& to) { to.mutable_done(); }

void put_body(const failure& from, wire::ServerMessage& to) {
  put(from.reason, to.mutable_failure()->mutable_reason());
}

void put_body(const server_closing& from, wire::ServerMessage& to) {
  put(from.reason, to.mutable_server_closing()->mutable_reason());
}

void put_body(const salt& from, wire::ServerMessage& to) {
  auto* body = to.mutable_salt();
  body->set_value(from.value);
  put(from.argon2, body->mutable_argon2());
}

void put_body(const logged_in& from, wire::ServerMessage& to) {
  auto* body = to.mutable_logged_in();
  put(from.account, body->mutable_account());
  put_id(from.device, body->mutable_device());
  body->set_token(from.token);
}

void put_body(const accounts_found& from, wire::ServerMessage& to) {
  auto* body = to.mutable_accounts_found();
  for (const auto& name : from.names) put_text(name, body->add_names());
  put_text(from.next, body->mutable_next());
}

void put_body(const contact_added& from, wire::ServerMessage& to) {
  put(from.added, to.mutable_contact_added()->mutable_added());
}

void put_body(const contacts_listed& from, wire::ServerMessage& to) {
  auto* body = to.mutable_contacts_listed();
  put_all(from.contacts, body->mutable_contacts());
  put_text(from.next, body->mutable_next());
}

void put_body(const presence_changed& from, wire::ServerMessage& to) {
  auto* body = to.mutable_presence_changed();
  put_id(from.account, body->mutable_account());
  put_text(from.name, body->mutable_name());
  body->set_online(from.online);
  body->set_last_seen_ms(from.last_seen_ms);
}

void put_body(const chat_opened& from, wire::ServerMessage& to) {
  put(from.chat, to.mutable_chat_opened()->mutable_chat());
}

void put_body(const chats_listed& from, wire::ServerMessage& to) {
  auto* body = to.mutable_chats_listed();
  put_all(from.chats, body->mutable_chats());
  put_text(from.next, body->mutable_next());
}

void put_body(const receipt_changed& from, wire::ServerMessage& to) {
  auto* body = to.mutable_receipt_changed();
  put_id(from.chat, body->mutable_chat());
  put_id(from.by, body->mutable_by());
  put_text(from.by_name, body->mutable_by_name());
  body->set_delivered_seq(from.delivered_seq);
  body->set_read_seq(from.read_seq);
}

void put_body(const message_sent& from, wire::ServerMessage& to) {
  auto* body = to.mutable_message_sent();
  put_id(from.id, body->mutable_id());
  put_id(from.chat, body->mutable_chat());
  body->set_seq(from.seq);
  body->set_position(from.position);
  body->set_sent_at_ms(from.sent_at_ms);
}

void put_body(const history& from, wire::ServerMessage& to) {
  auto* body = to.mutable_history();
  put_all(from.messages, body->mutable_messages());
  body->set_more(from.more);
}

void put_body(const subscribed& from, wire::ServerMessage& to) {
  auto* body = to.mutable_subscribed();
  body->set_position(from.position);
  body->set_broadcast(from.broadcast);
}

void put_body(const messages_arrived& from, wire::ServerMessage& to) {
  auto* body = to.mutable_messages_arrived();
  put_all(from.chats, body->mutable_chats());
  put_all(from.messages, body->mutable_messages());
}

void put_body(const account_shown& from, wire::ServerMessage& to) {
  put(from.account, to.mutable_account_shown()->mutable_account());
}

void put_body(const devices_listed& from, wire::ServerMessage& to) {
  put_all(from.devices, to.mutable_devices_listed()->mutable_devices());
}

void put_body(const broadcast_sent& from, wire::ServerMessage& to) {
  auto* body = to.mutable_broadcast_sent();
  put_id(from.id, body->mutable_id());
  body->set_seq(from.seq);
  body->set_sent_at_ms(from.sent_at_ms);
}

void put_body(const home& from, wire::ServerMessage& to) {
  auto* body = to.mutable_home();
  put_all(from.broadcasts, body->mutable_broadcasts());
  body->set_more(from.more);
}

void put_body(const broadcasts_arrived& from, wire::ServerMessage& to) {
  put_all(from.broadcasts, to.mutable_broadcasts_arrived()->mutable_broadcasts());
}

// ---------------------------------------------------------------------------------------------
// In

void take_body(shape& check, wire::Welcome& from, welcome& to) {
  to.server = std::move(*from.mutable_server());
  take_part(check, from.has_limits() ? from.mutable_limits() : nullptr, to.limits,
            "welcome.limits");
  take_part(check, from.has_argon2() ? from.mutable_argon2() : nullptr, to.argon2,
            "welcome.argon2");
  to.time_ms = from.time_ms();
}

void take_body(shape&, wire::Ping&, ping&) {}

void take_body(shape&, wire::Pong&, pong&) {}

void take_body(shape&, wire::Done&, done&) {}

void take_body(shape& check, wire::Failure& from, failure& to) {
  take_part(check, from.has_reason() ? from.mutable_reason() : nullptr, to.reason,
            "failure.reason");
}

void take_body(shape& check, wire::ServerClosing& from, server_closing& to) {
  take_part(check, from.has_reason() ? from.mutable_reason() : nullptr, to.reason,
            "server_closing.reason");
}

void take_body(shape& check, wire::Salt& from, salt& to) {
  check.require(from.value().size() <= salt_octets_max, "salt.value");
  to.value = std::move(*from.mutable_value());
  take_part(check, from.has_argon2() ? from.mutable_argon2() : nullptr, to.argon2, "salt.argon2");
}

void take_body(shape& check, wire::LoggedIn& from, logged_in& to) {
  take_part(check, from.has_account() ? from.mutable_account() : nullptr, to.account,
            "logged_in.account");
  check.take_id(from.device(), to.device, "logged_in.device");
  if (!from.token().empty()) {
    check.take_exact(from.mutable_token(), token_octets, to.token, "logged_in.token");
  }
}

void take_body(shape&, wire::AccountsFound& from, accounts_found& to) {
  to.names.reserve(static_cast<std::size_t>(from.names_size()));
  for (auto& name : *from.mutable_names()) to.names.push_back(std::move(name));
  to.next = std::move(*from.mutable_next());
}

void take_body(shape& check, wire::ContactAdded& from, contact_added& to) {
  take_part(check, from.has_added() ? from.mutable_added() : nullptr, to.added,
            "contact_added.added");
}

void take_body(shape& check, wire::ContactsListed& from, contacts_listed& to) {
  take_all(check, from.mutable_contacts(), to.contacts);
  to.next = std::move(*from.mutable_next());
}

void take_body(shape& check, wire::PresenceChanged& from, presence_changed& to) {
  check.take_id(from.account(), to.account, "presence_changed.account");
  to.name = std::move(*from.mutable_name());
  to.online = from.online();
  to.last_seen_ms = from.last_seen_ms();
}

void take_body(shape& check, wire::ChatOpened& from, chat_opened& to) {
  take_part(check, from.has_chat() ? from.mutable_chat() : nullptr, to.chat, "chat_opened.chat");
}

void take_body(shape& check, wire::ChatsListed& from, chats_listed& to) {
  take_all(check, from.mutable_chats(), to.chats);
  to.next = std::move(*from.mutable_next());
}

void take_body(shape& check, wire::ReceiptChanged& from, receipt_changed& to) {
  check.take_id(from.chat(), to.chat, "receipt_changed.chat");
  check.take_id(from.by(), to.by, "receipt_changed.by");
  to.by_name = std::move(*from.mutable_by_name());
  to.delivered_seq = from.delivered_seq();
  to.read_seq = from.read_seq();
}

void take_body(shape& check, wire::MessageSent& from, message_sent& to) {
  check.take_id(from.id(), to.id, "message_sent.id");
  check.take_id(from.chat(), to.chat, "message_sent.chat");
  to.seq = from.seq();
  to.position = from.position();
  to.sent_at_ms = from.sent_at_ms();
}

void take_body(shape& check, wire::History& from, history& to) {
  take_all(check, from.mutable_messages(), to.messages);
  to.more = from.more();
}

void take_body(shape&, wire::Subscribed& from, subscribed& to) {
  to.position = from.position();
  to.broadcast = from.broadcast();
}

void take_body(shape& check, wire::AccountShown& from, account_shown& to) {
  take_part(check, from.has_account() ? from.mutable_account() : nullptr, to.account,
            "account_shown.account");
}

void take_body(shape& check, wire::DevicesListed& from, devices_listed& to) {
  take_all(check, from.mutable_devices(), to.devices);
}

void take_body(shape& check, wire::BroadcastSent& from, broadcast_sent& to) {
  check.take_id(from.id(), to.id, "broadcast_sent.id");
  to.seq = from.seq();
  to.sent_at_ms = from.sent_at_ms();
}

void take_body(shape& check, wire::Home& from, home& to) {
  take_all(check, from.mutable_broadcasts(), to.broadcasts);
  to.more = from.more();
}

void take_body(shape& check, wire::BroadcastsArrived& from, broadcasts_arrived& to) {
  take_all(check, from.mutable_broadcasts(), to.broadcasts);
}

void take_body(shape& check, wire::MessagesArrived& from, messages_arrived& to) {
  take_all(check, from.mutable_chats(), to.chats);
  take_all(check, from.mutable_messages(), to.messages);
}

}  // namespace

void put(const server_message& from, wire::ServerMessage& to) {
  to.set_request(from.request);
  std::visit([&to](const auto& body) { put_body(body, to); }, from.body);
}

void take(shape& check, wire::ServerMessage& from, server_message& to) {
  using kind = wire::ServerMessage;
  to.request = from.request();
  const auto into = [&check, &to]<class Body>(Body, auto* body) {
    take_body(check, *body, to.body.emplace<Body>());
  };
  // No default: the compiler refuses a body that has no line here.
  switch (from.body_case()) {
    case kind::kWelcome:
      return into(welcome{}, from.mutable_welcome());
    case kind::kServerClosing:
      return into(server_closing{}, from.mutable_server_closing());
    case kind::kPing:
      return into(ping{}, from.mutable_ping());
    case kind::kPong:
      return into(pong{}, from.mutable_pong());
    case kind::kDone:
      return into(done{}, from.mutable_done());
    case kind::kFailure:
      return into(failure{}, from.mutable_failure());
    case kind::kSalt:
      return into(salt{}, from.mutable_salt());
    case kind::kLoggedIn:
      return into(logged_in{}, from.mutable_logged_in());
    case kind::kAccountsFound:
      return into(accounts_found{}, from.mutable_accounts_found());
    case kind::kContactAdded:
      return into(contact_added{}, from.mutable_contact_added());
    case kind::kContactsListed:
      return into(contacts_listed{}, from.mutable_contacts_listed());
    case kind::kPresenceChanged:
      return into(presence_changed{}, from.mutable_presence_changed());
    case kind::kChatOpened:
      return into(chat_opened{}, from.mutable_chat_opened());
    case kind::kChatsListed:
      return into(chats_listed{}, from.mutable_chats_listed());
    case kind::kReceiptChanged:
      return into(receipt_changed{}, from.mutable_receipt_changed());
    case kind::kMessageSent:
      return into(message_sent{}, from.mutable_message_sent());
    case kind::kHistory:
      return into(history{}, from.mutable_history());
    case kind::kSubscribed:
      return into(subscribed{}, from.mutable_subscribed());
    case kind::kMessagesArrived:
      return into(messages_arrived{}, from.mutable_messages_arrived());
    case kind::kAccountShown:
      return into(account_shown{}, from.mutable_account_shown());
    case kind::kDevicesListed:
      return into(devices_listed{}, from.mutable_devices_listed());
    case kind::kBroadcastSent:
      return into(broadcast_sent{}, from.mutable_broadcast_sent());
    case kind::kHome:
      return into(home{}, from.mutable_home());
    case kind::kBroadcastsArrived:
      return into(broadcasts_arrived{}, from.mutable_broadcasts_arrived());
    case kind::kIdentityShown:
      return into(identity_shown{}, from.mutable_identity_shown());
    case kind::kIdentityFound:
      return into(identity_found{}, from.mutable_identity_found());
    case kind::kChatKeys:
      return into(chat_keys{}, from.mutable_chat_keys());
    case kind::kFileBegun:
      return into(file_begun{}, from.mutable_file_begun());
    case kind::kFileSegment:
      return into(file_segment{}, from.mutable_file_segment());
    case kind::BODY_NOT_SET:
      return check.require(false, "body");
  }
}

}  // namespace uod::codec
