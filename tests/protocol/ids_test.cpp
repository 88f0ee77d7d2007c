#include "protocol/ids.hpp"

#include <boost/test/unit_test.hpp>
#include <unordered_set>

#include "tests/protocol/hex.hpp"
#include "tests/protocol/vectors.hpp"

using namespace uod;

namespace {

uuid read(const nlohmann::json& text) {
  const auto id = uuid_from_text(text.get<std::string>());
  BOOST_REQUIRE(id);
  return *id;
}

constexpr auto alice_text = "01941f29-7c00-7000-8000-00000000a11c";
constexpr auto bob_text = "01941f29-7c00-7000-8000-000000000b0b";

}  // namespace

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(an_id_survives_the_way_through_text) {
  const auto alice = uuid_from_text(alice_text);
  BOOST_REQUIRE(alice);
  BOOST_TEST(tests::to_hex(alice->view()) == "01941f297c007000800000000000a11c");
  BOOST_TEST(to_text(*alice) == alice_text);
  BOOST_TEST((uuid_from_text("01941F29-7C00-7000-8000-00000000A11C") == alice));
  BOOST_TEST(to_text(uuid{}) == "00000000-0000-0000-0000-000000000000");
  BOOST_TEST(uuid{}.is_nil());
  BOOST_TEST(!alice->is_nil());
}

BOOST_AUTO_TEST_CASE(what_is_no_id_is_refused) {
  const std::string good = alice_text;
  for (std::size_t length = 0; length < good.size(); ++length) {
    BOOST_TEST(!uuid_from_text(good.substr(0, length)));
  }
  BOOST_TEST(!uuid_from_text(good + "0"));
  BOOST_TEST(!uuid_from_text("{" + good + "}"));
  BOOST_TEST(!uuid_from_text("01941f297c007000800000000000a11c"));
  BOOST_TEST(!uuid_from_text(std::string(36, '-')));
  // Anything but a digit, in each place.
  for (std::size_t place = 0; place < good.size(); ++place) {
    for (const char wrong : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\xff'}) {
      auto bad = good;
      bad[place] = wrong;
      BOOST_TEST(!uuid_from_text(bad), place);
    }
    auto bad = good;
    bad[place] = good[place] == '-' ? '0' : '-';
    BOOST_TEST(!uuid_from_text(bad), place);
  }
}

BOOST_AUTO_TEST_CASE(sixteen_octets_make_an_id_and_no_other_number) {
  for (std::size_t count = 0; count < 40; ++count) {
    BOOST_TEST(account_id::from_octets(std::string(count, 'x')).has_value() == (count == 16));
  }
  BOOST_TEST(account_id::from_octets(std::string(16, 'x'))->view() == std::string(16, 'x'));
}

BOOST_AUTO_TEST_CASE(ids_made_later_sort_behind) {
  const auto early = make_uuid_v7(1'000, {255, 255, 255, 255, 255, 255, 255, 255, 255, 255});
  const auto late = make_uuid_v7(1'001, {});
  BOOST_TEST((early < late));
}

BOOST_AUTO_TEST_CASE(published_vectors_hold) {
  const auto vectors = tests::read_vectors("ids.json");
  BOOST_TEST(vectors.at("uuid_v7").size() == 3u);
  for (const auto& vector : vectors.at("uuid_v7")) {
    const auto octets = tests::from_hex(vector.at("random").get<std::string>());
    std::array<std::uint8_t, 10> random{};
    BOOST_REQUIRE(octets.size() == random.size());
    std::memcpy(random.data(), octets.data(), octets.size());
    BOOST_TEST(to_text(make_uuid_v7(vector.at("unix_ms").get<std::uint64_t>(), random)) ==
               vector.at("id").get<std::string>());
  }
  BOOST_TEST(vectors.at("direct_chat").size() == 4u);
  for (const auto& vector : vectors.at("direct_chat")) {
    const account_id one{read(vector.at("one"))};
    const account_id other{read(vector.at("other"))};
    BOOST_TEST(to_text(direct_chat_id(one, other)) == vector.at("chat").get<std::string>());
  }
}

BOOST_AUTO_TEST_CASE(alice_and_bob_compute_the_same_chat_and_carol_another) {
  const account_id alice{*uuid_from_text(alice_text)};
  const account_id bob{*uuid_from_text(bob_text)};
  const account_id carol{make_uuid_v7(5, {})};
  BOOST_TEST((direct_chat_id(alice, bob) == direct_chat_id(bob, alice)));
  BOOST_TEST((direct_chat_id(alice, bob) != direct_chat_id(alice, carol)));
  BOOST_TEST((direct_chat_id(alice, bob) != direct_chat_id(bob, carol)));
}

BOOST_AUTO_TEST_CASE(ids_spread_over_a_hash_table) {
  // A thousand ids that differ in one octet, as ids of one millisecond from one device may.
  std::unordered_set<std::size_t> hashes;
  std::unordered_set<std::size_t> buckets;
  for (int i = 0; i < 1000; ++i) {
    message_id id;
    id.octets[14] = static_cast<std::uint8_t>(i >> 8);
    id.octets[15] = static_cast<std::uint8_t>(i);
    hashes.insert(std::hash<message_id>{}(id));
    buckets.insert(std::hash<message_id>{}(id) % 1024);
  }
  BOOST_TEST(hashes.size() == 1000u);
  // Thrown at random, 1,000 balls leave about 640 of 1,024 boxes filled.
  BOOST_TEST(buckets.size() > 500u);
  BOOST_TEST(uuid_hash::seed() == uuid_hash::seed());
}

BOOST_AUTO_TEST_SUITE_END()
