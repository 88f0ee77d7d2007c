// Method: the first octet chooses one of two ways, the second how the plaintext is cut.
//
// Plain: the rest is plaintext, read once whole and once in pieces. Both must give the same frames,
// the same replays and the same end. A frame is never larger than the bound, and there are never
// more of them than different counters in front of this link's prefix, which a scan of the
// plaintext finds by itself: so none is taken twice.
//
// Written: the rest says which frames a writer is given and what becomes of its segments: dropped,
// doubled, exchanged with the next, or with one octet changed. While no octet is changed and every
// frame is in one segment, each frame that arrives must be one that was written and must arrive
// once. Where nothing was touched at all, everything must arrive.
//
// The sanitizers watch memory. Seeds: make_fuzz_corpus, from the published vectors.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "protocol/segments.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/fuzz_input.hpp"

using namespace uod;

namespace {

// The prefix of the published vectors.
constexpr frame_prefix prefix = {'\xa0', '\xa1', '\xa2', '\xa3', '\xa4', '\xa5', '\xa6', '\xa7'};
constexpr std::size_t frame_bytes_max = 20'000;  // more than one segment holds

struct heard : frame_sink {
  std::vector<bytes> frames;
  std::vector<frame_id> replays;
  std::optional<errc> error;

  void on_frame(bytes_view payload) override {
    UOD_EXPECT(payload.size() <= frame_bytes_max);
    frames.emplace_back(payload);
  }
  void on_replay(const frame_id& id) override { replays.push_back(id); }
  bool operator==(const heard& other) const {
    return frames == other.frames && replays == other.replays && error == other.error;
  }
};

heard read(bytes_view plaintext, std::size_t piece) {
  // Many pieces of a large plaintext would cost time and show nothing more.
  piece = std::max(piece, plaintext.size() / 1024);
  segment_reader reader(prefix, frame_bytes_max);
  heard all;
  while (!plaintext.empty()) {
    const std::size_t step = std::min(piece, plaintext.size());
    const auto taken = reader.receive(plaintext.substr(0, step), all);
    if (!taken) {
      all.error = taken.error().code;
      UOD_EXPECT(*all.error == errc::segment_invalid || *all.error == errc::frame_too_large);
      break;
    }
    plaintext.remove_prefix(step);
  }
  return all;
}

std::vector<bytes> cut_apart(bytes_view plaintext) {
  std::vector<bytes> segments;
  while (plaintext.size() >= segment_header_bytes) {
    const std::size_t length =
        segment_header_bytes +
        (static_cast<std::size_t>(static_cast<std::uint8_t>(plaintext[1])) << 8 |
         static_cast<std::uint8_t>(plaintext[2]));
    if (length > plaintext.size()) break;
    segments.emplace_back(plaintext.substr(0, length));
    plaintext.remove_prefix(length);
  }
  return segments;
}

/// How many frames of this link begin in the plaintext, each counter once.
std::size_t distinct_counters(bytes_view plaintext) {
  std::set<bytes> counters;
  for (const auto& segment : cut_apart(plaintext)) {
    const bytes_view body = bytes_view(segment).substr(segment_header_bytes);
    const bool first = (segment[0] & 0x80) != 0;
    if (!first || body.size() < frame_header_bytes) continue;
    if (body.substr(0, frame_prefix_bytes) != bytes_view(prefix.data(), prefix.size())) continue;
    counters.emplace(body.substr(frame_prefix_bytes, 8));
  }
  return counters.size();
}

void read_plain(bytes_view plaintext, std::size_t piece) {
  const heard at_once = read(plaintext, bytes::npos);
  UOD_EXPECT(at_once == read(plaintext, piece));
  UOD_EXPECT(at_once.frames.size() <= distinct_counters(plaintext));
}

/// What was written, and what becomes of it under way.
struct journey {
  std::vector<bytes> written;
  bytes plaintext;
  bool in_pieces = false;  ///< some frame took more than one segment
  bool touched = false;
  bool changed = false;
};

bytes written_frames(fuzz_input& input, journey& made) {
  segment_writer writer(prefix);
  bytes out;
  const std::size_t count = input.octet() % 12U;
  for (std::size_t number = 0; number < count; ++number) {
    const std::uint8_t how = input.octet();
    // Some take two segments, or nearly.
    const std::size_t size = (how & 0xc0) == 0xc0 ? 16'200U + how : how * 2U;
    const bytes payload = static_cast<char>(number) + bytes(size, 'f');
    made.written.push_back(payload);
    writer.enqueue(static_cast<lane>(how % lane_count), payload);
    if (how % 5 == 0) writer.write(out, record_plaintext_bytes_max);
  }
  while (writer.write(out, record_plaintext_bytes_max) > 0) continue;
  UOD_EXPECT(writer.empty());
  return out;
}

journey written_and_mistreated(fuzz_input& input) {
  journey made;
  std::vector<bytes> segments = cut_apart(written_frames(input, made));
  made.in_pieces = segments.size() > made.written.size();
  while (!segments.empty() && !input.empty()) {
    const std::size_t at = input.octet() % segments.size();
    made.touched = true;
    switch (input.octet() % 4) {
      case 0:
        segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        if (segments.size() < 64) segments.push_back(segments[at]);
        break;
      case 2:
        std::swap(segments[at], segments[(at + 1) % segments.size()]);
        break;
      default: {
        bytes& segment = segments[at];
        segment[input.octet() % segment.size()] ^= static_cast<char>(1 << (input.octet() % 8));
        made.changed = true;
      }
    }
  }
  for (const auto& segment : segments) made.plaintext += segment;
  return made;
}

void read_written(fuzz_input& input, std::size_t piece) {
  const journey made = written_and_mistreated(input);
  const heard arrived = read(made.plaintext, piece);
  read_plain(made.plaintext, piece);
  if (made.changed || (made.touched && made.in_pieces)) return;
  // Each payload begins with its own number, so a set sees whatever came twice.
  const std::set<bytes> once(arrived.frames.begin(), arrived.frames.end());
  const std::set<bytes> written(made.written.begin(), made.written.end());
  UOD_EXPECT(once.size() == arrived.frames.size());
  UOD_EXPECT(std::includes(written.begin(), written.end(), once.begin(), once.end()));
  UOD_EXPECT(!arrived.error);
  if (made.touched) return;
  UOD_EXPECT(once == written);
  UOD_EXPECT(arrived.replays.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_input input(data, size);
  const bool written = input.octet() % 2 == 1;
  const std::size_t piece = 1U + input.octet();
  if (written) {
    read_written(input, piece);
  } else {
    read_plain(input.rest(), piece);
  }
  return 0;
}
