#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "tests/storage/full_disk.hpp"
#include "tests/storage/sqlite_database.hpp"
#include "tests/storage/sqlite_shell.hpp"

// A disk that fills up, in two ways: SQLite's own door to the system (`xSetSystemCall`) answers
// ENOSPC from a chosen write on, so that a commit fails at each of its writes in turn; and a small
// tmpfs, where the system allows one to be mounted.
namespace uod::storage::contract {
namespace {

int& writes_left = disk_under_test::writes_left;

std::vector<message_change> batch(std::uint64_t first, const chat_id& chat,
                                  const account_id& sender) {
  std::vector<message_change> changes;
  for (std::uint64_t i = first; i < first + 20; ++i) {
    changes.emplace_back(
        new_message{nth_message(i), chat, sender, content_type::text, bytes(700, 'x')});
  }
  changes.emplace_back(new_mark{chat, sender, first, first});
  return changes;
}

/// Fills a real small disk in a namespace of our own. 0: as it should be; 77: not permitted here;
/// otherwise the number of the check that failed.
int fill_a_real_disk(const std::filesystem::path& place) {
  const int flags = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
  if (::unshare(flags) != 0) return 77;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (::mount("uod-test", place.c_str(), "tmpfs", 0, "size=1m") != 0) return 77;
  const auto opened = open_sqlite({place / "messenger.db", durability::power_loss});
  if (!opened) return 1;
  auto accounts = (*opened)->make_account_writer();
  auto messages = (*opened)->make_message_writer();
  auto reads = (*opened)->make_reader();
  if (!accounts || !messages || !reads) return 2;
  const std::vector<account_change> people = {registration(1, "alice")};
  if (!(*accounts)->commit(people)) return 3;
  std::vector<message_change> first;
  first.emplace_back(create_chat{nth_chat(1), {nth_account(1)}});
  if (!(*messages)->commit(std::move(first), 1)) return 4;

  std::uint64_t stored = 0;
  for (;;) {
    const auto result = (*messages)->commit(batch(stored + 1, nth_chat(1), nth_account(1)), 1);
    if (!result) {
      if (result.error().code != errc::storage_full) return 5;
      break;
    }
    stored += 20;
    if (stored > 100'000) return 6;
  }
  if (stored == 0 || (*reads)->last_position() != stored) return 7;
  if (::mount("uod-test", place.c_str(), "tmpfs", MS_REMOUNT, "size=8m") != 0) return 77;
  const auto result = (*messages)->commit(batch(stored + 1, nth_chat(1), nth_account(1)), 1);
  if (!result) return 8;
  if (!result->front()) return 11;
  const auto* next = std::get_if<message_stored>(&result->front().value());
  if (next == nullptr || next->stored.seq != stored + 1 || next->repeated) return 9;
  return (*reads)->last_position() == stored + 20 ? 0 : 10;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_disk_full)

BOOST_AUTO_TEST_CASE(a_message_commit_that_finds_no_room_leaves_nothing) {
  sqlite_database shared;
  household home(shared);
  const account_id alice = home.person("alice");
  const chat_id chat = home.chat({alice, home.person("bob")});
  const disk_under_test disk;
  std::uint64_t stored = 0;
  int failures = 0;
  for (int writes = 0; writes < 200; ++writes) {
    writes_left = writes;
    auto failed = home.messages->commit(batch(stored + 1, chat, alice), 1);
    const bool full = !failed;
    writes_left = -1;
    if (full) {
      ++failures;
      BOOST_TEST(failed.error().code == errc::storage_full);
      BOOST_TEST(failed.error().detail.find(shared.file().string()) != std::string::npos);
      BOOST_TEST(must(home.reads->last_position()) == stored);
      failed = home.messages->commit(batch(stored + 1, chat, alice), 1);
    }
    // With room again, the same batch is new, and neither a seq nor a position was used up.
    for (const auto& result : must(failed)) {
      const message_result one = must(result);
      const auto* sent = std::get_if<message_stored>(&one);
      if (sent == nullptr) continue;
      ++stored;
      BOOST_TEST(!sent->repeated);
      BOOST_TEST(sent->stored.seq == stored);
      BOOST_TEST(sent->stored.position == stored);
    }
    if (!full) break;
  }
  BOOST_TEST(failures > 5);
  home.reopen();
  BOOST_TEST(must(home.reads->chat(chat, alice)).last_seq == stored);
  BOOST_TEST(home.say(chat, alice, "next").seq == stored + 1);
}

BOOST_AUTO_TEST_CASE(an_account_commit_that_finds_no_room_leaves_nothing) {
  sqlite_database shared;
  household home(shared);
  home.person("alice");
  const disk_under_test disk;
  const std::vector<account_change> changes = {registration(2, "bob"),
                                               put_contact{nth_account(1), nth_account(2)}};
  int failures = 0;
  for (int writes = 0; writes < 200; ++writes) {
    writes_left = writes;
    const auto result = home.accounts->commit(changes);
    writes_left = -1;
    if (result) break;
    ++failures;
    BOOST_TEST(result.error().code == errc::storage_full);
    BOOST_TEST(!must(home.reads->account_by_name("bob")).has_value());
  }
  BOOST_TEST(failures > 2);
  BOOST_TEST(must(home.reads->contacts(nth_account(1), "", 10)).contacts.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_mail_that_finds_no_room_takes_its_cause_along) {
  sqlite_database shared;
  household home(shared);
  const account_id alice = home.person("alice");
  const disk_under_test disk;
  put_device elsewhere = log_in({nth_device(10), alice, "phone", "", "token", 600, 600});
  elsewhere.warning = letter(1);
  for (int i = 0; i < 50; ++i) {
    elsewhere.warning->fields["field " + std::to_string(i)] = std::string(1'000, 'x');
  }
  count_failure failed{"alice", "net", 1'000, {1, 60'000}, {}, alice, {}, letter(2)};
  failed.unlock = account_code{code_purpose::unlock, "code", 9'000, {}, {}};
  const std::vector<account_change> changes = {elsewhere, failed};
  int failures = 0;
  for (int writes = 0; writes < 200; ++writes) {
    writes_left = writes;
    const auto result = home.accounts->commit(changes);
    writes_left = -1;
    if (result) {
      BOOST_TEST(must((*result)[0]).mails_queued == 1U);
      BOOST_TEST(must((*result)[1]).locked_now);
      break;
    }
    ++failures;
    BOOST_TEST(result.error().code == errc::storage_full);
    BOOST_TEST(!must(home.reads->device(nth_device(10))).has_value());
    BOOST_TEST(must(home.reads->locations(alice)).size() == 1U);
    BOOST_TEST((must(home.reads->name_lock("alice")) == lock_state{}));
    BOOST_TEST(home.waiting().empty());
  }
  BOOST_TEST(failures > 2);
  BOOST_TEST(home.waiting().size() == 2U);
  must(home.change(unlock_by_code{alice, "code", 1'000}));
}

BOOST_AUTO_TEST_CASE(a_migration_that_finds_no_room_leaves_the_old_version) {
  sqlite_database old;
  const auto first =
      std::filesystem::path(UOD_SOURCE_DIR) / "storage/migrations/sqlite/0001_first.sql";
  {
    sqlite_shell shell(old.file());
    shell.run(read_file(first));
    shell.run(
        "INSERT INTO accounts VALUES (1, x'01000000000000000000000000000001', 'alice', 'alice', "
        "'alice', 'a@example.org', 'a@example.org', x'', 1, 1, x'', 0, 1, 0)");
  }
  const disk_under_test disk;
  int failures = 0;
  for (int writes = 0; writes < 200; ++writes) {
    writes_left = writes;
    const auto opened = old.open();
    writes_left = -1;
    if (opened) break;
    ++failures;
    BOOST_TEST(opened.error().code == errc::storage_full);
    sqlite_shell shell(old.file());
    const std::string version = shell.run("PRAGMA user_version");
    BOOST_TEST((version >= "1\n" && version <= "9\n"));  // each is whole or not at all
    BOOST_TEST(shell.run("SELECT name FROM accounts; PRAGMA integrity_check") == "alice\nok\n");
  }
  BOOST_TEST(failures > 2);
  household home(old);
  BOOST_TEST(must(home.reads->account_by_name("alice")).has_value());
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_made_leaves_no_part_of_it) {
  const disk_under_test disk;
  for (const int writes : {0, 1, 2, 5, 10}) {
    sqlite_database shared;
    writes_left = writes;
    const auto opened = shared.open();
    writes_left = -1;
    BOOST_REQUIRE(!opened);
    BOOST_TEST(opened.error().code == errc::storage_full);
    BOOST_TEST(std::filesystem::is_empty(shared.directory()));
    must(shared.open());
  }
}

BOOST_AUTO_TEST_CASE(a_small_real_disk_fills_up_and_is_enlarged) {
  const temporary_directory place;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(fill_a_real_disk(place.path()));
  int status = 0;
  BOOST_REQUIRE_EQUAL(::waitpid(child, &status, 0), child);
  BOOST_REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    std::cout << "mounting a tmpfs is not permitted here; skipped" << std::endl;
    return;
  }
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
