#include "protocol/wire.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/protocol/random_seed.hpp"
#include "tests/protocol/segment_parts.hpp"
#include "tests/protocol/tls_pair.hpp"

using namespace uod;
using tests::code_of;
using tests::kept_frames;
using tests::patterned;

namespace {

constexpr std::size_t frame_max = 1024 * 1024;
constexpr std::size_t all = SIZE_MAX;

/// One end, what it has heard, and what it has put on its way.
struct end : kept_frames {
  end(const tls_context& context, link_side side, std::size_t frame_bytes_max = frame_max,
      bytes_view session = {})
      : link(context, side, frame_bytes_max, session) {}

  wire link;
  bytes sent;
  outcome<void> result;

  void pump(std::size_t output_bytes = all) { note(link.pump(sent, output_bytes)); }

  void take(bytes_view ciphertext) {
    if (result) note(link.receive(ciphertext, *this, sent));
  }

  void note(outcome<void> done) {
    if (result) result = std::move(done);
  }
};

/// Alice, Bob and what lies between them.
struct house {
  explicit house(std::size_t bobs_frame_bytes_max = frame_max)
      : bobs_context(tests::server_of(tests::identity_of(key_kind::ec_p256))),
        alices_context(tests::client_of(tests::pinned(tests::identity_of(key_kind::ec_p256)))),
        alice(alices_context, link_side::client),
        bob(bobs_context, link_side::server, bobs_frame_bytes_max) {}

  tls_context bobs_context;
  tls_context alices_context;
  end alice;
  end bob;

  void open() {
    alice.note(alice.link.start(alice.sent));
    carry();
    BOOST_REQUIRE((alice.link.established() && bob.link.established()));
  }

