#pragma once

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/messages.hpp"

/// Frames' payloads to structs and back: the only door to Protobuf (`protocol/messenger.proto`).
/// Pure and thread-safe. Decoding checks shape (lengths of ids, keys and tokens, known enums, one
/// body present, UTF-8 where text is meant) and answers `errc::malformed` with the field's name;
/// what the values mean is for the session to judge.
namespace uod {

/// More than any frame may carry, whatever is configured: keeps what one payload can cost in
/// memory bounded for callers without frames as well. Answer: `errc::too_large`.
inline constexpr std::size_t payload_octets_max = 16 * 1024 * 1024;

/// Never fails. Text that is no UTF-8 is repaired (U+FFFD); lengths of ids, keys and tokens are
/// the caller's to keep.
bytes encode(const client_message& message);
bytes encode(const server_message& message);

outcome<client_message> decode_client_message(bytes_view payload);
outcome<server_message> decode_server_message(bytes_view payload);

}  // namespace uod
