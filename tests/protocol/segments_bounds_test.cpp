// Every border and every refusal of segments, and what somebody else's vectors say of them.

#include "protocol/segments.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <optional>

#include "tests/protocol/hex.hpp"
#include "tests/protocol/segment_parts.hpp"
#include "tests/protocol/vectors.hpp"

using namespace uod;
using tests::id_octets;
using tests::kept_frames;
using tests::patterned;
using tests::segment;
using tests::segments_in;
using tests::some_prefix;

namespace {

constexpr std::size_t frame_max = 1024 * 1024;
constexpr unsigned whole = tests::first_bit | tests::last_bit;
constexpr unsigned first = tests::first_bit;
constexpr unsigned last = tests::last_bit;
constexpr unsigned middle = 0;
constexpr unsigned chat_lane = 1;
constexpr unsigned bulk_lane = 2;

bytes write_all(segment_writer& writer) {
  bytes out;
  while (writer.write(out, record_plaintext_bytes_max) > 0) continue;
  return out;
}

/// What becomes of `plaintext` with a new reader: the error's code, or none.
std::optional<errc> refusal(bytes_view plaintext, std::size_t frame_bytes_max = frame_max) {
  segment_reader reader(some_prefix, frame_bytes_max);
  kept_frames sink;
  const auto taken = reader.receive(plaintext, sink);
  if (taken) return std::nullopt;
  BOOST_TEST(!taken.error().detail.empty());
  return taken.error().code;
}

/// The sizes around every border of cutting.
std::vector<std::size_t> sizes_at_the_borders() {
  std::vector<std::size_t> sizes = {0, 1, 2, 100};
  for (std::size_t size = 16'350; size <= 16'400; ++size) sizes.push_back(size);
  const std::size_t two = 2 * segment_payload_bytes_max;
  for (std::size_t size = two - 20; size <= two + 20; ++size) sizes.push_back(size);
  sizes.push_back(frame_max);
  return sizes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(segments_to_the_last_octet)

BOOST_AUTO_TEST_CASE(what_is_received_follows_the_published_vectors) {
  const auto vectors = tests::read_vectors("segments.json");
  const bytes octets = tests::from_hex(vectors.at("prefix").get<std::string>());
  frame_prefix prefix{};
  BOOST_REQUIRE(octets.size() == prefix.size());
  std::copy(octets.begin(), octets.end(), prefix.begin());
  BOOST_TEST(vectors.at("received").size() == 15u);
  for (const auto& vector : vectors.at("received")) {
    const auto says = vector.at("says").get<std::string>();
    segment_reader reader(prefix, vectors.at("frame_bytes_max").get<std::size_t>());
    kept_frames sink;
    const auto taken = reader.receive(tests::from_hex(vector.at("wire").get<std::string>()), sink);
    const std::string error = taken ? "" : std::string(code_name(taken.error().code));
    BOOST_TEST(error == vector.value("error", ""), says << ": " << error);
    std::vector<std::string> payloads;
    for (const auto& frame : sink.frames) payloads.push_back(tests::to_hex(frame));
    BOOST_TEST((payloads == vector.at("payloads").get<std::vector<std::string>>()), says);
    std::vector<std::string> ignored;
    for (const auto& id : sink.replays) ignored.push_back(to_text(id));
    BOOST_TEST((ignored == vector.at("ignored").get<std::vector<std::string>>()), says);
  }
}

BOOST_AUTO_TEST_CASE(frames_of_every_size_arrive_whole) {
  segment_writer writer(some_prefix);
  segment_reader reader(some_prefix, frame_max);
  for (const std::size_t size : sizes_at_the_borders()) {
    BOOST_TEST_CONTEXT("size " << size) {
      const bytes payload = patterned(size, size);
      writer.enqueue(lane::chat, payload);
      BOOST_TEST(writer.queued_bytes() == size + frame_header_bytes);
      const bytes plaintext = write_all(writer);
      BOOST_TEST(writer.empty());
      const auto cut = segments_in(plaintext);
      const std::size_t needed =
          (size + frame_header_bytes + segment_payload_bytes_max - 1) / segment_payload_bytes_max;
      BOOST_TEST(cut.size() == needed);
      BOOST_TEST((cut.front().first && cut.back().last));
      kept_frames sink;
      BOOST_TEST(reader.receive(plaintext, sink).has_value());
      BOOST_REQUIRE(sink.frames.size() == 1u);
      BOOST_TEST((sink.frames[0] == payload));
      BOOST_TEST(sink.replays.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_largest_segment_fills_one_record) {
  segment_writer writer(some_prefix);
  writer.enqueue(lane::bulk, bytes(100'000, 'b'));
  bytes out;
  BOOST_TEST(writer.write(out, record_plaintext_bytes_max - 1) == 0u);
  BOOST_TEST(out.empty());
  BOOST_TEST(writer.write(out, record_plaintext_bytes_max) == record_plaintext_bytes_max);
  BOOST_TEST(out.size() == record_plaintext_bytes_max);
}

BOOST_AUTO_TEST_CASE(small_frames_share_a_record) {
  segment_writer writer(some_prefix);
  for (int number = 0; number < 100; ++number) writer.enqueue(lane::chat, bytes(20, 'c'));
  bytes out;
  BOOST_TEST(writer.write(out, record_plaintext_bytes_max) == 100u * (3 + 16 + 20));
  BOOST_TEST(writer.empty());
  BOOST_TEST(writer.write(out, record_plaintext_bytes_max) == 0u);
}

BOOST_AUTO_TEST_CASE(input_may_be_cut_at_every_octet) {
  segment_writer writer(some_prefix);
  writer.enqueue(lane::bulk, patterned(17'000, 1));
  writer.enqueue(lane::chat, "Hello Bob");
  writer.enqueue(lane::control, "");
  const bytes plaintext = write_all(writer);
  const std::vector<bytes> expected = {"", "Hello Bob", patterned(17'000, 1)};
  for (std::size_t cut = 0; cut <= plaintext.size(); ++cut) {
    segment_reader reader(some_prefix, frame_max);
    kept_frames sink;
    const bool taken = reader.receive(bytes_view(plaintext).substr(0, cut), sink).has_value() &&
                       reader.receive(bytes_view(plaintext).substr(cut), sink).has_value();
    if (!taken || sink.frames != expected) BOOST_ERROR("cut at " << cut);
  }
  segment_reader reader(some_prefix, frame_max);
  kept_frames sink;
  for (const char octet : plaintext) BOOST_REQUIRE(reader.receive({&octet, 1}, sink));
  BOOST_TEST((sink.frames == expected));
}

// ----------------------------------------------------------------------------------- priorities

BOOST_AUTO_TEST_CASE(numbers_rise_on_the_wire_whatever_overtakes_what) {
  segment_writer writer(some_prefix);
  writer.enqueue(lane::bulk, bytes(10, 'b'));
  writer.enqueue(lane::chat, bytes(10, 'c'));
  writer.enqueue(lane::control, bytes(10, 'k'));
  const auto cut = segments_in(write_all(writer));
  BOOST_REQUIRE(cut.size() == 3u);
  for (std::size_t index = 0; index < cut.size(); ++index) {
    BOOST_TEST((cut[index].payload.substr(0, 16) == id_octets(index + 1)));
    BOOST_TEST((cut[index].in == static_cast<lane>(index)));
  }
}

BOOST_AUTO_TEST_CASE(bulk_moves_however_much_is_chatted) {
  segment_writer writer(some_prefix);
  writer.enqueue(lane::bulk, bytes(10 * segment_payload_bytes_max, 'b'));
  for (const unsigned talker : {0U, 1U}) {
    std::size_t passed = 0;
    std::size_t bulk_segments = 0;
    for (int record = 0; record < 20; ++record) {
      writer.enqueue(static_cast<lane>(talker), bytes(16'000, 'c'));
      bytes out;
      BOOST_REQUIRE(writer.write(out, record_plaintext_bytes_max) > 0);
      for (const auto& seen : segments_in(out)) {
        const bool bulk = seen.in == lane::bulk;
        passed = bulk ? 0 : passed + segment_header_bytes + seen.payload.size();
        bulk_segments += bulk ? 1 : 0;
        // One more record than the bound may be under way when it is reached.
        BOOST_TEST(passed <= 5 * record_plaintext_bytes_max);
      }
    }
    BOOST_TEST(bulk_segments >= 3u);
    BOOST_TEST(bulk_segments <= 4u);  // no more than a fifth
  }
}

BOOST_AUTO_TEST_CASE(chat_and_bulk_both_move_beside_a_flood_of_control) {
  segment_writer writer(some_prefix);
  writer.enqueue(lane::chat, bytes(60'000, 'c'));
  writer.enqueue(lane::bulk, bytes(60'000, 'b'));
  std::array<int, lane_count> segments_of{};
  for (int record = 0; record < 40; ++record) {
    writer.enqueue(lane::control, bytes(16'000, 'k'));
    bytes out;
    BOOST_REQUIRE(writer.write(out, record_plaintext_bytes_max) > 0);
    for (const auto& seen : segments_in(out)) ++segments_of[static_cast<std::size_t>(seen.in)];
  }
  BOOST_TEST(segments_of[1] == 4);
  BOOST_TEST(segments_of[2] == 4);
}

// ----------------------------------------------------------------------------------- malformed

BOOST_AUTO_TEST_CASE(what_is_no_segment_is_refused) {
  const bytes id = id_octets(1);
  for (const unsigned bit : {0x04U, 0x08U, 0x10U, 0x20U}) {
    BOOST_TEST((refusal(segment(whole | bit, id + "x")) == errc::segment_invalid));
  }
  BOOST_TEST((refusal(segment(whole | 3, id + "x")) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(whole, "")) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(last, "tail")) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(middle, "more")) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(whole, id.substr(0, 15))) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(first, id.substr(0, 1))) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(first, id) + segment(first, id_octets(2))) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(first, id) + segment(last, "")) == errc::segment_invalid));
  BOOST_TEST(
      (refusal(segment(first, id) + segment(last | chat_lane, "x")) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(whole, id) + segment(last, "x")) == errc::segment_invalid));
  BOOST_TEST((refusal(segment(whole, id + bytes(segment_payload_bytes_max - 15, 'x'))) ==
              errc::segment_invalid));

  BOOST_TEST(!refusal(segment(whole, id)).has_value());
  BOOST_TEST(!refusal(segment(whole, id + bytes(segment_payload_bytes_max - 16, 'x'))).has_value());
  BOOST_TEST(!refusal(segment(first, id) + segment(middle, "a") + segment(last, "b")).has_value());
}

BOOST_AUTO_TEST_CASE(a_bad_header_is_refused_before_what_it_announces) {
  // Three octets must not make the reader wait, and hold, up to 64 kB that it will not take.
  for (const bytes& header :
       {segment(whole, "", 16'382), segment(whole, "", 65'535), segment(whole, "", 0),
        segment(whole | 3, "", 20), segment(whole | 0x20, "", 20)}) {
    BOOST_TEST_CONTEXT(tests::to_hex(header)) {
      BOOST_TEST((refusal(header) == errc::segment_invalid));
      segment_reader reader(some_prefix, frame_max);
      kept_frames sink;
      BOOST_TEST(reader.receive(bytes_view(header).substr(0, 2), sink).has_value());
      BOOST_TEST(!reader.receive(bytes_view(header).substr(2), sink).has_value());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_frame_may_be_as_large_as_agreed_and_no_larger) {
  constexpr std::size_t most = 40'000;
  for (const bool fits : {true, false}) {
    segment_writer writer(some_prefix);
    writer.enqueue(lane::bulk, bytes(most + (fits ? 0 : 1), 'b'));
    const auto refused = refusal(write_all(writer), most);
    BOOST_TEST((refused == (fits ? std::nullopt : std::optional{errc::frame_too_large})));
  }
  BOOST_TEST((refusal(segment(whole, id_octets(1) + "1234"), 4) == std::nullopt));
  BOOST_TEST((refusal(segment(whole, id_octets(1) + "12345"), 4) == errc::frame_too_large));
}

BOOST_AUTO_TEST_CASE(the_bound_may_grow_and_shrink_between_segments) {
  segment_reader reader(some_prefix, 10);
  kept_frames sink;
  BOOST_TEST(reader.receive(segment(first, id_octets(1) + "0123456789"), sink).has_value());
  reader.set_frame_bytes_max(20);
  BOOST_TEST(reader.receive(segment(middle, "0123456789"), sink).has_value());
  reader.set_frame_bytes_max(5);
  const auto taken = reader.receive(segment(last, "0"), sink);
  BOOST_REQUIRE(!taken);
  BOOST_TEST((taken.error().code == errc::frame_too_large));
  BOOST_TEST(sink.frames.empty());
}

// -------------------------------------------------------------------------------------- replay

BOOST_AUTO_TEST_CASE(the_same_segment_twice_is_one_frame) {
  segment_reader reader(some_prefix, frame_max);
  kept_frames sink;
  const bytes once = segment(whole | chat_lane, id_octets(1) + "pay Bob 10");
  BOOST_TEST(reader.receive(once + once + once, sink).has_value());
  BOOST_TEST(sink.frames.size() == 1u);
  BOOST_TEST(sink.replays.size() == 2u);
  BOOST_TEST((sink.replays[0] == frame_id{some_prefix, 1}));
  BOOST_TEST(
      reader.receive(segment(whole | chat_lane, id_octets(2) + "pay Bob 10"), sink).has_value());
  BOOST_TEST(sink.frames.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_replayed_frame_of_many_segments_is_ignored_whole) {
  segment_reader reader(some_prefix, frame_max);
  kept_frames sink;
  const bytes many = segment(first | bulk_lane, id_octets(1) + "one ") +
                     segment(middle | bulk_lane, "two ") + segment(last | bulk_lane, "three");
  BOOST_TEST(reader.receive(many + many, sink).has_value());
  BOOST_TEST(sink.frames.size() == 1u);
  BOOST_TEST(sink.frames[0] == "one two three");
  BOOST_TEST(sink.replays.size() == 1u);
  BOOST_TEST(reader.receive(segment(whole | bulk_lane, id_octets(2) + "x"), sink).has_value());
  BOOST_TEST(sink.frames.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_frame_is_known_from_its_first_segment_on_and_in_every_lane) {
  segment_reader reader(some_prefix, frame_max);
  kept_frames sink;
  BOOST_TEST(reader.receive(segment(first | bulk_lane, id_octets(1) + "begun "), sink).has_value());
  BOOST_TEST(reader.receive(segment(whole | chat_lane, id_octets(1) + "again"), sink).has_value());
  BOOST_TEST(reader.receive(segment(last | bulk_lane, "and done"), sink).has_value());
  BOOST_TEST(sink.frames.size() == 1u);
  BOOST_TEST(sink.frames.at(0) == "begun and done");
  BOOST_TEST(sink.replays.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_frame_of_another_link_is_ignored_and_leaves_no_trace) {
  segment_reader reader(some_prefix, frame_max);
  kept_frames sink;
  BOOST_TEST(
      reader.receive(segment(whole, id_octets(5, tests::other_prefix) + "x"), sink).has_value());
  BOOST_TEST(
      reader.receive(segment(whole, id_octets(~0ULL, tests::other_prefix)), sink).has_value());
  BOOST_TEST(sink.frames.empty());
  BOOST_TEST(sink.replays.size() == 2u);
  BOOST_TEST((sink.replays.at(0) == frame_id{tests::other_prefix, 5}));
  BOOST_TEST(reader.receive(segment(whole, id_octets(5) + "mine"), sink).has_value());
  BOOST_TEST(sink.frames.size() == 1u);
}

BOOST_AUTO_TEST_CASE(zero_and_what_is_too_old_to_tell_are_ignored) {
  segment_reader reader(some_prefix, frame_max);
  kept_frames sink;
  for (const std::uint64_t counter :
       {std::uint64_t{0}, 2 * replay_window::size, replay_window::size, replay_window::size + 1}) {
    BOOST_TEST(reader.receive(segment(whole, id_octets(counter) + "x"), sink).has_value());
  }
  BOOST_TEST(sink.frames.size() == 2u);
  BOOST_REQUIRE(sink.replays.size() == 2u);
  BOOST_TEST(sink.replays[0].counter == 0u);
  BOOST_TEST(sink.replays[1].counter == replay_window::size);
}

BOOST_AUTO_TEST_SUITE_END()
