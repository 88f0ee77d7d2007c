#include "protocol/segments.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace uod {
namespace {

constexpr std::uint8_t flag_first = 0x80;
constexpr std::uint8_t flag_last = 0x40;
constexpr std::uint8_t lane_bits = 0x03;
constexpr std::uint8_t reserved_bits = 0x3c;

void append_header(bytes& out, std::uint8_t head, std::size_t length) {
  out.push_back(static_cast<char>(head));
  out.push_back(static_cast<char>(length >> 8));
  out.push_back(static_cast<char>(length & 0xff));
}

void append_counter(bytes& out, std::uint64_t counter) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(counter >> shift));
}

frame_id parse_frame_id(bytes_view header) {
  frame_id id;
  std::memcpy(id.prefix.data(), header.data(), frame_prefix_bytes);
  for (std::size_t at = frame_prefix_bytes; at < frame_header_bytes; ++at) {
    id.counter = id.counter << 8 | static_cast<std::uint8_t>(header[at]);
  }
  return id;
}

std::size_t segment_length(bytes_view header) {
  return static_cast<std::size_t>(static_cast<std::uint8_t>(header[1])) << 8 |
         static_cast<std::uint8_t>(header[2]);
}

/// What the header alone gives away. It is judged before the rest is waited for, so that nothing is
/// held for a segment that will be refused.
outcome<void> check_header(bytes_view header) {
  const auto head = static_cast<std::uint8_t>(header[0]);
  const std::size_t length = segment_length(header);
  if ((head & reserved_bits) != 0) return fail(errc::segment_invalid, "reserved bits are set");
  if ((head & lane_bits) >= lane_count) return fail(errc::segment_invalid, "no such lane");
  if (length == 0 || length > segment_payload_bytes_max) {
    return fail(errc::segment_invalid, "its length is out of range");
  }
  return {};
}

}  // namespace

std::string to_text(const frame_id& id) {
  std::string text;
  char digits[24];
  for (const char octet : id.prefix) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(octet) & 0xffU);
    text += digits;
  }
  return text + ":" + std::to_string(id.counter);
}

// --------------------------------------------------------------------------------------- writer

void segment_writer::enqueue(lane in, bytes payload) {
  queued_bytes_ += payload.size() + frame_header_bytes;
  lanes_[static_cast<std::size_t>(in)].frames.push_back(std::move(payload));
}

std::size_t segment_writer::write(bytes& out, std::size_t room) {
  std::size_t written = 0;
  while (!empty()) {
    const std::size_t chosen = choose_lane();
    const std::size_t step = write_segment(chosen, out, room - written);
    if (step == 0) break;
    written += step;
    note_passed(chosen, step);
  }
  return written;
}

/// The most important lane that has something, unless a lesser one has waited for too long.
std::size_t segment_writer::choose_lane() const {
  std::size_t first = lane_count;
  for (std::size_t index = 0; index < lane_count; ++index) {
    if (lanes_[index].frames.empty()) continue;
    if (lanes_[index].passed_bytes >= passed_bytes_max) return index;
    if (first == lane_count) first = index;
  }
  return first;
}

void segment_writer::note_passed(std::size_t lane_index, std::size_t written) {
  lanes_[lane_index].passed_bytes = 0;
  for (std::size_t index = lane_index + 1; index < lane_count; ++index) {
    if (!lanes_[index].frames.empty()) lanes_[index].passed_bytes += written;
  }
}

std::size_t segment_writer::write_segment(std::size_t lane_index, bytes& out, std::size_t room) {
  outgoing& from = lanes_[lane_index];
  const bytes& frame = from.frames.front();
  const bool first = from.front_sent == 0;
  const std::size_t left = frame.size() + frame_header_bytes - from.front_sent;
  const std::size_t length = std::min(left, segment_payload_bytes_max);
  if (segment_header_bytes + length > room) return 0;

  const bool last = length == left;
  append_header(
      out,
      static_cast<std::uint8_t>((first ? flag_first : 0) | (last ? flag_last : 0) | lane_index),
      length);
  std::size_t body_from = from.front_sent - frame_header_bytes;
  std::size_t body_length = length;
  if (first) {
    out.append(prefix_.data(), prefix_.size());
    append_counter(out, ++last_counter_);
    body_from = 0;
    body_length = length - frame_header_bytes;
  }
  out.append(frame, body_from, body_length);

  queued_bytes_ -= length;
  from.front_sent += length;
  if (last) {
    from.frames.pop_front();
    from.front_sent = 0;
  }
  return segment_header_bytes + length;
}

// --------------------------------------------------------------------------------------- reader

outcome<void> segment_reader::receive(bytes_view plaintext, frame_sink& sink) {
  while (!plaintext.empty()) {
    // A segment that is whole in the input is read where it lies; only the piece at the end of
    // a record's worth is kept for later.
    if (partial_.empty() && plaintext.size() >= segment_header_bytes) {
      if (auto sound = check_header(plaintext); !sound) return sound;
      const std::size_t whole = segment_header_bytes + segment_length(plaintext);
      if (plaintext.size() >= whole) {
        auto taken = take_segment(
            static_cast<std::uint8_t>(plaintext[0]),
            plaintext.substr(segment_header_bytes, whole - segment_header_bytes), sink);
        if (!taken) return taken;
        plaintext.remove_prefix(whole);
        continue;
      }
    }
    const std::size_t wanted = partial_.size() < segment_header_bytes
                                   ? segment_header_bytes
                                   : segment_header_bytes + segment_length(partial_);
    const std::size_t step = std::min(wanted - partial_.size(), plaintext.size());
    partial_.append(plaintext.substr(0, step));
    plaintext.remove_prefix(step);
    if (partial_.size() == segment_header_bytes) {
      if (auto sound = check_header(partial_); !sound) return sound;
    }
    const bool whole = partial_.size() >= segment_header_bytes &&
                       partial_.size() == segment_header_bytes + segment_length(partial_);
    if (whole) {
      const bytes segment = std::exchange(partial_, {});
      auto taken = take_segment(static_cast<std::uint8_t>(segment[0]),
                                bytes_view(segment).substr(segment_header_bytes), sink);
      if (!taken) return taken;
    }
  }
  return {};
}

outcome<void> segment_reader::take_segment(std::uint8_t head, bytes_view payload,
                                           frame_sink& sink) {
  const std::size_t lane_index = head & lane_bits;
  const bool first = (head & flag_first) != 0;
  const bool last = (head & flag_last) != 0;
  incoming& into = lanes_[lane_index];
  if (first == into.open) {
    return fail(errc::segment_invalid,
                first ? "a frame begins inside another" : "a frame goes on that never began");
  }
  if (first) {
    if (payload.size() < frame_header_bytes) {
      return fail(errc::segment_invalid, "the first segment holds no frame id");
    }
    const frame_id id = parse_frame_id(payload);
    payload.remove_prefix(frame_header_bytes);
    into.open = true;
    into.ignored = id.prefix != prefix_ || !window_.accept(id.counter);
    if (into.ignored) sink.on_replay(id);
  }
  if (into.payload.size() + payload.size() > frame_bytes_max_) {
    return fail(errc::frame_too_large,
                "more than " + std::to_string(frame_bytes_max_) + " octets in one frame");
  }
  if (!last) {
    if (!into.ignored) into.payload.append(payload);
    return {};
  }
  into.open = false;
  if (into.ignored) return {};
  if (into.payload.empty()) {
    sink.on_frame(payload);
    return {};
  }
  into.payload.append(payload);
  const bytes whole = std::exchange(into.payload, {});
  sink.on_frame(whole);
  return {};
}

}  // namespace uod
