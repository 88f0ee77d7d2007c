#include "tests/storage/household.hpp"

/// The register of files: who may begin, find and go on with one, and what becomes of it.
namespace uod::storage::contract {
namespace {

file_id nth_file(std::uint64_t number) { return file_id(counted_id(10, number)); }

constexpr std::uint64_t now_ms = 100ULL * 24 * 60 * 60 * 1000;

/// Alice and bob share a chat; mallory has one with bob.
struct filing_house {
  explicit filing_house(const database_maker& make) : home(make) { open(); }

  void open() {
    files.reset();
    files = must(home.opened->make_file_register());
  }
  void reopen() {
    files.reset();
    home.reopen();
    open();
  }
  outcome<file_record> begin(std::uint64_t number, const account_id& owner, const chat_id& where,
                             std::uint64_t size = 1'000, std::uint64_t at_ms = now_ms) {
    return files->begin({nth_file(number), where, owner, size, at_ms, 100'000});
  }

  household home;
  account_id alice = home.person("alice");
  account_id bob = home.person("bob");
  account_id mallory = home.person("mallory");
  chat_id chat = home.chat({alice, bob});
  chat_id notes = home.chat({alice});
  std::unique_ptr<file_register> files;
};

void a_file_is_begun_once_and_goes_on(const database_maker& make) {
  filing_house house(make);
  const auto first = must(house.begin(1, house.alice, house.chat));
  BOOST_TEST(first.fresh);
  BOOST_TEST(!first.complete);
  must(house.files->note_held(nth_file(1), 32, false, now_ms));
  house.reopen();
  const auto again = must(house.begin(1, house.alice, house.chat));
  BOOST_TEST(!again.fresh);
  BOOST_TEST(again.segments_held == 32U);
  must(house.files->note_held(nth_file(1), 40, true, now_ms));
  BOOST_TEST(must(house.begin(1, house.alice, house.chat)).complete);
}

void another_size_chat_or_owner_is_another_file(const database_maker& make) {
  filing_house house(make);
  must(house.begin(1, house.alice, house.chat));
  BOOST_TEST(code_of(house.begin(1, house.alice, house.chat, 1'001)) == errc::id_conflict);
  BOOST_TEST(code_of(house.begin(1, house.alice, house.notes)) == errc::id_conflict);
  BOOST_TEST(code_of(house.begin(1, house.bob, house.chat)) == errc::id_conflict);
}

void strangers_neither_begin_nor_find(const database_maker& make) {
  filing_house house(make);
  BOOST_TEST(code_of(house.begin(1, house.mallory, house.chat)) == errc::no_such_chat);
  must(house.begin(1, house.alice, house.chat));
  BOOST_TEST(code_of(house.files->find(nth_file(1), house.mallory)) == errc::no_such_file);
  BOOST_TEST(code_of(house.files->find(nth_file(2), house.alice)) == errc::no_such_file);
  const auto seen = must(house.files->find(nth_file(1), house.bob));
  BOOST_TEST(seen.owner == house.alice);
  BOOST_TEST(seen.size == 1'000U);
}

void an_account_has_so_many_octets(const database_maker& make) {
  filing_house house(make);
  must(house.begin(1, house.alice, house.chat, 60'000));
  must(house.files->note_held(nth_file(1), 1, true, now_ms));
  const auto left = 40'000 - 2 * file_overhead_octets;
  BOOST_TEST(code_of(house.begin(2, house.alice, house.chat, left + 1)) == errc::too_large);
  must(house.begin(2, house.alice, house.chat, left));
  BOOST_TEST(code_of(house.begin(3, house.alice, house.chat, 1)) == errc::too_large);
  // Another's are another's.
  must(house.begin(4, house.bob, house.chat, 100'000 - file_overhead_octets));
}

void unfinished_ones_are_few_and_the_idle_give_way(const database_maker& make) {
  filing_house house(make);
  for (std::uint64_t n = 1; n <= unfinished_files_max; ++n) {
    must(house.begin(n, house.alice, house.chat, 10, now_ms + n));
  }
  BOOST_TEST(code_of(house.begin(20, house.alice, house.chat, 10, now_ms + 20)) ==
             errc::not_allowed);
  // A complete one does not count.
  must(house.files->note_held(nth_file(8), 1, true, now_ms));
  must(house.begin(20, house.alice, house.chat, 10, now_ms + 20));
  // Nor does one that was left alone for so long.
  must(house.files->note_held(nth_file(1), 1, false, now_ms + file_idle_ms));
  must(house.begin(21, house.alice, house.chat, 10, now_ms + file_idle_ms + 3));
  must(house.files->find(nth_file(1), house.alice));
  BOOST_TEST(code_of(house.files->find(nth_file(2), house.alice)) == errc::no_such_file);
}

void what_nobody_goes_on_with_is_forgotten(const database_maker& make) {
  filing_house house(make);
  must(house.begin(1, house.alice, house.chat));
  must(house.begin(2, house.alice, house.chat));
  must(house.files->note_held(nth_file(2), 1, true, now_ms));
  BOOST_TEST(must(house.files->take_leave(now_ms + file_forgotten_ms, 10)).empty());
  const auto leaving = must(house.files->take_leave(now_ms + file_forgotten_ms + 1, 10));
  BOOST_TEST((leaving == std::vector{nth_file(1)}));
  BOOST_TEST(code_of(house.files->note_held(nth_file(1), 1, false, now_ms)) == errc::no_such_file);
  // Told again until its octets are gone.
  BOOST_TEST(must(house.files->take_leave(now_ms, 10)).size() == 1U);
  must(house.files->forget(leaving));
  BOOST_TEST(must(house.files->take_leave(now_ms, 10)).empty());
  BOOST_TEST(must(house.begin(1, house.alice, house.chat)).fresh);
  must(house.files->find(nth_file(2), house.bob));
}

void a_forgotten_one_begun_again_is_new(const database_maker& make) {
  filing_house house(make);
  must(house.begin(1, house.alice, house.chat));
  must(house.files->note_held(nth_file(1), 5, false, now_ms));
  must(house.files->take_leave(now_ms + file_forgotten_ms + 1, 10));
  const auto again = must(house.begin(1, house.alice, house.chat));
  BOOST_TEST(again.fresh);
  BOOST_TEST(again.segments_held == 0U);
}

void what_was_sent_to_others_stays(const database_maker& make) {
  filing_house house(make);
  must(house.begin(1, house.alice, house.chat));
  must(house.files->note_held(nth_file(1), 1, true, now_ms));
  must(house.begin(2, house.alice, house.chat));
  must(house.begin(3, house.alice, house.notes));
  must(house.files->note_held(nth_file(3), 1, true, now_ms));
  must(house.home.change(delete_account{house.alice, now_ms}));
  auto leaving = must(house.files->take_leave(now_ms, 10));
  std::sort(leaving.begin(), leaving.end());
  BOOST_TEST((leaving == std::vector{nth_file(2), nth_file(3)}));
  must(house.files->find(nth_file(1), house.bob));
  BOOST_TEST(code_of(house.begin(4, house.alice, house.chat)) == errc::no_such_chat);
}

}  // namespace

std::vector<contract_case> file_cases() {
  return {
      {"a_file_is_begun_once_and_goes_on", a_file_is_begun_once_and_goes_on},
      {"another_size_chat_or_owner_is_another_file", another_size_chat_or_owner_is_another_file},
      {"strangers_neither_begin_nor_find", strangers_neither_begin_nor_find},
      {"an_account_has_so_many_octets", an_account_has_so_many_octets},
      {"unfinished_ones_are_few_and_the_idle_give_way",
       unfinished_ones_are_few_and_the_idle_give_way},
      {"what_nobody_goes_on_with_is_forgotten", what_nobody_goes_on_with_is_forgotten},
      {"a_forgotten_one_begun_again_is_new", a_forgotten_one_begun_again_is_new},
      {"what_was_sent_to_others_stays", what_was_sent_to_others_stays},
  };
}

}  // namespace uod::storage::contract
