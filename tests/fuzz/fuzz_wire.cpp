// Method: one end of a wire, the subject, faces a peer that speaks good TLS and takes its orders
// from the input. The first octet says whether they shake hands first, in full or by resumption
// (which is cheaper, so more is tried), and how what arrives then is cut; then come steps of one
// octet for what, one for how much, and the octets themselves:
//
//   raw        straight at the subject, as ciphertext
//   plaintext  through the peer's TLS, so that it reaches the reader of segments
//   frame      likewise, behind a header with the link's own prefix and a chosen counter, so that
//              it reaches whoever takes frames
//   own        the subject queues a frame, and what it sends goes to the peer
//   bound      another bound on the size of frames
//   goodbye    the peer's close_notify
//   damage     of the peer's next record one octet is changed
//
// Whatever comes: the subject ends with one of the errors that its contract names and stays dead,
// takes no frame before the handshake or beyond the bound, takes no counter twice, and what it
// queued comes to the peer whole and in order. The sanitizers watch memory.
//
// The server's key is made once a run; randomness of the handshakes stays, so a finding that
// depends on it may need a second try.

#include "tests/fuzz/fuzz_wire.hpp"

#include <algorithm>
#include <ctime>
#include <optional>
#include <set>
#include <vector>

#include "protocol/wire.hpp"
#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace uod {
namespace {

struct contexts {
  tls_identity identity =
      make_tls_identity(key_kind::ec_p256, "fuzz", static_cast<std::int64_t>(std::time(nullptr)))
          .value();
  tls_context server =
      std::move(tls_context::server(identity, bytes(ticket_key_octets, 't')).value());
  tls_context client = std::move(
      tls_context::client({fingerprint_of_certificate(identity.certificate_pem).value(), {}, ""})
          .value());

  bytes session = earlier_session();

  bytes earlier_session() const {
    tls_link ours(client);
    tls_link theirs(server);
    bytes to_server;
    bytes to_client;
    bytes plaintext;
    UOD_EXPECT(ours.start(to_server).has_value());
    while (!to_server.empty()) {
      UOD_EXPECT(theirs.receive(std::exchange(to_server, {}), plaintext, to_client).has_value());
      UOD_EXPECT(ours.receive(std::exchange(to_client, {}), plaintext, to_server).has_value());
    }
    bytes offered = ours.take_session();
    UOD_EXPECT(!offered.empty());
    return offered;
  }

  const tls_context& of(link_side side) const {
    return side == link_side::server ? server : client;
  }
};

const contexts& shared() {
  static const contexts made;
  return made;
}

struct counting_sink : frame_sink {
  std::vector<bytes> frames;
  std::size_t replays = 0;
  void on_frame(bytes_view payload) override { frames.emplace_back(payload); }
  void on_replay(const frame_id&) override { ++replays; }
};

class scene {
 public:
  scene(link_side side, std::uint8_t habits)
      : peer_side_(side == link_side::server ? link_side::client : link_side::server),
        subject_(shared().of(side), side, bound_, session_for(side, habits)),
        peer_(shared().of(peer_side_), session_for(peer_side_, habits)) {
    UOD_EXPECT(subject_.start(to_peer_).has_value());
    if (side == link_side::server) UOD_EXPECT(peer_.start(to_subject_).has_value());
    const bool shake_hands = (habits & 1) == 0;
    if (shake_hands) {
      carry();
      UOD_EXPECT(subject_.established() && peer_.established());
    }
    if ((habits & 2) != 0) piece_ = 1U + (habits >> 2 & 31U);
  }

  void step(fuzz_input& input) {
    const std::uint8_t what = input.octet();
    switch (what % 8) {
      case 0:
        return at_subject(input.piece(input.octet()));
      case 1:
        return plaintext(input.piece(input.octet()));
      case 2:
      case 3:
        return frame(static_cast<std::uint8_t>(0xc0 | (what >> 4)), input);
      case 4:
        return own(static_cast<lane>((what >> 4) % lane_count), input.octet());
      case 5:
        bound_ = input.octet() * std::size_t{8};
        return subject_.set_frame_bytes_max(bound_);
      case 6:
        peer_.close(to_subject_);
        return carry();
      default:
        return damage(input);
    }
  }

  /// At the end everything that the subject had to say must have come.
  void finish() {
    carry();
    if (damaged_ || over_ || peer_over_ || !peer_.established()) return;
    UOD_EXPECT(subject_.queued_bytes() == 0);
    UOD_EXPECT(from_subject_.frames.size() == queued_);
    UOD_EXPECT(from_subject_.replays == 0);
  }

  [[nodiscard]] bool over() const { return over_; }

 private:
  static bytes_view session_for(link_side side, std::uint8_t habits) {
    const bool in_full = side == link_side::server || (habits & 0x80) != 0;
    return in_full ? bytes_view{} : bytes_view(shared().session);
  }

  /// Raw octets out of turn: from here on the two no longer understand each other.
  void at_subject(bytes_view ciphertext) {
    if (ciphertext.empty()) return;
    damaged_ = true;
    deliver(ciphertext);
    carry();
  }

