#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <random>

#include "tests/storage/sqlite_database.hpp"

namespace uod::storage::contract {
namespace {

constexpr std::uint64_t chats = 5;

/// What a killed writer had been told was stored: the chat and its last seq, at each commit.
struct acknowledged {
  std::uint64_t chat;
  std::uint64_t seq;
};

/// Commits without end, and tells each success; lives until it is killed.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, int tell,
                                     std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto opened = open_sqlite({file, durability::power_loss});
  if (!opened) ::_exit(1);
  auto messages = (*opened)->make_message_writer();
  if (!messages) ::_exit(2);
  for (;;) {
    std::vector<message_change> changes;
    for (std::uint64_t i = 0; i < 1 + random() % 50; ++i) {
      const std::uint64_t chat = 1 + random() % chats;
      changes.emplace_back(new_message{message_id(counted_id(9, random())), nth_chat(chat),
                                       nth_account(1), content_type::text,
                                       bytes(random() % 2'000, 'x')});
    }
    auto results = (*messages)->commit(std::move(changes), 1);
    if (!results) ::_exit(3);
    for (const auto& result : *results) {
      const message& stored = std::get<message_stored>(*result).stored;
      acknowledged told{stored.chat.octets[15], stored.seq};
      if (::write(tell, &told, sizeof told) != sizeof told) ::_exit(4);
    }
  }
}

/// Changes accounts without end, each change with its mail, several to a commit; tells of each
/// commit up to which number all is stored. Lives until it is killed.
[[noreturn]] void cause_mails_until_killed(const std::filesystem::path& file, int tell,
                                           std::uint64_t next, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto opened = open_sqlite({file, durability::power_loss});
  if (!opened) ::_exit(1);
  auto accounts = (*opened)->make_account_writer();
  if (!accounts) ::_exit(2);
  for (;;) {
    std::vector<account_change> changes;
    for (std::uint64_t i = 0; i < 1 + random() % 20; ++i, ++next) {
      create_account wanted = registration(next, "person" + std::to_string(next));
      wanted.mails = {letter(next, "welcome")};
      wanted.mails[0].fields["padding"] = std::string(random() % 3'000, 'x');
      wanted.code = account_code{code_purpose::confirm_email, "code", 9'999, {}, {}};
      changes.emplace_back(std::move(wanted));
    }
    if (!(*accounts)->commit(changes)) ::_exit(3);
    const std::uint64_t stored = next - 1;
    if (::write(tell, &stored, sizeof stored) != sizeof stored) ::_exit(4);
  }
}

/// How many people there are: each of them has the mail that belongs to it, and there is no other.
std::uint64_t count_people_and_mails(household& home) {
  std::uint64_t people = 0;
  std::uint64_t after = 0;
  do {
    const outbox_page page = must(home.reads->outbox(after, 500));
    for (const outbox_row& one : page.mails) {
      ++people;
      BOOST_REQUIRE((one.mail.id == nth_mail(people)));
      BOOST_REQUIRE(must(home.reads->account_by_id(nth_account(people))).has_value());
      BOOST_REQUIRE(must(home.reads->device(nth_device(people))).has_value());
      BOOST_REQUIRE(must(home.reads->locations(nth_account(people))).size() == 1U);
    }
    after = page.next;
  } while (after != 0);
  BOOST_TEST(!must(home.reads->account_by_id(nth_account(people + 1))).has_value());
  return people;
}

/// Each chat holds 1, 2, 3 … up to at least what was acknowledged.
void check_whole(household& home, const std::vector<std::uint64_t>& acknowledged_seqs) {
  std::vector<std::uint64_t> held(chats + 1, 0);
  std::uint64_t position = 0;
  bool more = true;
  while (more) {
    const auto page = must(home.reads->feed(nth_account(1), position, 500, no_byte_bound));
    for (const message& one : page.messages) {
      BOOST_REQUIRE_EQUAL(one.seq, ++held[one.chat.octets[15]]);
      position = one.position;
    }
    more = page.more;
  }
  for (std::uint64_t chat = 1; chat <= chats; ++chat) {
    BOOST_TEST(held[chat] >= acknowledged_seqs[chat]);
    BOOST_TEST(must(home.reads->chat(nth_chat(chat), nth_account(1))).last_seq == held[chat]);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_crash)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_outlives_kill_9) {
  sqlite_database shared(durability::power_loss);
  {
    household home(shared);
    const account_id alice = home.person("alice");
    for (std::uint64_t i = 0; i < chats; ++i) home.chat({alice});
  }
  const std::uint64_t seed = std::random_device{}();
  std::cout << "seed of the crashes: " << seed << std::endl;
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> last(chats + 1, 0);
  for (int round = 0; round < 12; ++round) {
    int channel[2] = {-1, -1};
    BOOST_REQUIRE_EQUAL(::pipe(channel), 0);
    const pid_t child = ::fork();
    if (child == 0)
      write_until_killed(shared.file(), channel[1], seed + 1 + static_cast<unsigned>(round));
    ::close(channel[1]);
    // Killed after a random number of acknowledgements: somewhere inside the next commits.
    std::uint64_t left = 1 + random() % 1'500;
    acknowledged told{};
    bool killed = false;
    while (::read(channel[0], &told, sizeof told) == sizeof told) {
      last[told.chat] = told.seq;
      if (--left == 0) killed = ::kill(child, SIGKILL) == 0;
      if (killed) left = ~std::uint64_t{0};
    }
    ::close(channel[0]);
    int status = 0;
    BOOST_REQUIRE_EQUAL(::waitpid(child, &status, 0), child);
    BOOST_REQUIRE(killed);
    BOOST_REQUIRE(WIFSIGNALED(status));
    household home(shared);
    check_whole(home, last);
    // And the counting goes on.
    for (std::uint64_t chat = 1; chat <= chats; ++chat) {
      const std::uint64_t before = must(home.reads->chat(nth_chat(chat), nth_account(1))).last_seq;
      const auto sent = must(home.send(message_id(counted_id(8, random())), nth_chat(chat),
                                       nth_account(1), "after the crash"));
      BOOST_TEST(sent.stored.seq == before + 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(after_kill_9_a_mail_is_there_exactly_if_its_cause_is) {
  sqlite_database shared(durability::power_loss);
  must(shared.open());
  const std::uint64_t seed = std::random_device{}();
  std::cout << "seed of the crashes: " << seed << std::endl;
  std::mt19937_64 random(seed);
  std::uint64_t people = 0;
  for (int round = 0; round < 8; ++round) {
    int channel[2] = {-1, -1};
    BOOST_REQUIRE_EQUAL(::pipe(channel), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      cause_mails_until_killed(shared.file(), channel[1], people + 1,
                               seed + 1 + static_cast<unsigned>(round));
    }
    ::close(channel[1]);
    std::uint64_t left = 1 + random() % 60;
    std::uint64_t acknowledged = 0;
    std::uint64_t told = 0;
    bool killed = false;
    while (::read(channel[0], &told, sizeof told) == sizeof told) {
      acknowledged = told;
      if (!killed && --left == 0) killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(channel[0]);
    int status = 0;
    BOOST_REQUIRE_EQUAL(::waitpid(child, &status, 0), child);
    BOOST_REQUIRE(killed);
    BOOST_REQUIRE(WIFSIGNALED(status));
    household home(shared);
    people = count_people_and_mails(home);
    BOOST_TEST(people >= acknowledged);
    must(home.change(confirm_email_by_code{nth_account(people), "code", "", 1}));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
