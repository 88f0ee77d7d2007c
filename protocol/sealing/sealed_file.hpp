#pragma once

#include "protocol/crypto_aead.hpp"
#include "protocol/sealing/content.hpp"

/// A file's octets, cut into segments that are sealed each by itself, so that neither side holds a
/// whole file and a transfer goes on where it broke off.
///
///   nonce(12) | AES-256-GCM | tag(16)     bound = "uod/1 file" | file id | index(4) | last(1)
///
/// Segments have 65,536 octets of plaintext; the last one is shorter or as long, and empty only in
/// an empty file. `index` counts from 0, `last` is 1 for the last segment: so none can be left out,
/// exchanged or put behind the end. The key belongs to this file alone.
namespace uod {

inline constexpr std::size_t file_segment_octets = 65'536;

/// How a file of `size` octets is cut. Pure arithmetic; `size` is at most `file_octets_max`.
std::uint64_t file_segments(std::uint64_t size);                         ///< at least 1
std::size_t file_segment_size(std::uint64_t size, std::uint64_t index);  ///< of the plaintext
std::uint64_t sealed_file_octets(std::uint64_t size);                    ///< of all segments

/// Seals and opens one file's segments. Not for two threads at once.
class file_sealer {
 public:
  /// Errors: `malformed` (a size above `file_octets_max`), `internal` (a key of another length).
  static outcome<file_sealer> from(const file_id& id, bytes_view key, std::uint64_t size);

  /// `plaintext` has as many octets as the segment with this index. Error: `malformed`.
  [[nodiscard]] outcome<bytes> seal(std::uint64_t index, bytes_view plaintext) const;

  /// Errors: `malformed` (there is no such segment), `sealed_damaged` (also for the segment of
  /// another place, file or size).
  [[nodiscard]] outcome<secret_bytes> open(std::uint64_t index, bytes_view sealed) const;

 private:
  file_sealer(const file_id& id, aead_key key, std::uint64_t size)
      : id_(id), key_(std::move(key)), size_(size) {}
  [[nodiscard]] bytes bound_to(std::uint64_t index) const;

  file_id id_;
  aead_key key_;
  std::uint64_t size_;
};

}  // namespace uod
