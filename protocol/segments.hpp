#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <utility>

#include "protocol/bytes.hpp"
#include "protocol/errors.hpp"
#include "protocol/replay_window.hpp"

/// Frames cut into segments, and segments put together to frames again. Pure.
///
/// A segment is three octets and what follows:
///
///     0                   1                   2
///     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
///    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///    |F|L|0 0 0 0|lane|          length               |   F first, L last segment of its frame
///    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+   length: octets that follow, 1 … 16,381
///
/// so that the largest one fills exactly one TLS record. Segments of different lanes interleave;
/// within a lane frames come one after the other. A frame begins with its id: the link's prefix
/// (8 octets) and a counter (8 octets, big endian) that begins at 1 and grows by one with each
/// frame sent, in the order of their first segments.
namespace uod {

/// What goes first when there is more to send than the link takes.
enum class lane : std::uint8_t {
  control = 0,  ///< greetings, log-in, "still there?"
  chat = 1,     ///< messages and what belongs to them
  bulk = 2,     ///< pages of history, lists, later files
};
inline constexpr std::size_t lane_count = 3;

inline constexpr std::size_t record_plaintext_bytes_max = 16'384;  // RFC 8446, 5.1
inline constexpr std::size_t segment_header_bytes = 3;
inline constexpr std::size_t segment_payload_bytes_max =
    record_plaintext_bytes_max - segment_header_bytes;
inline constexpr std::size_t frame_prefix_bytes = 8;
inline constexpr std::size_t frame_header_bytes = frame_prefix_bytes + 8;

/// What a server takes in one frame from somebody who has not logged in yet: every request of that
/// phase is far smaller, and a stranger must not make it hold a frame of full size a lane.
inline constexpr std::size_t stranger_frame_bytes_max = 16 * 1024;

/// Names a frame: unique among all frames of all links.
struct frame_id {
  std::array<char, frame_prefix_bytes> prefix{};
  std::uint64_t counter = 0;

  bool operator==(const frame_id&) const = default;
};

/// For logs: prefix and counter in hex and decimal, `0011223344556677:12`.
std::string to_text(const frame_id& id);

using frame_prefix = std::array<char, frame_prefix_bytes>;

/// Cuts frames into segments in the order of their lanes' importance.
class segment_writer {
 public:
  explicit segment_writer(const frame_prefix& prefix) : prefix_(prefix) {}

  /// Queues a frame. The caller bounds what is queued, by `queued_bytes`.
  void enqueue(lane in, bytes payload);

  /// Appends whole segments that fit into `room` octets, most important first. Gives the number
  /// of octets appended; 0 when nothing is queued or the next segment does not fit.
  std::size_t write(bytes& out, std::size_t room);

  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }
  [[nodiscard]] bool empty() const { return queued_bytes_ == 0; }

 private:
  /// How many octets of more important lanes may pass before a waiting lane gets one segment in:
  /// four records, so that bulk always moves and never costs chat more than a fifth.
  static constexpr std::size_t passed_bytes_max = 4 * record_plaintext_bytes_max;

  struct outgoing {
    std::list<bytes> frames;     // not a deque: an empty one would hold half a kilobyte
    std::size_t front_sent = 0;  ///< octets of the first frame (with its header) already cut
    std::size_t passed_bytes = 0;
  };

  std::size_t choose_lane() const;
  std::size_t write_segment(std::size_t lane_index, bytes& out, std::size_t room);
  void note_passed(std::size_t lane_index, std::size_t written);

  frame_prefix prefix_;
  std::uint64_t last_counter_ = 0;
  std::array<outgoing, lane_count> lanes_;
  std::size_t queued_bytes_ = 0;
};

/// Who takes the frames that a reader puts together. Calls come from within `receive`.
class frame_sink {
 public:
  virtual ~frame_sink() = default;
  /// A whole new frame. The view is valid during the call only.
  virtual void on_frame(bytes_view payload) = 0;
  /// A frame that came before, is too old to tell, or belongs to another link. It is ignored.
  virtual void on_replay(const frame_id& id) = 0;
};

/// Puts segments together to frames, refuses what is malformed, and ignores what is repeated.
class segment_reader {
 public:
  /// Holds at most one frame of `frame_bytes_max` octets for each lane, and one segment.
  segment_reader(const frame_prefix& prefix, std::size_t frame_bytes_max)
      : prefix_(prefix), frame_bytes_max_(frame_bytes_max) {}

  /// From the next segment on.
  void set_frame_bytes_max(std::size_t frame_bytes_max) { frame_bytes_max_ = frame_bytes_max; }

  /// Takes the link's plaintext in pieces of any size. Errors: `segment_invalid`,
  /// `frame_too_large`. After an error the link must be closed: nobody knows where the next
  /// segment begins.
  outcome<void> receive(bytes_view plaintext, frame_sink& sink);

 private:
  struct incoming {
    bool open = false;
    bool ignored = false;
    bytes payload;
  };

  /// A whole segment whose header has been checked.
  outcome<void> take_segment(std::uint8_t head, bytes_view payload, frame_sink& sink);

  frame_prefix prefix_;
  std::size_t frame_bytes_max_;
  replay_window window_;
  std::array<incoming, lane_count> lanes_;
  bytes partial_;  ///< the beginning of a segment whose rest has not come yet
};

}  // namespace uod
