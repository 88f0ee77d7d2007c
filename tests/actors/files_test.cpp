#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>

#include "actors/file_store.hpp"
#include "protocol/sealing/sealed_file.hpp"
#include "tests/actors/household.hpp"
#include "tests/storage/sqlite_shell.hpp"

using namespace uod;
using uod::tests::household;

/// Alice brings a file into her chat with bob, segment by segment; he fetches it.
namespace {

struct post_room {
  household house;
  household::visitor alice = house.arrive("alice");
  household::visitor bob = house.arrive("bob");
  household::visitor mallory = house.arrive("mallory");
  chat_id chat = house.chat_of(alice, "bob");
  file_id id = file_id(tests::numbered(200));

  explicit post_room(server_config config = with_limits()) : house(std::move(config)) {}

  static server_config with_limits() {
    server_config config;
    config.limits.file_octets_max = 10'000'000;
    config.limits.files_account_octets_max = 15'000'000;
    return config;
  }

  /// As a client seals it: only its length says anything to the server.
  static bytes sealed(std::uint64_t size, std::uint64_t index) {
    const auto octets = file_segment_size(size, index) + aead_overhead_octets;
    return bytes(octets, static_cast<char>('a' + index % 26));
  }
  std::optional<std::uint64_t> begin(household::visitor& who, std::uint64_t size) {
    const auto* begun = who.out->answer<file_begun>(house.ask(who, begin_file{id, chat, size}));
    if (begun == nullptr) return {};
    return begun->segments_held;
  }
  std::uint32_t put(household::visitor& who, std::uint64_t size, std::uint64_t index) {
    return house.ask(who, put_file_segment{id, index, sealed(size, index)});
  }
  void put_all(std::uint64_t size) {
    for (std::uint64_t at = 0; at < file_segments(size); ++at) put(alice, size, at);
  }
  std::uint32_t fetch(household::visitor& who, std::uint64_t index) {
    return house.ask(who, fetch_file_segment{id, index});
  }
  [[nodiscard]] std::size_t files_on_disk() const {
    std::size_t count = 0;
    if (!std::filesystem::exists(house.files())) return 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(house.files())) {
      if (each.is_regular_file()) ++count;
    }
    return count;
  }
};

/// A disk on which no file grows past this: as good as full.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t octets) : ignored_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit less{octets, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &less);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, ignored_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  rlimit before_{};
  void (*ignored_)(int);
};

constexpr std::uint64_t big = 40 * file_segment_octets + 7;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(files, post_room)

BOOST_AUTO_TEST_CASE(bob_gets_what_alice_put) {
  BOOST_TEST(begin(alice, big).value() == 0U);
  put_all(big);
  BOOST_TEST(begin(alice, big).value() == 41U);
  for (std::uint64_t at = 0; at < 41; ++at) {
    const auto* found = bob.out->answer<file_segment>(fetch(bob, at));
    BOOST_REQUIRE(found != nullptr);
    BOOST_TEST((found->sealed == sealed(big, at)));
  }
  BOOST_TEST((bob.out->refusal(fetch(bob, 41)) == errc::no_such_file));
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_one_too) {
  BOOST_TEST(begin(alice, 0).value() == 0U);
  put_all(0);
  BOOST_TEST(bob.out->answer<file_segment>(fetch(bob, 0))->sealed.size() == aead_overhead_octets);
}

BOOST_AUTO_TEST_CASE(nobody_gets_it_before_it_is_complete) {
  begin(alice, big);
  put(alice, big, 0);
  BOOST_TEST((bob.out->refusal(fetch(bob, 0)) == errc::no_such_file));
}

BOOST_AUTO_TEST_CASE(a_segment_that_comes_twice_is_one_and_none_is_left_out) {
  begin(alice, big);
  BOOST_TEST(alice.out->answer<done>(put(alice, big, 0)) != nullptr);
  BOOST_TEST(alice.out->answer<done>(put(alice, big, 0)) != nullptr);
  BOOST_TEST((alice.out->refusal(put(alice, big, 2)) == errc::not_allowed));
  BOOST_TEST(begin(alice, big).value() == 1U);
  const auto odd = house.ask(alice, put_file_segment{id, 1, "short"});
  BOOST_TEST((alice.out->refusal(odd) == errc::malformed));
  const auto behind = house.ask(alice, put_file_segment{id, 41, "x"});
  BOOST_TEST((alice.out->refusal(behind) == errc::malformed));
}

