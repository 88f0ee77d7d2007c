#include "protocol/codec_parts.hpp"

#include "protocol/crypto_identity.hpp"
#include "protocol/names.hpp"

namespace uod::codec {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// How many octets a character takes that begins with this one, by the letter of UTF-8.
std::size_t length_by_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

std::string repair(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size() + 3 * replacement.size());
  while (!text.empty()) {
    const auto character = text.substr(0, length_by_lead(static_cast<unsigned char>(text[0])));
    const bool good = is_utf8(character);
    repaired.append(good ? character : replacement);
    text.remove_prefix(good ? character.size() : 1);
  }
  return repaired;
}

}  // namespace

void put_text(const std::string& from, std::string* to) {
  if (is_utf8(from)) {
    to->assign(from);
  } else {
    *to = repair(from);
  }
}

// ---------------------------------------------------------------------------------------------
// Out

void put(const argon2_parameters& from, wire::Argon2Parameters* to) {
  to->set_memory_kib(from.memory_kib);
  to->set_passes(from.passes);
}

void put(const device_info& from, wire::DeviceInfo* to) {
  put_id(from.id, to->mutable_id());
  put_text(from.name, to->mutable_name());
}

void put(const wire_limits& from, wire::WireLimits* to) {
  to->set_frame_bytes_max(from.frame_bytes_max);
  to->set_message_bytes_max(from.message_bytes_max);
  to->set_requests_in_flight_max(from.requests_in_flight_max);
  to->set_page_rows_max(from.page_rows_max);
  to->set_silence_ms(from.silence_ms);
  to->set_broadcast_bytes_max(from.broadcast_bytes_max);
  to->set_file_octets_max(from.file_octets_max);
}

void put(const account_info& from, wire::AccountInfo* to) {
  put_id(from.id, to->mutable_id());
  put_text(from.name, to->mutable_name());
  put_text(from.email, to->mutable_email());
  to->set_premium(from.premium);
  to->set_email_confirmed(from.email_confirmed);
}

void put(const member& from, wire::Member* to) {
  put_id(from.id, to->mutable_id());
  put_text(from.name, to->mutable_name());
  to->set_delivered_seq(from.delivered_seq);
  to->set_read_seq(from.read_seq);
  to->set_identity(from.identity);
}

void put(const chat_info& from, wire::ChatInfo* to) {
  put_id(from.id, to->mutable_id());
  put_all(from.members, to->mutable_members());
  to->set_last_seq(from.last_seq);
  to->set_unread(from.unread);
}

wire::ContentType to_wire(content_type content) {
  return static_cast<wire::ContentType>(static_cast<std::uint8_t>(content));
}

void put(const message& from, wire::Message* to) {
  put_id(from.id, to->mutable_id());
  put_id(from.chat, to->mutable_chat());
  to->set_seq(from.seq);
  to->set_position(from.position);
  put_id(from.sender, to->mutable_sender());
  to->set_content(to_wire(from.content));
  to->set_body(from.body);
  to->set_sent_at_ms(from.sent_at_ms);
}

void put(const contact& from, wire::Contact* to) {
  put_id(from.id, to->mutable_id());
  put_text(from.name, to->mutable_name());
  to->set_online(from.online);
  to->set_last_seen_ms(from.last_seen_ms);
  to->set_identity(from.identity);
}

void put(const device& from, wire::Device* to) {
  put_id(from.id, to->mutable_id());
  put_text(from.name, to->mutable_name());
  put_text(from.address, to->mutable_address());
  to->set_created_at_ms(from.created_at_ms);
  to->set_last_seen_ms(from.last_seen_ms);
  to->set_current(from.current);
}

void put(const broadcast& from, wire::Broadcast* to) {
  put_id(from.id, to->mutable_id());
  to->set_seq(from.seq);
  put_id(from.sender, to->mutable_sender());
  put_text(from.sender_name, to->mutable_sender_name());
  to->set_body(from.body);
  to->set_sent_at_ms(from.sent_at_ms);
}

