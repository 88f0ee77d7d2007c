#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "messenger.pb.h"
#include "protocol/codec.hpp"

/// What the two halves of the codec share; nobody else includes this. Decoding takes the parsed
/// Protobuf message by mutable reference and moves strings out of it: a body is copied once, from
/// the frame, and never again.
namespace uod::codec {

/// The first field of a message that was not as it must be.
class shape {
 public:
  /// Remembers a field's name (`send_message.id`) when `good` does not hold. The name must live
  /// as long as the program.
  void require(bool good, std::string_view field) {
    if (!good && bad_.empty()) bad_ = field;
  }

  /// The name of the first bad field; empty when there is none.
  [[nodiscard]] std::string_view bad() const { return bad_; }

  /// Takes an id: sixteen octets.
  template <class Id>
  void take_id(const std::string& octets, Id& id, std::string_view field) {
    const auto read = Id::from_octets(octets);
    require(read.has_value(), field);
    if (read) id = *read;
  }

  /// Takes octets of one certain length, or none.
  void take_exact_or_none(std::string* octets, std::size_t length, bytes& to,
                          std::string_view field) {
    require(octets->empty() || octets->size() == length, field);
    to = std::move(*octets);
  }

  /// Takes octets, up to a bound.
  void take_up_to(std::string* octets, std::size_t length_max, bytes& to, std::string_view field) {
    require(octets->size() <= length_max, field);
    to = std::move(*octets);
  }

  /// Takes octets of one certain length.
  void take_exact(std::string* octets, std::size_t length, bytes& to, std::string_view field) {
    require(octets->size() == length, field);
    to = std::move(*octets);
  }

 private:
  std::string_view bad_;
};

/// Copies a text into a Protobuf string. What is no UTF-8 is repaired (each bad octet becomes
/// U+FFFD): the other side would refuse the whole message for it, and a detail that quotes
/// somebody's bad input must not break the connection that reports it.
void put_text(const std::string& from, std::string* to);

/// Copies an id into a Protobuf bytes field.
inline void put_id(const uuid& from, std::string* to) { to->assign(from.view()); }

void put(const argon2_parameters& from, wire::Argon2Parameters* to);
void put(const device_info& from, wire::DeviceInfo* to);
void put(const wire_limits& from, wire::WireLimits* to);
void put(const account_info& from, wire::AccountInfo* to);
void put(const member& from, wire::Member* to);
void put(const chat_info& from, wire::ChatInfo* to);
void put(const message& from, wire::Message* to);
void put(const contact& from, wire::Contact* to);
void put(const device& from, wire::Device* to);
void put(const broadcast& from, wire::Broadcast* to);
void put(const error& from, wire::Error* to);
wire::ContentType to_wire(content_type content);

void take(shape& check, wire::Argon2Parameters& from, argon2_parameters& to);
void take(shape& check, wire::DeviceInfo& from, device_info& to);
void take(shape& check, wire::WireLimits& from, wire_limits& to);
void take(shape& check, wire::AccountInfo& from, account_info& to);
void take(shape& check, wire::Member& from, member& to);
void take(shape& check, wire::ChatInfo& from, chat_info& to);
void take(shape& check, wire::Message& from, message& to);
void take(shape& check, wire::Contact& from, contact& to);
void take(shape& check, wire::Device& from, device& to);
void take(shape& check, wire::Broadcast& from, broadcast& to);
void take(shape& check, wire::Error& from, error& to);
void take(shape& check, wire::ContentType from, content_type& to, std::string_view field);

/// Takes a part that must be present: null when it is not. (Not a flag and a pointer: asking
/// Protobuf for the pointer makes the part, perhaps before the flag was asked for.)
template <class Wire, class Part>
void take_part(shape& check, Wire* from, Part& to, std::string_view field) {
  check.require(from != nullptr, field);
  if (from != nullptr) take(check, *from, to);
}

/// Takes every part of a list.
template <class List, class Part>
void take_all(shape& check, List* from, std::vector<Part>& to) {
  to.resize(static_cast<std::size_t>(from->size()));
  for (std::size_t i = 0; i < to.size(); ++i)
    take(check, *from->Mutable(static_cast<int>(i)), to[i]);
}

/// Puts every part of a list.
template <class Part, class List>
void put_all(const std::vector<Part>& from, List* to) {
  to->Reserve(static_cast<int>(from.size()));
  for (const auto& part : from) put(part, to->Add());
}

/// Identities and chat keys: `codec_sealing.cpp`.
void put_body(const put_identity& from, wire::ClientMessage& to);
void put_body(const get_identity& from, wire::ClientMessage& to);
void put_body(const find_identity& from, wire::ClientMessage& to);
void put_body(const put_chat_key& from, wire::ClientMessage& to);
void put_body(const fetch_chat_keys& from, wire::ClientMessage& to);
void put_body(const identity_shown& from, wire::ServerMessage& to);
void put_body(const identity_found& from, wire::ServerMessage& to);
void put_body(const chat_keys& from, wire::ServerMessage& to);
void take_body(shape& check, wire::PutIdentity& from, put_identity& to);
void take_body(shape& check, wire::GetIdentity& from, get_identity& to);
void take_body(shape& check, wire::FindIdentity& from, find_identity& to);
void take_body(shape& check, wire::PutChatKey& from, put_chat_key& to);
void take_body(shape& check, wire::FetchChatKeys& from, fetch_chat_keys& to);
void take_body(shape& check, wire::IdentityShown& from, identity_shown& to);
void take_body(shape& check, wire::IdentityFound& from, identity_found& to);
void take_body(shape& check, wire::ChatKeys& from, chat_keys& to);

/// Files: `codec_files.cpp`.
void put_body(const begin_file& from, wire::ClientMessage& to);
void put_body(const put_file_segment& from, wire::ClientMessage& to);
void put_body(const fetch_file_segment& from, wire::ClientMessage& to);
void put_body(const file_begun& from, wire::ServerMessage& to);
void put_body(const file_segment& from, wire::ServerMessage& to);
void take_body(shape& check, wire::BeginFile& from, begin_file& to);
void take_body(shape& check, wire::PutFileSegment& from, put_file_segment& to);
void take_body(shape& check, wire::FetchFileSegment& from, fetch_file_segment& to);
void take_body(shape& check, wire::FileBegun& from, file_begun& to);
void take_body(shape& check, wire::FileSegment& from, file_segment& to);

/// The client's half: `codec_client.cpp`.
void put(const client_message& from, wire::ClientMessage& to);
void take(shape& check, wire::ClientMessage& from, client_message& to);

/// The server's half: `codec_server.cpp`.
void put(const server_message& from, wire::ServerMessage& to);
void take(shape& check, wire::ServerMessage& from, server_message& to);

}  // namespace uod::codec
