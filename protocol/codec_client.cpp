#include "protocol/codec_parts.hpp"
#include "protocol/password.hpp"
#include "protocol/sealing/sealed_identity.hpp"

/// The client's messages, one pair of functions each: out of the struct, and into it.
namespace uod::codec {

namespace {

// ---------------------------------------------------------------------------------------------
// Out

void put_body(const hello& from, wire::ClientMessage& to) {
  put_text(from.client, to.mutable_hello()->mutable_client());
}

void put_body(const goodbye&, wire::ClientMessage& to) { to.mutable_goodbye(); }

void put_body(const ping&, wire::ClientMessage& to) { to.mutable_ping(); }

void put_body(const pong&, wire::ClientMessage& to) { to.mutable_pong(); }

void put_body(const get_salt& from, wire::ClientMessage& to) {
  put_text(from.name, to.mutable_get_salt()->mutable_name());
}

void put_body(const register_account& from, wire::ClientMessage& to) {
  auto* body = to.mutable_register_account();
  put_id(from.id, body->mutable_id());
  put_text(from.name, body->mutable_name());
  put_text(from.email, body->mutable_email());
  body->set_salt(from.salt);
  put(from.argon2, body->mutable_argon2());
  body->set_auth_key(from.auth_key);
  put(from.device, body->mutable_device());
  put_text(from.premium_code, body->mutable_premium_code());
}

void put_body(const log_in& from, wire::ClientMessage& to) {
  auto* body = to.mutable_log_in();
  put_text(from.name, body->mutable_name());
  body->set_auth_key(from.auth_key);
  put(from.device, body->mutable_device());
}

void put_body(const resume& from, wire::ClientMessage& to) {
  auto* body = to.mutable_resume();
  put_id(from.device, body->mutable_device());
  body->set_token(from.token);
}

void put_body(const log_out& from, wire::ClientMessage& to) {
  to.mutable_log_out()->set_all_devices(from.all_devices);
}

void put_body(const search_accounts& from, wire::ClientMessage& to) {
  auto* body = to.mutable_search_accounts();
  put_text(from.text, body->mutable_text());
  put_text(from.after, body->mutable_after());
  body->set_limit(from.limit);
}

void put_body(const add_contact& from, wire::ClientMessage& to) {
  put_text(from.name, to.mutable_add_contact()->mutable_name());
}

void put_body(const remove_contact& from, wire::ClientMessage& to) {
  put_text(from.name, to.mutable_remove_contact()->mutable_name());
}

void put_body(const list_contacts& from, wire::ClientMessage& to) {
  auto* body = to.mutable_list_contacts();
  put_text(from.after, body->mutable_after());
  body->set_limit(from.limit);
}

void put_body(const open_chat& from, wire::ClientMessage& to) {
  put_text(from.name, to.mutable_open_chat()->mutable_name());
}

void put_body(const list_chats& from, wire::ClientMessage& to) {
  auto* body = to.mutable_list_chats();
  put_text(from.after, body->mutable_after());
  body->set_limit(from.limit);
}

void put_body(const mark_chat& from, wire::ClientMessage& to) {
  auto* body = to.mutable_mark_chat();
  put_id(from.chat, body->mutable_chat());
  body->set_delivered_seq(from.delivered_seq);
  body->set_read_seq(from.read_seq);
}

void put_body(const send_message& from, wire::ClientMessage& to) {
  auto* body = to.mutable_send_message();
  put_id(from.id, body->mutable_id());
  put_id(from.chat, body->mutable_chat());
  body->set_content(to_wire(from.content));
  body->set_body(from.body);
}

void put_body(const fetch_history& from, wire::ClientMessage& to) {
  auto* body = to.mutable_fetch_history();
  put_id(from.chat, body->mutable_chat());
  body->set_before_seq(from.before_seq);
  body->set_after_seq(from.after_seq);
  body->set_limit(from.limit);
}

void put_body(const subscribe& from, wire::ClientMessage& to) {
  auto* body = to.mutable_subscribe();
  if (from.after_position) body->set_after_position(*from.after_position);
  if (from.after_broadcast) body->set_after_broadcast(*from.after_broadcast);
}

void put_body(const get_account&, wire::ClientMessage& to) { to.mutable_get_account(); }

void put_body(const list_devices&, wire::ClientMessage& to) { to.mutable_list_devices(); }

void put_body(const revoke_device& from, wire::ClientMessage& to) {
  put_id(from.device, to.mutable_revoke_device()->mutable_device());
}

void put_body(const redeem_premium& from, wire::ClientMessage& to) {
  put_text(from.code, to.mutable_redeem_premium()->mutable_code());
}

void put_body(const send_broadcast& from, wire::ClientMessage& to) {
  auto* body = to.mutable_send_broadcast();
  put_id(from.id, body->mutable_id());
  body->set_body(from.body);
}

void put_body(const fetch_home& from, wire::ClientMessage& to) {
  auto* body = to.mutable_fetch_home();
  body->set_before_seq(from.before_seq);
  body->set_after_seq(from.after_seq);
  body->set_limit(from.limit);
}

void put_body(const confirm_email& from, wire::ClientMessage& to) {
  put_text(from.code, to.mutable_confirm_email()->mutable_code());
}

void put_body(const send_email_code&, wire::ClientMessage& to) { to.mutable_send_email_code(); }

void put_body(const change_email& from, wire::ClientMessage& to) {
  auto* body = to.mutable_change_email();
  body->set_auth_key(from.auth_key);
  put_text(from.email, body->mutable_email());
}

void put_body(const change_password& from, wire::ClientMessage& to) {
  auto* body = to.mutable_change_password();
  body->set_auth_key(from.auth_key);
  body->set_salt(from.salt);
  put(from.argon2, body->mutable_argon2());
  body->set_new_auth_key(from.new_auth_key);
  body->set_keep_devices(from.keep_devices);
  body->set_token(from.token);
  body->set_sealed_by_password(from.sealed_by_password);
}

void put_body(const forgot_password& from, wire::ClientMessage& to) {
  put_text(from.name, to.mutable_forgot_password()->mutable_name());
}

void put_body(const reset_password& from, wire::ClientMessage& to) {
  auto* body = to.mutable_reset_password();
  put_text(from.name, body->mutable_name());
  put_text(from.code, body->mutable_code());
  body->set_salt(from.salt);
  put(from.argon2, body->mutable_argon2());
  body->set_auth_key(from.auth_key);
  put(from.device, body->mutable_device());
}

void put_body(const unlock_account& from, wire::ClientMessage& to) {
  auto* body = to.mutable_unlock_account();
  put_text(from.name, body->mutable_name());
  put_text(from.code, body->mutable_code());
}

// ---------------------------------------------------------------------------------------------
// In

void take_body(shape&, wire::Hello& from, hello& to) {
  to.client = std::move(*from.mutable_client());
}

void take_body(shape&, wire::Goodbye&, goodbye&) {}

void take_body(shape&, wire::Ping&, ping&) {}

void take_body(shape&, wire::Pong&, pong&) {}

void take_body(shape&, wire::GetSalt& from, get_salt& to) {
  to.name = std::move(*from.mutable_name());
}

void take_body(shape& check, wire::RegisterAccount& from, register_account& to) {
  check.take_id(from.id(), to.id, "register_account.id");
  to.name = std::move(*from.mutable_name());
  to.email = std::move(*from.mutable_email());
  check.require(from.salt().size() <= salt_octets_max, "register_account.salt");
  to.salt = std::move(*from.mutable_salt());
  take_part(check, from.has_argon2() ? from.mutable_argon2() : nullptr, to.argon2,
            "register_account.argon2");
  check.take_exact(from.mutable_auth_key(), auth_key_octets, to.auth_key,
                   "register_account.auth_key");
  take_part(check, from.has_device() ? from.mutable_device() : nullptr, to.device,
            "register_account.device");
  to.premium_code = std::move(*from.mutable_premium_code());
}

void take_body(shape& check, wire::LogIn& from, log_in& to) {
  to.name = std::move(*from.mutable_name());
  check.take_exact(from.mutable_auth_key(), auth_key_octets, to.auth_key, "log_in.auth_key");
  take_part(check, from.has_device() ? from.mutable_device() : nullptr, to.device, "log_in.device");
}

void take_body(shape& check, wire::Resume& from, resume& to) {
  check.take_id(from.device(), to.device, "resume.device");
  check.take_exact(from.mutable_token(), token_octets, to.token, "resume.token");
}

void take_body(shape&, wire::LogOut& from, log_out& to) { to.all_devices = from.all_devices(); }

void take_body(shape&, wire::SearchAccounts& from, search_accounts& to) {
  to.text = std::move(*from.mutable_text());
  to.after = std::move(*from.mutable_after());
  to.limit = from.limit();
}

void take_body(shape&, wire::AddContact& from, add_contact& to) {
  to.name = std::move(*from.mutable_name());
}

void take_body(shape&, wire::RemoveContact& from, remove_contact& to) {
  to.name = std::move(*from.mutable_name());
}

void take_body(shape&, wire::ListContacts& from, list_contacts& to) {
  to.after = std::move(*from.mutable_after());
  to.limit = from.limit();
}

void take_body(shape&, wire::OpenChat& from, open_chat& to) {
  to.name = std::move(*from.mutable_name());
}

void take_body(shape&, wire::ListChats& from, list_chats& to) {
  to.after = std::move(*from.mutable_after());
  to.limit = from.limit();
}

void take_body(shape& check, wire::MarkChat& from, mark_chat& to) {
  check.take_id(from.chat(), to.chat, "mark_chat.chat");
  to.delivered_seq = from.delivered_seq();
  to.read_seq = from.read_seq();
}

void take_body(shape& check, wire::SendMessage& from, send_message& to) {
  check.take_id(from.id(), to.id, "send_message.id");
  check.take_id(from.chat(), to.chat, "send_message.chat");
  take(check, from.content(), to.content, "send_message.content");
  to.body = std::move(*from.mutable_body());
}

void take_body(shape& check, wire::FetchHistory& from, fetch_history& to) {
  check.take_id(from.chat(), to.chat, "fetch_history.chat");
  to.before_seq = from.before_seq();
  to.after_seq = from.after_seq();
  to.limit = from.limit();
}

void take_body(shape&, wire::Subscribe& from, subscribe& to) {
  if (from.has_after_position()) to.after_position = from.after_position();
  if (from.has_after_broadcast()) to.after_broadcast = from.after_broadcast();
}

void take_body(shape&, wire::GetAccount&, get_account&) {}

void take_body(shape&, wire::ListDevices&, list_devices&) {}

void take_body(shape& check, wire::RevokeDevice& from, revoke_device& to) {
  check.take_id(from.device(), to.device, "revoke_device.device");
}

void take_body(shape&, wire::RedeemPremium& from, redeem_premium& to) {
  to.code = std::move(*from.mutable_code());
}

void take_body(shape& check, wire::SendBroadcast& from, send_broadcast& to) {
  check.take_id(from.id(), to.id, "send_broadcast.id");
  to.body = std::move(*from.mutable_body());
}

void take_body(shape&, wire::FetchHome& from, fetch_home& to) {
  to.before_seq = from.before_seq();
  to.after_seq = from.after_seq();
  to.limit = from.limit();
}

void take_body(shape&, wire::ConfirmEmail& from, confirm_email& to) {
  to.code = std::move(*from.mutable_code());
}

void take_body(shape&, wire::SendEmailCode&, send_email_code&) {}

void take_body(shape& check, wire::ChangeEmail& from, change_email& to) {
  check.take_exact(from.mutable_auth_key(), auth_key_octets, to.auth_key, "change_email.auth_key");
  to.email = std::move(*from.mutable_email());
}

void take_body(shape& check, wire::ChangePassword& from, change_password& to) {
  check.take_exact(from.mutable_auth_key(), auth_key_octets, to.auth_key,
                   "change_password.auth_key");
  check.require(from.salt().size() <= salt_octets_max, "change_password.salt");
  to.salt = std::move(*from.mutable_salt());
  take_part(check, from.has_argon2() ? from.mutable_argon2() : nullptr, to.argon2,
            "change_password.argon2");
  check.take_exact(from.mutable_new_auth_key(), auth_key_octets, to.new_auth_key,
                   "change_password.new_auth_key");
  to.keep_devices = from.keep_devices();
  check.take_exact(from.mutable_token(), token_octets, to.token, "change_password.token");
  check.take_up_to(from.mutable_sealed_by_password(), sealed_identity_octets_max,
                   to.sealed_by_password, "change_password.sealed_by_password");
}

void take_body(shape&, wire::ForgotPassword& from, forgot_password& to) {
  to.name = std::move(*from.mutable_name());
}

void take_body(shape& check, wire::ResetPassword& from, reset_password& to) {
  to.name = std::move(*from.mutable_name());
  to.code = std::move(*from.mutable_code());
  check.require(from.salt().size() <= salt_octets_max, "reset_password.salt");
  to.salt = std::move(*from.mutable_salt());
  take_part(check, from.has_argon2() ? from.mutable_argon2() : nullptr, to.argon2,
            "reset_password.argon2");
  check.take_exact(from.mutable_auth_key(), auth_key_octets, to.auth_key,
                   "reset_password.auth_key");
  take_part(check, from.has_device() ? from.mutable_device() : nullptr, to.device,
            "reset_password.device");
}

void take_body(shape&, wire::UnlockAccount& from, unlock_account& to) {
  to.name = std::move(*from.mutable_name());
  to.code = std::move(*from.mutable_code());
}

}  // namespace

void put(const client_message& from, wire::ClientMessage& to) {
  to.set_request(from.request);
  std::visit([&to](const auto& body) { put_body(body, to); }, from.body);
}

void take(shape& check, wire::ClientMessage& from, client_message& to) {
  using kind = wire::ClientMessage;
  to.request = from.request();
  const auto into = [&check, &to]<class Body>(Body, auto* body) {
    take_body(check, *body, to.body.emplace<Body>());
  };
  // No default: the compiler refuses a body that has no line here.
  switch (from.body_case()) {
    case kind::kHello:
      return into(hello{}, from.mutable_hello());
    case kind::kGoodbye:
      return into(goodbye{}, from.mutable_goodbye());
    case kind::kPing:
      return into(ping{}, from.mutable_ping());
    case kind::kPong:
      return into(pong{}, from.mutable_pong());
    case kind::kGetSalt:
      return into(get_salt{}, from.mutable_get_salt());
    case kind::kRegisterAccount:
      return into(register_account{}, from.mutable_register_account());
    case kind::kLogIn:
      return into(log_in{}, from.mutable_log_in());
    case kind::kResume:
      return into(resume{}, from.mutable_resume());
    case kind::kLogOut:
      return into(log_out{}, from.mutable_log_out());
    case kind::kSearchAccounts:
      return into(search_accounts{}, from.mutable_search_accounts());
    case kind::kAddContact:
      return into(add_contact{}, from.mutable_add_contact());
    case kind::kRemoveContact:
      return into(remove_contact{}, from.mutable_remove_contact());
    case kind::kListContacts:
      return into(list_contacts{}, from.mutable_list_contacts());
    case kind::kOpenChat:
      return into(open_chat{}, from.mutable_open_chat());
    case kind::kListChats:
      return into(list_chats{}, from.mutable_list_chats());
    case kind::kMarkChat:
      return into(mark_chat{}, from.mutable_mark_chat());
    case kind::kSendMessage:
      return into(send_message{}, from.mutable_send_message());
    case kind::kFetchHistory:
      return into(fetch_history{}, from.mutable_fetch_history());
    case kind::kSubscribe:
      return into(subscribe{}, from.mutable_subscribe());
    case kind::kGetAccount:
      return into(get_account{}, from.mutable_get_account());
    case kind::kListDevices:
      return into(list_devices{}, from.mutable_list_devices());
    case kind::kRevokeDevice:
      return into(revoke_device{}, from.mutable_revoke_device());
    case kind::kRedeemPremium:
      return into(redeem_premium{}, from.mutable_redeem_premium());
    case kind::kSendBroadcast:
      return into(send_broadcast{}, from.mutable_send_broadcast());
    case kind::kFetchHome:
      return into(fetch_home{}, from.mutable_fetch_home());
    case kind::kConfirmEmail:
      return into(confirm_email{}, from.mutable_confirm_email());
    case kind::kSendEmailCode:
      return into(send_email_code{}, from.mutable_send_email_code());
    case kind::kChangeEmail:
      return into(change_email{}, from.mutable_change_email());
    case kind::kChangePassword:
      return into(change_password{}, from.mutable_change_password());
    case kind::kForgotPassword:
      return into(forgot_password{}, from.mutable_forgot_password());
    case kind::kResetPassword:
      return into(reset_password{}, from.mutable_reset_password());
    case kind::kUnlockAccount:
      return into(unlock_account{}, from.mutable_unlock_account());
    case kind::kPutIdentity:
      return into(put_identity{}, from.mutable_put_identity());
    case kind::kGetIdentity:
      return into(get_identity{}, from.mutable_get_identity());
    case kind::kFindIdentity:
      return into(find_identity{}, from.mutable_find_identity());
    case kind::kPutChatKey:
      return into(put_chat_key{}, from.mutable_put_chat_key());
    case kind::kFetchChatKeys:
      return into(fetch_chat_keys{}, from.mutable_fetch_chat_keys());
    case kind::kBeginFile:
      return into(begin_file{}, from.mutable_begin_file());
    case kind::kPutFileSegment:
      return into(put_file_segment{}, from.mutable_put_file_segment());
    case kind::kFetchFileSegment:
      return into(fetch_file_segment{}, from.mutable_fetch_file_segment());
    case kind::BODY_NOT_SET:
      return check.require(false, "body");
  }
}

}  // namespace uod::codec
