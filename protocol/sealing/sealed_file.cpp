#include "protocol/sealing/sealed_file.hpp"

#include <algorithm>

#include "protocol/password.hpp"
#include "protocol/sealing/octets.hpp"

namespace uod {

std::uint64_t file_segments(std::uint64_t size) {
  return size == 0 ? 1 : (size + file_segment_octets - 1) / file_segment_octets;
}

std::size_t file_segment_size(std::uint64_t size, std::uint64_t index) {
  if (index >= file_segments(size)) return 0;
  const std::uint64_t left = size - index * file_segment_octets;
  return static_cast<std::size_t>(std::min<std::uint64_t>(left, file_segment_octets));
}

std::uint64_t sealed_file_octets(std::uint64_t size) {
  return size + file_segments(size) * aead_overhead_octets;
}

outcome<file_sealer> file_sealer::from(const file_id& id, bytes_view key, std::uint64_t size) {
  if (size > file_octets_max) return fail(errc::malformed, "a file's size");
  auto made = aead_key::from(key);
  if (!made) return tl::unexpected(made.error());
  return file_sealer(id, std::move(*made), size);
}

bytes file_sealer::bound_to(std::uint64_t index) const {
  bytes bound = "uod/1 file";
  bound.append(id_.view());
  sealing::put(bound, static_cast<std::uint32_t>(index));
  bound.push_back(index + 1 == file_segments(size_) ? '\1' : '\0');
  return bound;
}

outcome<bytes> file_sealer::seal(std::uint64_t index, bytes_view plaintext) const {
  if (index >= file_segments(size_) || plaintext.size() != file_segment_size(size_, index)) {
    return fail(errc::malformed, "a file's segment");
  }
  return key_.seal({}, random_bytes(aead_nonce_octets), bound_to(index), plaintext);
}

outcome<secret_bytes> file_sealer::open(std::uint64_t index, bytes_view sealed) const {
  if (index >= file_segments(size_)) return fail(errc::malformed, "a file's segment");
  if (sealed.size() != file_segment_size(size_, index) + aead_overhead_octets) {
    return fail(errc::sealed_damaged);
  }
  return key_.open(sealed, bound_to(index));
}

}  // namespace uod