BOOST_AUTO_TEST_CASE(a_file_is_its_owners_and_its_chats) {
  begin(alice, 5);
  BOOST_TEST((bob.out->refusal(put(bob, 5, 0)) == errc::no_such_file));
  BOOST_TEST((mallory.out->refusal(put(mallory, 5, 0)) == errc::no_such_file));
  const auto other = house.ask(mallory, begin_file{file_id(tests::numbered(201)), chat, 5});
  BOOST_TEST((mallory.out->refusal(other) == errc::no_such_chat));
  put_all(5);
  BOOST_TEST((mallory.out->refusal(fetch(mallory, 0)) == errc::no_such_file));
  BOOST_TEST(
      (mallory.out->refusal(house.ask(mallory, begin_file{id, chat, 5})) == errc::no_such_chat));
  BOOST_TEST((bob.out->refusal(house.ask(bob, begin_file{id, chat, 5})) == errc::id_conflict));
}

BOOST_AUTO_TEST_CASE(too_much_is_refused_with_a_sentence) {
  const auto large = house.ask(alice, begin_file{id, chat, 10'000'001});
  BOOST_TEST((alice.out->refusal(large) == errc::too_large));
  begin(alice, 10'000'000);
  const auto more = house.ask(alice, begin_file{file_id(tests::numbered(201)), chat, 5'000'001});
  BOOST_TEST((alice.out->refusal(more) == errc::too_large));
  BOOST_TEST(alice.out->answer<failure>(more)->reason.detail.find("15000000") != std::string::npos);
  BOOST_TEST(bob.out->answer<file_begun>(house.ask(
                 bob, begin_file{file_id(tests::numbered(202)), chat, 5'000'001})) != nullptr);
}

BOOST_AUTO_TEST_CASE(empty_files_are_not_free) {
  std::uint8_t begun = 0;
  // Finished one by one: their number is bounded by what the account may have.
  const auto one_more = [&] {
    id = file_id(tests::numbered(begun));
    if (!begin(alice, 0)) return false;
    put_all(0);
    ++begun;
    return true;
  };
  begin(alice, 10'000'000);
  id = file_id(tests::numbered(201));
  begin(alice, 15'000'000 - 10'000'000 - 20 * storage::file_overhead_octets);
  while (one_more()) BOOST_REQUIRE(begun < 100);
  BOOST_TEST(begun == 18);
}

BOOST_AUTO_TEST_CASE(a_full_disk_costs_nothing_that_was_taken) {
  begin(alice, big);
  std::uint64_t taken = 0;
  {
    const file_size_limit full(1'000'000);
    while (alice.out->answer<done>(put(alice, big, taken)) != nullptr) ++taken;
    BOOST_TEST((alice.out->refusal(put(alice, big, taken)) == errc::storage_full));
    BOOST_TEST(begin(alice, big).value() == taken);
  }
  BOOST_TEST(taken == 1'000'000 / (file_segment_octets + aead_overhead_octets));
  for (; taken < file_segments(big); ++taken) {
    BOOST_TEST(alice.out->answer<done>(put(alice, big, taken)) != nullptr);
  }
  for (std::uint64_t at = 0; at < file_segments(big); ++at) {
    BOOST_TEST((bob.out->answer<file_segment>(fetch(bob, at))->sealed == sealed(big, at)));
  }
}