  /// Everything that both want to say, until nothing is under way.
  void carry() {
    alice.pump();
    bob.pump();
    do {
      bob.take(std::exchange(alice.sent, {}));
      alice.take(std::exchange(bob.sent, {}));
      // Either may have just seen the end of the handshake.
      alice.pump();
      bob.pump();
    } while (!alice.sent.empty() || !bob.sent.empty());
  }
};

/// The prefix of the frames of one direction, as PROTOCOL.md has it.
frame_prefix prefix_of(const wire& link, const char* label) {
  const bytes secret = link.link().export_secret(label, frame_prefix_bytes);
  frame_prefix prefix{};
  BOOST_REQUIRE(secret.size() == prefix.size());
  std::copy(secret.begin(), secret.end(), prefix.begin());
  return prefix;
}

bytes whole_segment(const frame_prefix& prefix, std::uint64_t counter, bytes_view payload) {
  return tests::segment(tests::first_bit | tests::last_bit | 1U,
                        tests::id_octets(counter, prefix) + bytes(payload));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wires)

BOOST_AUTO_TEST_CASE(alice_and_bob_exchange_frames) {
  house place;
  place.open();
  place.alice.link.enqueue(lane::chat, "Hello Bob");
  place.bob.link.enqueue(lane::chat, "Hello Alice");
  place.bob.link.enqueue(lane::bulk, patterned(500'000, 1));
  place.carry();
  BOOST_TEST((place.bob.frames == std::vector<bytes>{"Hello Bob"}));
  BOOST_TEST((place.alice.frames == std::vector<bytes>{"Hello Alice", patterned(500'000, 1)}));
  BOOST_TEST((place.alice.replays.empty() && place.bob.replays.empty()));
  BOOST_TEST((place.alice.result.has_value() && place.bob.result.has_value()));
}

BOOST_AUTO_TEST_CASE(what_is_queued_early_leaves_when_the_link_stands) {
  house place;
  place.alice.link.enqueue(lane::bulk, "page");
  place.alice.link.enqueue(lane::chat, "first word");
  place.alice.link.enqueue(lane::chat, "second word");
  place.bob.link.enqueue(lane::control, "welcome");
  BOOST_TEST(place.alice.link.queued_bytes() == 4u + 10 + 11 + 3 * frame_header_bytes);
  place.alice.pump();
  BOOST_TEST(place.alice.sent.empty());
  place.open();
  BOOST_TEST(place.alice.link.queued_bytes() == 0u);
  BOOST_TEST((place.bob.frames == std::vector<bytes>{"first word", "second word", "page"}));
  BOOST_TEST((place.alice.frames == std::vector<bytes>{"welcome"}));
}

BOOST_AUTO_TEST_CASE(a_small_budget_lets_a_word_pass_a_page) {
  house place;
  place.open();
  place.alice.link.enqueue(lane::bulk, patterned(200'000, 2));
  const std::size_t queued = place.alice.link.queued_bytes();
  place.alice.pump(1);
  // One record, and not one more: what is encrypted can no longer be overtaken.
  BOOST_TEST(queued - place.alice.link.queued_bytes() == segment_payload_bytes_max);
  BOOST_TEST(place.alice.sent.size() <= record_plaintext_bytes_max + 256);
  place.alice.link.enqueue(lane::chat, "Are you there?");
  place.alice.pump(place.alice.sent.size() + 1);
  place.bob.take(std::exchange(place.alice.sent, {}));
  BOOST_TEST((place.bob.frames == std::vector<bytes>{"Are you there?"}));
  while (place.alice.link.queued_bytes() > 0) {
    place.alice.pump(1);
    place.bob.take(std::exchange(place.alice.sent, {}));
  }
  BOOST_TEST(place.bob.frames.size() == 2u);
  BOOST_TEST((place.bob.frames.back() == patterned(200'000, 2)));
}

BOOST_AUTO_TEST_CASE(the_budget_bounds_what_is_encrypted_ahead) {
  house place;
  place.open();
  place.alice.link.enqueue(lane::bulk, bytes(900'000, 'b'));
  place.alice.pump(0);
  BOOST_TEST(place.alice.sent.empty());
  place.alice.pump(100'000);
  BOOST_TEST(place.alice.sent.size() >= 100'000u);
  BOOST_TEST(place.alice.sent.size() < 100'000u + record_plaintext_bytes_max + 256);
  const std::size_t before = place.alice.sent.size();
  place.alice.pump(100'000);
  BOOST_TEST(place.alice.sent.size() == before);
}

BOOST_AUTO_TEST_CASE(a_stranger_may_send_little_and_a_friend_more) {
  house place(stranger_frame_bytes_max);
  place.open();
  place.alice.link.enqueue(lane::control, bytes(stranger_frame_bytes_max, 'a'));
  place.carry();
  BOOST_TEST(place.bob.frames.size() == 1u);
  place.bob.link.set_frame_bytes_max(2 * stranger_frame_bytes_max);
  place.alice.link.enqueue(lane::control, bytes(2 * stranger_frame_bytes_max, 'a'));
  place.carry();
  BOOST_TEST(place.bob.frames.size() == 2u);
  place.alice.link.enqueue(lane::control, bytes(2 * stranger_frame_bytes_max + 1, 'a'));
  place.carry();
  BOOST_TEST(place.bob.frames.size() == 2u);
  BOOST_TEST((code_of(place.bob.result) == errc::frame_too_large));
}

BOOST_AUTO_TEST_CASE(a_bound_set_before_the_link_stands_counts) {
  house place;
  place.bob.link.set_frame_bytes_max(10);
  place.alice.link.enqueue(lane::control, bytes(11, 'a'));
  place.alice.note(place.alice.link.start(place.alice.sent));
  place.carry();
  BOOST_TEST((code_of(place.bob.result) == errc::frame_too_large));
  BOOST_TEST(place.bob.frames.empty());
}

BOOST_AUTO_TEST_CASE(mallory_inside_the_link_repeats_and_reflects_in_vain) {
  house place;
  place.open();
  wire& mallory = place.alice.link;  // speaks TLS, but makes segments by hand
  const frame_prefix own = prefix_of(mallory, "EXPORTER-uod/1 client frames");
  const frame_prefix others = prefix_of(mallory, "EXPORTER-uod/1 server frames");
  BOOST_TEST((own != others));
  const bytes pay = whole_segment(own, 1, "pay Bob 10");
  BOOST_REQUIRE(mallory.link().send(pay + pay, place.alice.sent));
  BOOST_REQUIRE(mallory.link().send(whole_segment(others, 2, "reflected"), place.alice.sent));
  place.carry();
  BOOST_TEST((place.bob.frames == std::vector<bytes>{"pay Bob 10"}));
  BOOST_REQUIRE(place.bob.replays.size() == 2u);
  BOOST_TEST((place.bob.replays[0] == frame_id{own, 1}));
  BOOST_TEST((place.bob.replays[1] == frame_id{others, 2}));
  BOOST_TEST(place.bob.result.has_value());

  house later;
  later.open();
  BOOST_REQUIRE(later.alice.link.link().send(pay, later.alice.sent));
  later.carry();
  BOOST_TEST(later.bob.frames.empty());
  BOOST_TEST(later.bob.replays.size() == 1u);
}

BOOST_AUTO_TEST_CASE(nonsense_inside_the_link_ends_it) {
  house place;
  place.open();
  place.alice.link.enqueue(lane::chat, "the last good word");
  place.carry();
  BOOST_REQUIRE(place.alice.link.link().send("\xff\xff\xff", place.alice.sent));
  place.carry();
  BOOST_TEST((code_of(place.bob.result) == errc::segment_invalid));
  BOOST_TEST(place.bob.frames.size() == 1u);
}

BOOST_AUTO_TEST_CASE(damage_under_way_ends_the_link_and_tells_the_other_side) {
  house place;
  place.open();
  place.alice.link.enqueue(lane::chat, "pay Bob 10");
  place.alice.pump();
  place.alice.sent.back() = static_cast<char>(place.alice.sent.back() ^ 1);
  place.bob.take(std::exchange(place.alice.sent, {}));
  BOOST_TEST((code_of(place.bob.result) == errc::link_failed));
  BOOST_TEST(place.bob.frames.empty());
  place.alice.take(std::exchange(place.bob.sent, {}));
  BOOST_TEST((code_of(place.alice.result) == errc::link_failed));
  place.bob.link.enqueue(lane::chat, "lost");
  bytes output;
  BOOST_TEST((code_of(place.bob.link.pump(output, all)) == errc::link_failed));
}

BOOST_AUTO_TEST_CASE(a_goodbye_follows_what_was_said) {
  house place;
  place.open();
  place.alice.link.enqueue(lane::chat, "Bye");
  place.alice.pump();
  place.alice.link.close(place.alice.sent);
  place.carry();
  BOOST_TEST((place.bob.frames == std::vector<bytes>{"Bye"}));
  BOOST_TEST(place.bob.link.peer_closed());
  BOOST_TEST(place.bob.result.has_value());
}

BOOST_AUTO_TEST_CASE(a_resumed_wire_counts_from_the_beginning) {
  house place;
  place.open();
  place.alice.link.enqueue(lane::chat, "before");
  place.carry();
  const bytes session = place.alice.link.link().take_session();
  end alice(place.alices_context, link_side::client, frame_max, session);
  end bob(place.bobs_context, link_side::server);
  alice.link.enqueue(lane::chat, "after");
  alice.note(alice.link.start(alice.sent));
  while (!alice.sent.empty() || !bob.sent.empty()) {
    bob.take(std::exchange(alice.sent, {}));
    alice.take(std::exchange(bob.sent, {}));
    alice.pump();
  }
  BOOST_TEST((alice.link.link().resumed() && bob.link.link().resumed()));
  BOOST_TEST((bob.frames == std::vector<bytes>{"after"}));
  BOOST_TEST((prefix_of(alice.link, "EXPORTER-uod/1 client frames") !=
              prefix_of(place.alice.link, "EXPORTER-uod/1 client frames")));
}

BOOST_AUTO_TEST_CASE(what_one_link_hears_may_go_on_over_another_at_once) {
  // Within a simulation a frame of one link leads to the next one's receive in the same thread.
  struct relay final : frame_sink {
    explicit relay(house& next_in) : next(next_in) {}
    void on_frame(bytes_view payload) override {
      next.alice.link.enqueue(lane::chat, bytes(payload));
      next.carry();
    }
    void on_replay(const frame_id&) override { ++replays; }
    house& next;
    int replays = 0;
  };
  house near;
  house far;
  near.open();
  far.open();
  relay between(far);
  std::vector<bytes> said;
  for (std::size_t number = 0; number < 20; ++number) {
    said.push_back(patterned(number * 1000, number));
    near.alice.link.enqueue(lane::chat, said.back());
  }
  near.alice.pump();
  BOOST_TEST(near.bob.link.receive(near.alice.sent, between, near.bob.sent).has_value());
  BOOST_TEST((far.bob.frames == said));
  BOOST_TEST(between.replays == 0);
}

// -------------------------------------------------------------------------------- at random

/// Sends frames that name their lane and place, and sees that each comes once and in its place.
class talker {
 public:
  explicit talker(std::mt19937_64& engine) : engine_(engine) {}

  void say_something(wire& link) {
    const std::size_t in = tests::draw(engine_, 0, lane_count - 1);
    const std::size_t size = tests::draw(engine_, 0, 9) == 0 ? tests::draw(engine_, 0, 80'000)
                                                             : tests::draw(engine_, 0, 400);
    const bytes payload = static_cast<char>(in) + patterned(size, engine_());
    said_[in].push_back(payload);
    link.enqueue(static_cast<lane>(in), payload);
  }

  [[nodiscard]] bool was_heard(const std::vector<bytes>& frames) const {
    std::array<std::vector<bytes>, lane_count> heard;
    for (const auto& frame : frames)
      heard.at(static_cast<std::size_t>(frame.at(0))).push_back(frame);
    return heard == said_;
  }

 private:
  std::mt19937_64& engine_;
  std::array<std::vector<bytes>, lane_count> said_;
};

/// Moves a random piece of what is under way.
void move_some(std::mt19937_64& engine, bytes& under_way, end& to) {
  const std::size_t most = tests::draw(engine, 0, 3) == 0 ? 7 : 30'000;
  const std::size_t piece = std::min(under_way.size(), tests::draw(engine, 1, most));
  const bytes moved = under_way.substr(0, piece);
  under_way.erase(0, piece);
  to.take(moved);
}

BOOST_AUTO_TEST_CASE(a_cruel_transport_loses_doubles_and_reorders_nothing) {
  const auto seed = tests::random_seed("wire");
  std::mt19937_64 engine{seed};
  for (int round = 0; round < 20; ++round) {
    house place;
    talker alice(engine);
    talker bob(engine);
    place.alice.note(place.alice.link.start(place.alice.sent));
    for (int step = 0; step < 300; ++step) {
      switch (tests::draw(engine, 0, 5)) {
        case 0:
          alice.say_something(place.alice.link);
          break;
        case 1:
          bob.say_something(place.bob.link);
          break;
        case 2:
          place.alice.pump(tests::draw(engine, 0, 40'000));
          break;
        case 3:
          place.bob.pump(tests::draw(engine, 0, 40'000));
          break;
        case 4:
          move_some(engine, place.alice.sent, place.bob);
          break;
        default:
          move_some(engine, place.bob.sent, place.alice);
      }
    }
    place.carry();
    const bool kept = place.alice.result && place.bob.result && alice.was_heard(place.bob.frames) &&
                      bob.was_heard(place.alice.frames) && place.alice.replays.empty() &&
                      place.bob.replays.empty() && place.alice.link.queued_bytes() == 0 &&
                      place.bob.link.queued_bytes() == 0;
    if (!kept) BOOST_ERROR("seed " << seed << " round " << round);
  }
}

BOOST_AUTO_TEST_SUITE_END()
