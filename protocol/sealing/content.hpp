#pragma once

#include <string>
#include <variant>

#include "protocol/crypto_secret.hpp"
#include "protocol/errors.hpp"
#include "protocol/ids.hpp"

/// What is inside a sealed message: a type and a body.
///
///   01 | text, UTF-8
///   02 | file id(16) | file key(32) | size(8) | name, UTF-8
namespace uod {

inline constexpr std::size_t file_key_octets = 32;
inline constexpr std::size_t file_name_octets_max = 255;      ///< what file systems take
inline constexpr std::uint64_t file_octets_max = 1ULL << 48;  ///< 2^32 segments of 2^16 octets

struct text_content {
  std::string text;
};

/// A file whose octets lie elsewhere, sealed in segments: see sealed_file.hpp.
struct file_content {
  file_id id;
  secret_bytes key;        ///< 32 octets, of this file alone
  std::uint64_t size = 0;  ///< octets of the plaintext
  std::string name;        ///< see `is_file_name`
};

using content = std::variant<text_content, file_content>;

/// Whether a name can be one part of a path and nothing more: 1 to 255 octets of UTF-8 without
/// `/`, NUL or control characters (C0, DEL, C1), and not `.` or `..`.
bool is_file_name(std::string_view name);

/// Errors: `text_invalid`, `malformed` (a file's name, size or key).
outcome<secret_bytes> encode_content(const content& what);

/// Errors: `sealed_by_newer` (a type that is not known here), `sealed_damaged`.
outcome<content> parse_content(bytes_view octets);

}  // namespace uod
