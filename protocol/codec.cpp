#include "protocol/codec.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/stubs/logging.h>

#include "protocol/codec_parts.hpp"

namespace uod {

namespace {

/// Room on the stack for the parts of an ordinary message, so that the hot path takes no memory
/// for them from the heap; larger ones spill over.
constexpr std::size_t arena_octets = 2048;

/// Protobuf reports bad UTF-8 on stderr. That belongs to the program, and to somebody who sends
/// us rubbish it would be a way to fill a log.
const google::protobuf::LogSilencer silencer;

template <class Wire, class Message>
bytes encode_as(const Message& message) {
  alignas(std::max_align_t) char room[arena_octets];
  google::protobuf::Arena arena(room, sizeof room);
  auto* wire = google::protobuf::Arena::CreateMessage<Wire>(&arena);
  codec::put(message, *wire);
  bytes payload;
  wire->AppendToString(&payload);
  return payload;
}

template <class Wire, class Message>
outcome<Message> decode_as(bytes_view payload) {
  if (payload.size() > payload_octets_max) return fail(errc::too_large, "payload");
  alignas(std::max_align_t) char room[arena_octets];
  google::protobuf::Arena arena(room, sizeof room);
  auto* wire = google::protobuf::Arena::CreateMessage<Wire>(&arena);
  // Nesting is bounded by Protobuf itself: 100 levels, unknown groups included.
  if (!wire->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return fail(errc::malformed, "payload");
  }
  outcome<Message> message;
  codec::shape check;
  codec::take(check, *wire, *message);
  if (!check.bad().empty()) return fail(errc::malformed, std::string{check.bad()});
  return message;
}

}  // namespace

bytes encode(const client_message& message) { return encode_as<wire::ClientMessage>(message); }

bytes encode(const server_message& message) { return encode_as<wire::ServerMessage>(message); }

outcome<client_message> decode_client_message(bytes_view payload) {
  return decode_as<wire::ClientMessage, client_message>(payload);
}

outcome<server_message> decode_server_message(bytes_view payload) {
  return decode_as<wire::ServerMessage, server_message>(payload);
}

}  // namespace uod