void put(const error& from, wire::Error* to) {
  to->set_code(static_cast<std::uint32_t>(from.code));
  put_text(from.detail, to->mutable_detail());
  to->set_retry_after_ms(from.retry_after_ms);
}

// ---------------------------------------------------------------------------------------------
// In

void take(shape&, wire::Argon2Parameters& from, argon2_parameters& to) {
  to = {from.memory_kib(), from.passes()};
}

void take(shape& check, wire::DeviceInfo& from, device_info& to) {
  check.take_id(from.id(), to.id, "device.id");
  to.name = std::move(*from.mutable_name());
}

void take(shape&, wire::WireLimits& from, wire_limits& to) {
  to.frame_bytes_max = from.frame_bytes_max();
  to.message_bytes_max = from.message_bytes_max();
  to.requests_in_flight_max = from.requests_in_flight_max();
  to.page_rows_max = from.page_rows_max();
  to.silence_ms = from.silence_ms();
  to.broadcast_bytes_max = from.broadcast_bytes_max();
  to.file_octets_max = from.file_octets_max();
}

void take(shape& check, wire::AccountInfo& from, account_info& to) {
  check.take_id(from.id(), to.id, "account.id");
  to.name = std::move(*from.mutable_name());
  to.email = std::move(*from.mutable_email());
  to.premium = from.premium();
  to.email_confirmed = from.email_confirmed();
}

void take(shape& check, wire::Member& from, member& to) {
  check.take_id(from.id(), to.id, "member.id");
  to.name = std::move(*from.mutable_name());
  to.delivered_seq = from.delivered_seq();
  to.read_seq = from.read_seq();
  check.take_exact_or_none(from.mutable_identity(), sizeof(key_fingerprint), to.identity,
                           "member.identity");
}

void take(shape& check, wire::ChatInfo& from, chat_info& to) {
  check.take_id(from.id(), to.id, "chat.id");
  take_all(check, from.mutable_members(), to.members);
  to.last_seq = from.last_seq();
  to.unread = from.unread();
}

void take(shape& check, wire::ContentType from, content_type& to, std::string_view field) {
  // proto3 lets any number through.
  check.require(from == wire::CONTENT_TYPE_TEXT || from == wire::CONTENT_TYPE_SEALED, field);
  to = from == wire::CONTENT_TYPE_SEALED ? content_type::sealed : content_type::text;
}

void take(shape& check, wire::Message& from, message& to) {
  check.take_id(from.id(), to.id, "message.id");
  check.take_id(from.chat(), to.chat, "message.chat");
  to.seq = from.seq();
  to.position = from.position();
  check.take_id(from.sender(), to.sender, "message.sender");
  take(check, from.content(), to.content, "message.content");
  to.body = std::move(*from.mutable_body());
  to.sent_at_ms = from.sent_at_ms();
}

void take(shape& check, wire::Contact& from, contact& to) {
  check.take_id(from.id(), to.id, "contact.id");
  to.name = std::move(*from.mutable_name());
  to.online = from.online();
  to.last_seen_ms = from.last_seen_ms();
  check.take_exact_or_none(from.mutable_identity(), sizeof(key_fingerprint), to.identity,
                           "contact.identity");
}

void take(shape& check, wire::Device& from, device& to) {
  check.take_id(from.id(), to.id, "device.id");
  to.name = std::move(*from.mutable_name());
  to.address = std::move(*from.mutable_address());
  to.created_at_ms = from.created_at_ms();
  to.last_seen_ms = from.last_seen_ms();
  to.current = from.current();
}

void take(shape& check, wire::Broadcast& from, broadcast& to) {
  check.take_id(from.id(), to.id, "broadcast.id");
  to.seq = from.seq();
  check.take_id(from.sender(), to.sender, "broadcast.sender");
  to.sender_name = std::move(*from.mutable_sender_name());
  to.body = std::move(*from.mutable_body());
  to.sent_at_ms = from.sent_at_ms();
}

void take(shape&, wire::Error& from, error& to) {
  to.code = errc_from_wire(from.code());
  to.detail = std::move(*from.mutable_detail());
  to.retry_after_ms = from.retry_after_ms();
}

}  // namespace uod::codec
