#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "protocol/segments.hpp"

/// What tests of segments have in common: a sink that keeps everything, and segments by hand.
namespace uod::tests {

struct kept_frames : frame_sink {
  std::vector<bytes> frames;
  std::vector<frame_id> replays;

  void on_frame(bytes_view payload) override { frames.emplace_back(payload); }
  void on_replay(const frame_id& id) override { replays.push_back(id); }
};

inline constexpr frame_prefix some_prefix = {'p', 'r', 'e', 'f', 'i', 'x', '0', '1'};
inline constexpr frame_prefix other_prefix = {'p', 'r', 'e', 'f', 'i', 'x', '0', '2'};

inline constexpr std::uint8_t first_bit = 0x80;
inline constexpr std::uint8_t last_bit = 0x40;

/// One segment as it travels; `length` may lie.
inline bytes segment(unsigned head, bytes_view payload, std::size_t length) {
  bytes made;
  made += static_cast<char>(head);
  made += static_cast<char>(length >> 8);
  made += static_cast<char>(length & 0xff);
  return made += payload;
}
inline bytes segment(unsigned head, bytes_view payload) {
  return segment(head, payload, payload.size());
}

/// The header of a frame.
inline bytes id_octets(std::uint64_t counter, const frame_prefix& prefix = some_prefix) {
  bytes made(prefix.begin(), prefix.end());
  for (int shift = 56; shift >= 0; shift -= 8) made += static_cast<char>(counter >> shift);
  return made;
}

/// Octets that differ from place to place, so that a piece that is lost or moved is seen.
inline bytes patterned(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 engine{seed + 1};
  bytes made(size, '\0');
  for (char& octet : made) octet = static_cast<char>(engine());
  return made;
}

/// What a segment says about itself, for a look at what a writer made.
struct seen_segment {
  lane in = lane::control;
  bool first = false;
  bool last = false;
  bytes payload;
};

inline std::vector<seen_segment> segments_in(bytes_view plaintext) {
  std::vector<seen_segment> found;
  while (plaintext.size() >= segment_header_bytes) {
    const auto head = static_cast<std::uint8_t>(plaintext[0]);
    const std::size_t length = static_cast<std::size_t>(static_cast<std::uint8_t>(plaintext[1]))
                                   << 8 |
                               static_cast<std::uint8_t>(plaintext[2]);
    found.push_back({static_cast<lane>(head & 3), (head & first_bit) != 0, (head & last_bit) != 0,
                     bytes(plaintext.substr(segment_header_bytes, length))});
    plaintext.remove_prefix(std::min(plaintext.size(), segment_header_bytes + length));
  }
  return found;
}

}  // namespace uod::tests