  void plaintext(bytes_view octets) {
    if (!peer_.established() || peer_over_) return at_subject(octets);
    if (!peer_.send(octets, to_subject_)) peer_over_ = true;
    carry();
  }

  void frame(std::uint8_t head, fuzz_input& input) {
    const std::uint64_t counter = input.octet() | std::uint64_t{input.octet()} << 8;
    const std::uint8_t flags = input.octet();
    const bytes_view payload = input.piece(input.octet());
    if (!peer_.established() || peer_over_) return at_subject(payload);
    bytes body =
        peer_.export_secret(peer_side_ == link_side::client ? "EXPORTER-uod/1 client frames"
                                                            : "EXPORTER-uod/1 server frames",
                            frame_prefix_bytes);
    for (int shift = 56; shift >= 0; shift -= 8) body += static_cast<char>(counter >> shift);
    body += payload;
    // Now and then a frame that goes on, or ends what went on.
    head = static_cast<std::uint8_t>((head & 0xc3) & ~((flags & 3) == 3 ? 0x40 : 0));
    counters_.insert(counter);
    bytes segment(1, static_cast<char>(head));
    segment += static_cast<char>(body.size() >> 8);
    segment += static_cast<char>(body.size() & 0xff);
    if (!peer_.send(segment + body, to_subject_)) peer_over_ = true;
    carry();
  }

  void own(lane in, std::uint8_t size) {
    if (over_ || queued_ > 50) return;
    subject_.enqueue(in, bytes(size * std::size_t{97}, 's'));
    ++queued_;
    pump();
    carry();
  }

  void damage(fuzz_input& input) {
    const std::uint8_t at = input.octet();
    if (!peer_.established() || peer_over_) return;
    if (!peer_.send(input.piece(input.octet()), to_subject_)) peer_over_ = true;
    if (to_subject_.empty()) return;
    to_subject_[at % to_subject_.size()] ^= static_cast<char>(1 << (at % 8));
    damaged_ = true;
    carry();
  }

  void pump() {
    if (over_) return;
    if (!subject_.pump(to_peer_, 1 << 20)) over_ = true;
  }

  void deliver(bytes_view ciphertext) {
    while (!ciphertext.empty() && !over_) {
      const std::size_t step = std::min(piece_, ciphertext.size());
      take(ciphertext.substr(0, step));
      ciphertext.remove_prefix(step);
    }
  }

  void take(bytes_view ciphertext) {
    const std::size_t before = at_subject_.frames.size();
    const auto taken = subject_.receive(ciphertext, at_subject_, to_peer_);
    for (std::size_t at = before; at < at_subject_.frames.size(); ++at) {
      UOD_EXPECT(at_subject_.frames[at].size() <= bound_);
    }
    UOD_EXPECT(at_subject_.frames.size() <= counters_.size());
    if (taken) return pump();
    over_ = true;
    const errc code = taken.error().code;
    UOD_EXPECT(code == errc::link_failed || code == errc::segment_invalid ||
               code == errc::frame_too_large);
    if (code != errc::link_failed) return;
    bytes output;
    UOD_EXPECT(!subject_.established());
    UOD_EXPECT(!subject_.receive("more", at_subject_, output).has_value());
    UOD_EXPECT(output.empty());
  }

  void carry() {
    while ((!to_subject_.empty() && !over_) || (!to_peer_.empty() && !peer_over_)) {
      deliver(std::exchange(to_subject_, {}));
      const bytes said = std::exchange(to_peer_, {});
      if (peer_over_) continue;
      bytes heard;
      if (!peer_.receive(said, heard, to_subject_)) peer_over_ = true;
      if (heard.empty()) continue;
      if (!peer_reader_) begin_reading();
      UOD_EXPECT(peer_reader_->receive(heard, from_subject_).has_value());
    }
  }

  void begin_reading() {
    const bytes secret =
        peer_.export_secret(peer_side_ == link_side::client ? "EXPORTER-uod/1 server frames"
                                                            : "EXPORTER-uod/1 client frames",
                            frame_prefix_bytes);
    frame_prefix prefix{};
    UOD_EXPECT(secret.size() == prefix.size());
    std::copy(secret.begin(), secret.end(), prefix.begin());
    peer_reader_.emplace(prefix, std::size_t{1} << 20);
  }

  std::size_t bound_ = 1000;
  link_side peer_side_;
  std::size_t piece_ = bytes::npos;
  wire subject_;
  tls_link peer_;
  std::optional<segment_reader> peer_reader_;
  counting_sink at_subject_;
  counting_sink from_subject_;
  std::set<std::uint64_t> counters_;
  std::size_t queued_ = 0;
  bytes to_subject_;
  bytes to_peer_;
  bool over_ = false;
  bool peer_over_ = false;
  bool damaged_ = false;
};

}  // namespace

void fuzz_wire(link_side subject, const std::uint8_t* data, std::size_t size) {
  fuzz_input input(data, size);
  scene played(subject, input.octet());
  // So many steps reach every state; more only cost time.
  for (int steps = 0; steps < 64 && !input.empty() && !played.over(); ++steps) played.step(input);
  played.finish();
}

}  // namespace uod
