#include "protocol/sealing/sealed_file.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/sealing/people.hpp"

using namespace uod;
using namespace uod::tests;

namespace {

const bytes key(32, 'k');
const file_id photo = numbered<file_id>(3);

file_sealer sealer(std::uint64_t size, const file_id& id = photo, const bytes& with = key) {
  return must(file_sealer::from(id, with, size));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sealed_files)

BOOST_AUTO_TEST_CASE(a_file_is_cut_into_full_segments_and_a_last_one) {
  struct cut {
    std::uint64_t size, segments, last;
  };
  for (const auto& [size, segments, last] :
       {cut{0, 1, 0}, cut{1, 1, 1}, cut{65'535, 1, 65'535}, cut{65'536, 1, 65'536},
        cut{65'537, 2, 1}, cut{131'072, 2, 65'536}, cut{file_octets_max, 1ULL << 32, 65'536}}) {
    BOOST_TEST(file_segments(size) == segments);
    BOOST_TEST(file_segment_size(size, segments - 1) == last);
    BOOST_TEST(file_segment_size(size, segments) == 0u);
    BOOST_TEST(sealed_file_octets(size) == size + 28 * segments);
  }
  BOOST_TEST((why(file_sealer::from(photo, key, file_octets_max + 1)) == errc::malformed));
}

BOOST_AUTO_TEST_CASE(bob_gets_the_octets_that_alice_sealed) {
  for (const std::size_t size : {0, 1, 65'535, 65'536, 65'537, 200'000}) {
    bytes plaintext;
    for (std::size_t at = 0; at < size; ++at) plaintext += static_cast<char>(at * 7 + at / 251);
    bytes got;
    const auto ours = sealer(size);
    const auto theirs = sealer(size);
    for (std::uint64_t index = 0; index < file_segments(size); ++index) {
      const auto piece = plaintext.substr(index * file_segment_octets, file_segment_octets);
      got += must(theirs.open(index, must(ours.seal(index, piece)))).view();
    }
    BOOST_TEST((got == plaintext));
  }
}

BOOST_AUTO_TEST_CASE(no_octet_of_a_segment_can_change) {
  const auto file = sealer(100);
  const auto sealed = must(file.seal(0, bytes(100, 'p')));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    if (file.open(0, changed(sealed, at))) BOOST_ERROR("changed at " << at);
    if (file.open(0, bytes_view(sealed).substr(0, at))) BOOST_ERROR("cut to " << at);
  }
  BOOST_TEST((why(file.open(0, sealed + "x")) == errc::sealed_damaged));
}

BOOST_AUTO_TEST_CASE(segments_have_one_place_in_one_file) {
  const auto file = sealer(3 * file_segment_octets);
  const bytes full(file_segment_octets, 'p');
  const auto first = must(file.seal(0, full));
  const auto last = must(file.seal(2, full));
  BOOST_TEST((why(file.open(1, first)) == errc::sealed_damaged));
  BOOST_TEST((why(file.open(3, last)) == errc::malformed));
  BOOST_TEST((why(sealer(3 * file_segment_octets, numbered<file_id>(4)).open(0, first)) ==
              errc::sealed_damaged));
  BOOST_TEST((why(sealer(3 * file_segment_octets, photo, bytes(32, 'l')).open(0, first)) ==
              errc::sealed_damaged));
  // A file that is said to be shorter or longer: what was last is not, and the other way round.
  BOOST_TEST((why(sealer(file_segment_octets).open(0, first)) == errc::sealed_damaged));
  BOOST_TEST((why(sealer(4 * file_segment_octets).open(2, last)) == errc::sealed_damaged));
  BOOST_TEST(sealer(9 * file_segment_octets).open(0, first).has_value());
}

BOOST_AUTO_TEST_CASE(a_segment_has_the_length_of_its_place) {
  const auto file = sealer(file_segment_octets + 1);
  BOOST_TEST((why(file.seal(0, "short")) == errc::malformed));
  BOOST_TEST((why(file.seal(1, "")) == errc::malformed));
  BOOST_TEST((why(file.seal(2, "")) == errc::malformed));
  BOOST_TEST(file.seal(1, "x").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
