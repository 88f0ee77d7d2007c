#include <atomic>
#include <thread>

#include "storage/fair_turn.hpp"
#include "tests/storage/sqlite_database.hpp"

namespace uod::storage::contract {
namespace {

constexpr std::uint64_t commits = 100;
constexpr std::uint64_t rows_a_commit = 10;

/// Follows the feed until it has seen everything; what was wrong, or nothing. Positions are the
/// order of commits: nobody sees a hole that is filled later.
std::string follow(reader& reads, const account_id& who, const std::atomic<bool>& given_up) {
  std::uint64_t position = 0;
  while (position < commits * rows_a_commit) {
    if (given_up) return "a writer gave up";
    const auto page = reads.feed(who, position, 100, no_byte_bound);
    if (!page) return to_text(page.error());
    for (const message& one : page->messages) {
      if (one.position != position + 1) {
        return "position " + std::to_string(one.position) + " after " + std::to_string(position);
      }
      position = one.position;
    }
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_threads)

BOOST_AUTO_TEST_CASE(both_writers_and_the_readers_work_at_once) {
  sqlite_database shared(durability::power_loss);
  household home(shared);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const std::vector<chat_id> chats = {home.chat({alice, bob}), home.chat({alice})};
  std::vector<std::unique_ptr<reader>> readers;
  for (int i = 0; i < 2; ++i) readers.push_back(must(home.opened->make_reader()));

  std::atomic<bool> given_up = false;
  std::string of_messages;
  std::string of_accounts;
  std::vector<std::string> of_readers(readers.size());
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (std::uint64_t i = 0; i < commits && of_messages.empty(); ++i) {
      std::vector<message_change> changes;
      for (std::uint64_t k = 0; k < rows_a_commit; ++k) {
        changes.emplace_back(new_message{nth_message(i * rows_a_commit + k), chats[k % 2], alice,
                                         content_type::text, "text"});
      }
      const auto results = home.messages->commit(std::move(changes), i);
      if (!results) of_messages = to_text(results.error());
    }
    if (!of_messages.empty()) given_up = true;
  });
  threads.emplace_back([&] {
    for (std::uint64_t i = 1; i <= commits && of_accounts.empty(); ++i) {
      const std::vector<account_change> changes = {touch{alice, device_id{}, 1'000 + i}};
      const auto results = home.accounts->commit(changes);
      if (!results) of_accounts = to_text(results.error());
    }
  });
  for (std::size_t i = 0; i < readers.size(); ++i) {
    threads.emplace_back([&, i] { of_readers[i] = follow(*readers[i], alice, given_up); });
  }
  for (std::thread& one : threads) one.join();

  BOOST_TEST(of_messages == "");
  BOOST_TEST(of_accounts == "");
  for (const std::string& one : of_readers) BOOST_TEST(one == "");
  BOOST_TEST(must(home.reads->account_by_id(alice))->last_seen_ms == 1'000 + commits);
  for (const chat_id& chat : chats) {
    BOOST_TEST(must(home.reads->chat(chat, alice)).last_seq == commits * rows_a_commit / 2);
  }
}

/// Counts up each time the log begins anew: https://www.sqlite.org/fileformat2.html#walformat
std::string log_generation(const sqlite_database& of) {
  std::ifstream in(of.file().string() + "-wal", std::ios::binary);
  std::string header(32, '\0');
  in.read(header.data(), static_cast<std::streamsize>(header.size()));
  return header.substr(12, 4);
}

BOOST_AUTO_TEST_CASE(the_log_begins_anew_while_people_write) {
  sqlite_database shared(durability::power_loss);
  household home(shared);
  const account_id alice = home.person("alice");
  const chat_id chat = home.chat({alice});
  const std::string first = log_generation(shared);
  // 16 MiB of log ask for a checkpoint; how many commits go by meanwhile depends on the machine.
  std::uint64_t said = 0;
  while (log_generation(shared) == first && said < 500) {
    home.say(chat, alice, bytes(1'000'000, 'x'));
    ++said;
  }
  BOOST_TEST((log_generation(shared) != first));
  BOOST_TEST(said > 16U);
  BOOST_TEST(std::filesystem::file_size(shared.file()) > 16U * 1'000'000);
  home.reopen();
  BOOST_TEST(must(home.reads->chat(chat, alice)).last_seq == said);
}

BOOST_AUTO_TEST_CASE(a_turn_is_nobody_elses_meanwhile) {
  fair_turn turn;
  std::uint64_t counted = 0;  // not atomic: the turn is what protects it
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 2'000; ++k) {
        const std::lock_guard mine(turn);
        ++counted;
      }
    });
  }
  for (std::thread& one : threads) one.join();
  BOOST_TEST(counted == 6'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
