#include "protocol/segments.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

#include "tests/protocol/hex.hpp"
#include "tests/protocol/vectors.hpp"

using namespace uod;

namespace {

constexpr frame_prefix alices{'A', 'L', 'I', 'C', 'E', '0', '0', '1'};
constexpr frame_prefix bobs{'B', 'O', 'B', '0', '0', '0', '0', '1'};
constexpr std::size_t frame_max = 300'000;

/// Bob's ear: everything that a reader says.
struct ear final : frame_sink {
  void on_frame(bytes_view payload) override { heard.emplace_back(payload); }
  void on_replay(const frame_id& id) override { replays.push_back(id); }
  std::vector<bytes> heard;
  std::vector<frame_id> replays;
};

bytes text_of(std::size_t size, char fill = 'x') { return bytes(size, fill); }

bytes written(segment_writer& writer) {
  bytes out;
  bytes record;
  do {
    record.clear();
    writer.write(record, record_plaintext_bytes_max);
    out += record;
  } while (!record.empty());
  return out;
}

/// One frame of Alice's, as segments.
bytes said(lane in, const bytes& payload) {
  segment_writer writer(alices);
  writer.enqueue(in, payload);
  return written(writer);
}

bytes segment(std::uint8_t head, const bytes& payload) {
  return bytes{static_cast<char>(head), static_cast<char>(payload.size() >> 8),
               static_cast<char>(payload.size() & 0xff)} +
         payload;
}

bytes id_of(std::uint64_t counter, const frame_prefix& prefix = alices) {
  bytes id(prefix.data(), prefix.size());
  for (int shift = 56; shift >= 0; shift -= 8) id.push_back(static_cast<char>(counter >> shift));
  return id;
}

errc refusal_of(const bytes& plaintext) {
  segment_reader reader(alices, frame_max);
  ear bob;
  const auto taken = reader.receive(plaintext, bob);
  BOOST_REQUIRE(!taken);
  BOOST_TEST(bob.heard.empty());
  return taken.error().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(segments)

BOOST_AUTO_TEST_CASE(the_published_vectors_hold) {
  const auto vectors = tests::read_vectors("segments.json");
  frame_prefix prefix{};
  const auto octets = tests::from_hex(vectors.at("prefix").get<std::string>());
  std::copy(octets.begin(), octets.end(), prefix.begin());
  for (const auto& vector : vectors.at("written")) {
    segment_writer writer(prefix);
    segment_reader reader(prefix, frame_max);
    ear bob;
    std::vector<bytes> expected;
    for (const auto& frame : vector.at("frames")) {
      bytes payload = frame.contains("payload")
                          ? tests::from_hex(frame.at("payload").get<std::string>())
                          : bytes(frame.at("repeat").at(1).get<std::size_t>(),
                                  tests::from_hex(frame.at("repeat").at(0).get<std::string>())[0]);
      writer.enqueue(static_cast<lane>(frame.at("lane").get<int>()), payload);
    }
    const bytes wire = written(writer);
    bytes heads;  // the vector names the segments' headers and frame ids, not kilobytes of filler
    for (std::size_t at = 0; at < wire.size();) {
      const std::size_t length =
          static_cast<std::uint8_t>(wire[at + 1]) * 256U + static_cast<std::uint8_t>(wire[at + 2]);
      const bool first = (static_cast<std::uint8_t>(wire[at]) & 0x80) != 0;
      heads += wire.substr(at, segment_header_bytes + (first ? frame_header_bytes : 0));
      at += segment_header_bytes + length;
    }
    BOOST_TEST(tests::to_hex(heads) == vector.at("heads").get<std::string>());
    if (vector.contains("wire")) {
      BOOST_TEST(tests::to_hex(wire) == vector.at("wire").get<std::string>());
    }
    BOOST_TEST(reader.receive(wire, bob).has_value());
    BOOST_TEST(bob.heard.size() == vector.at("frames").size());
  }
}

BOOST_AUTO_TEST_CASE(a_frame_of_any_size_arrives_whole_in_pieces_of_any_size) {
  const std::size_t edge = segment_payload_bytes_max - frame_header_bytes;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, edge - 1, edge, edge + 1, edge + segment_payload_bytes_max,
        edge + segment_payload_bytes_max + 1, std::size_t{200'000}}) {
    const bytes wire = said(lane::bulk, text_of(size));
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{16'384}, wire.size()}) {
      segment_reader reader(alices, frame_max);
      ear bob;
      for (std::size_t at = 0; at < wire.size(); at += piece) {
        BOOST_REQUIRE(reader.receive(bytes_view(wire).substr(at, piece), bob));
      }
      BOOST_REQUIRE_EQUAL(bob.heard.size(), 1U);
      BOOST_TEST((bob.heard[0] == text_of(size)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_word_of_alice_overtakes_her_attachment) {
  segment_writer writer(alices);
  writer.enqueue(lane::bulk, text_of(200'000));
  bytes wire;
  writer.write(wire, record_plaintext_bytes_max);
  writer.enqueue(lane::chat, "are you there?");
  wire += written(writer);
  segment_reader reader(alices, frame_max);
  ear bob;
  BOOST_REQUIRE(reader.receive(wire, bob));
  BOOST_REQUIRE_EQUAL(bob.heard.size(), 2U);
  BOOST_TEST(bob.heard[0] == "are you there?");
  BOOST_TEST(bob.heard[1].size() == 200'000U);
  BOOST_TEST(bob.replays.empty());
}

BOOST_AUTO_TEST_CASE(chatter_does_not_starve_the_attachment) {
  segment_writer writer(alices);
  writer.enqueue(lane::bulk, text_of(100'000));
  segment_reader reader(alices, frame_max);
  ear bob;
  bool arrived = false;
  for (int round = 0; round < 200 && !arrived; ++round) {
    for (int word = 0; word < 100; ++word) writer.enqueue(lane::chat, text_of(500, 'c'));
    bytes record;
    writer.write(record, record_plaintext_bytes_max);
    BOOST_REQUIRE(reader.receive(record, bob));
    for (const auto& frame : bob.heard) arrived = arrived || frame.size() == 100'000;
  }
  BOOST_TEST(arrived);
}

BOOST_AUTO_TEST_CASE(what_is_queued_is_counted) {
  segment_writer writer(alices);
  BOOST_TEST(writer.empty());
  writer.enqueue(lane::chat, text_of(100));
  BOOST_TEST(writer.queued_bytes() == 100 + frame_header_bytes);
  bytes out;
  BOOST_TEST(writer.write(out, 50) == 0U);
  BOOST_TEST(writer.write(out, 1000) == 100 + frame_header_bytes + segment_header_bytes);
  BOOST_TEST(writer.empty());
}

BOOST_AUTO_TEST_CASE(malformed_segments_are_refused) {
  const bytes id = id_of(1);
  for (const int bit : {0x04, 0x08, 0x10, 0x20}) {
    BOOST_TEST(
        (refusal_of(segment(static_cast<std::uint8_t>(0xc1 | bit), id)) == errc::segment_invalid));
  }
  BOOST_TEST((refusal_of(segment(0xc3, id)) == errc::segment_invalid));            // lane 3
  BOOST_TEST((refusal_of(segment(0xc1, "")) == errc::segment_invalid));            // nothing
  BOOST_TEST((refusal_of(segment(0x41, "tail")) == errc::segment_invalid));        // no begin
  BOOST_TEST((refusal_of(segment(0xc1, id.substr(1))) == errc::segment_invalid));  // no id
  BOOST_TEST((refusal_of(segment(0x81, id) + segment(0x81, id_of(2))) == errc::segment_invalid));
  BOOST_TEST(
      (refusal_of(segment(0x81, text_of(segment_payload_bytes_max + 1))) == errc::segment_invalid));
}

BOOST_AUTO_TEST_CASE(a_frame_beyond_the_bound_is_refused_before_it_is_held) {
  segment_reader reader(alices, 1000);
  ear bob;
  BOOST_TEST(reader.receive(said(lane::chat, text_of(1000)), bob).has_value());
  segment_writer writer(alices);
  writer.enqueue(lane::chat, "so that the counters go on");
  writer.enqueue(lane::chat, text_of(1001));
  written(writer).swap(bob.heard.emplace_back());
  const auto taken = reader.receive(bytes(bob.heard.back()).substr(45), bob);
  BOOST_REQUIRE(!taken);
  BOOST_TEST((taken.error().code == errc::frame_too_large));
}

BOOST_AUTO_TEST_CASE(a_frame_that_comes_again_is_ignored_whole) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{50'000}}) {
    const bytes wire = said(lane::chat, text_of(size));
    segment_reader reader(alices, frame_max);
    ear bob;
    BOOST_REQUIRE(reader.receive(wire, bob));
    BOOST_REQUIRE(reader.receive(wire, bob));
    BOOST_REQUIRE_EQUAL(bob.heard.size(), 1U);
    BOOST_REQUIRE_EQUAL(bob.replays.size(), 1U);
    BOOST_TEST((bob.replays[0] == frame_id{alices, 1}));
    // And the link goes on.
    BOOST_REQUIRE(reader.receive(segment(0xc1, id_of(2) + "hello"), bob));
    BOOST_TEST(bob.heard.back() == "hello");
  }
}

BOOST_AUTO_TEST_CASE(a_frame_from_another_link_is_a_replay) {
  segment_reader reader(bobs, frame_max);
  ear bob;
  BOOST_REQUIRE(reader.receive(said(lane::chat, "captured elsewhere"), bob));
  BOOST_TEST(bob.heard.empty());
  BOOST_TEST(bob.replays.size() == 1U);
  BOOST_TEST(to_text(bob.replays[0]) == "414c494345303031:1");
}

BOOST_AUTO_TEST_CASE(frames_in_every_lane_arrive_in_the_order_of_their_lane) {
  const auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 chance(seed);
  segment_writer writer(alices);
  segment_reader reader(alices, frame_max);
  ear bob;
  std::array<int, lane_count> sent{};
  for (int step = 0; step < 2000; ++step) {
    const auto in = chance() % lane_count;
    bytes frame = std::to_string(in) + " " + std::to_string(sent[in]++) + " ";
    frame.append(chance() % (chance() % 10 == 0 ? 60'000 : 200), '.');
    writer.enqueue(static_cast<lane>(in), std::move(frame));
    bytes record;
    writer.write(record, chance() % (2 * record_plaintext_bytes_max));
    BOOST_REQUIRE(reader.receive(record, bob));
  }
  BOOST_REQUIRE(reader.receive(written(writer), bob));
  std::array<int, lane_count> next{};
  for (const auto& frame : bob.heard) {
    const auto in = static_cast<std::size_t>(frame[0] - '0');
    BOOST_REQUIRE_EQUAL(std::stoi(frame.substr(2)), next[in]++);
  }
  BOOST_TEST((next == sent));
  BOOST_TEST(bob.replays.empty());
}

BOOST_AUTO_TEST_SUITE_END()