BOOST_AUTO_TEST_CASE(segments_have_a_rate_like_other_requests) {
  auto config = with_limits();
  config.rates.request_account = rate{2, 1, 1'000, false};
  post_room strict(config);
  strict.begin(strict.alice, 5);
  for (int i = 0; i < 8; ++i) strict.put(strict.alice, 5, 0);
  const auto refused = strict.put(strict.alice, 5, 0);
  BOOST_TEST((strict.alice.out->refusal(refused) == errc::rate_limited));
}

BOOST_AUTO_TEST_CASE(a_node_that_takes_no_files_takes_no_empty_one) {
  auto config = with_limits();
  config.limits.file_octets_max = 0;
  post_room strict(config);
  const auto refused = strict.house.ask(strict.alice, begin_file{strict.id, strict.chat, 0});
  BOOST_TEST((strict.alice.out->refusal(refused) == errc::not_allowed));
}

BOOST_AUTO_TEST_CASE(a_crash_costs_what_was_not_synced) {
  begin(alice, big);
  for (std::uint64_t at = 0; at < segments_a_sync + 3; ++at) put(alice, big, at);
  BOOST_TEST(begin(alice, big).value() == segments_a_sync + 3);
  house.restart_files(false);
  BOOST_TEST((alice.out->refusal(put(alice, big, segments_a_sync + 3)) == errc::not_allowed));
  BOOST_TEST(begin(alice, big).value() == segments_a_sync);
  for (std::uint64_t at = segments_a_sync; at < 41; ++at) put(alice, big, at);
  for (std::uint64_t at = 0; at < 41; ++at) {
    BOOST_TEST((bob.out->answer<file_segment>(fetch(bob, at))->sealed == sealed(big, at)));
  }
}

BOOST_AUTO_TEST_CASE(an_end_in_order_costs_nothing) {
  begin(alice, big);
  for (std::uint64_t at = 0; at < 5; ++at) put(alice, big, at);
  house.restart_files(true);
  BOOST_TEST(begin(alice, big).value() == 5U);
}

BOOST_AUTO_TEST_CASE(a_crash_between_name_and_register_loses_nothing) {
  begin(alice, 5);
  put(alice, 5, 0);
  house.restart_files(true);
  storage::contract::sqlite_shell(house.database())
      .run("UPDATE files SET state = 0, segments_held = 0");
  BOOST_TEST(begin(alice, 5).value() == 1U);
  BOOST_TEST(bob.out->answer<file_segment>(fetch(bob, 0)) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_part_that_is_gone_is_sent_again) {
  begin(alice, big);
  for (std::uint64_t at = 0; at < 5; ++at) put(alice, big, at);
  house.restart_files(true);
  std::filesystem::remove_all(house.files());
  BOOST_TEST(begin(alice, big).value() == 0U);
  put_all(big);
  BOOST_TEST(bob.out->answer<file_segment>(fetch(bob, 40)) != nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_left_alone_for_a_week_goes_from_the_disk) {
  begin(alice, big);
  put(alice, big, 0);
  BOOST_TEST(files_on_disk() == 1U);
  house.pass(storage::file_forgotten_ms + file_tidy_ms);
  BOOST_TEST(files_on_disk() == 0U);
  BOOST_TEST(begin(alice, big).value() == 0U);
}

BOOST_AUTO_TEST_CASE(who_finds_no_room_comes_again) {
  begin(alice, big);
  while (house.node->file_room.take()) {
  }
  const auto refused = put(alice, big, 0);
  BOOST_TEST((alice.out->refusal(refused) == errc::overloaded));
  BOOST_TEST(alice.out->answer<failure>(refused)->reason.retry_after_ms >= 1U);
  house.node->file_room.give_back(file_queue_max);
  BOOST_TEST(alice.out->answer<done>(put(alice, big, 0)) != nullptr);
  BOOST_TEST(house.node->file_room.taken() == 0U);
  BOOST_TEST(alice.out->granted == alice.frames_sent);
}

BOOST_AUTO_TEST_CASE(chat_goes_before_segments_that_wait) {
  begin(alice, big);
  std::vector<client_message> read;
  for (std::uint32_t at = 0; at < 8; ++at) {
    read.push_back({100 + at, put_file_segment{id, at, sealed(big, at)}});
  }
  read.push_back(
      {200, send_message{message_id(tests::numbered(90)), chat, content_type::text, "hi"}});
  house.ask_all(alice, std::move(read));
  // Segments are worked on one after the other; a word is not behind them.
  const auto place = [&](std::uint32_t request) {
    const auto& said = alice.out->said;
    return std::find_if(said.begin(), said.end(),
                        [&](const auto& each) { return each.request == request; }) -
           said.begin();
  };
  BOOST_TEST(place(200) < place(107));
  BOOST_TEST(alice.out->answer<done>(107) != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
