#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <thread>

#include "storage/sqlite_maintenance.hpp"
#include "tests/storage/full_disk.hpp"
#include "tests/storage/sqlite_database.hpp"
#include "tests/storage/sqlite_shell.hpp"

// Checks and backups, beside a store that is open and in use.
namespace uod::storage::contract {
namespace {

struct cellar {
  sqlite_database shared;
  household home{shared};
  account_id alice = home.person("alice");
  account_id bob = home.person("bob");
  account_id carol = home.person("carol");
  chat_id chat = home.chat({alice, bob});
  temporary_directory shelf;
  std::filesystem::path copy = shelf.path() / "copy.db";

  cellar() {
    for (int i = 0; i < 100; ++i) home.say(chat, i % 2 == 0 ? alice : bob, bytes(500, 'x'));
    home.mark(chat, alice, 20, 10);
    must(home.change(account_change(put_contact{alice, bob})));
    must(home.change(account_change(set_premium{alice, true})));
    const bytes print(32, 'a');
    for (const account_id& who : {alice, bob}) {
      must(home.change(account_change(
          set_identity{who, first_key_of(who), print, "public", "sealed", "", 1'000, {}})));
    }
    must(home.change(account_change(add_chat_key{epoch_id(counted_id(9, 1)),
                                                 chat,
                                                 alice,
                                                 {{alice, print}, {bob, print}},
                                                 "record",
                                                 1'000})));
    for (std::uint64_t i = 1; i <= 3; ++i) {
      must(home.change(
          message_change(new_broadcast{message_id(counted_id(6, i)), alice, "to all"})));
    }
  }

  outcome<backup_report> back_up(bool replace = false, const progress_sink& progress = {}) {
    return back_up_sqlite({shared.file(), copy, replace}, progress);
  }
  [[nodiscard]] std::size_t files_on_shelf() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(shelf.path()), {}));
  }
};

constexpr const char* all_tables[] = {
    "accounts",   "devices",       "contacts",   "chats",         "chat_members",
    "messages",   "locks",         "codes",      "premium_codes", "premium_redemptions",
    "outbox",     "outbox_fields", "broadcasts", "locations",     "mail_counts",
    "identities", "chat_keys",     "chat_runs"};

/// How many rows one table has that the other has not.
std::string missing(sqlite_shell& shell, const std::string& table, const std::string& from,
                    const std::string& in) {
  return shell.run("SELECT count(*) FROM (SELECT * FROM " + from + "." + table +
                   " EXCEPT SELECT * FROM " + in + "." + table + ")");
}

/// The step that found something; there must be exactly this one.
void expect_only(const std::filesystem::path& file, const std::string& step) {
  const auto report = must(check_sqlite(file));
  for (const check_step& one : report.steps) {
    BOOST_TEST_CONTEXT(one.name << (one.findings.empty() ? "" : ": " + one.findings[0])) {
      BOOST_TEST((one.findings_count > 0) == (one.name == step));
      BOOST_TEST(one.findings.empty() == (one.findings_count == 0));
    }
  }
  BOOST_TEST((report.findings_count() > 0) == !step.empty());
  // Who only reads cannot tidy up what SQLite has put beside the file.
  if (file.filename() == "copy.db") {
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  }
}

/// Fills a real small disk in a namespace of our own with a backup. 0: as it should be; 77: not
/// permitted here; otherwise the number of the check that failed.
int back_up_onto_a_full_disk(const std::filesystem::path& file,
                             const std::filesystem::path& place) {
  const int flags = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
  if (::unshare(flags) != 0) return 77;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (::mount("uod-test", place.c_str(), "tmpfs", 0, "size=64k") != 0) return 77;
  const auto full = back_up_sqlite({file, place / "copy.db"});
  if (full) return 1;
  if (full.error().code != errc::storage_full) return 2;
  if (std::filesystem::directory_iterator(place) != std::filesystem::directory_iterator()) return 3;
  if (::mount("uod-test", place.c_str(), "tmpfs", MS_REMOUNT, "size=8m") != 0) return 77;
  return back_up_sqlite({file, place / "copy.db"}) ? 0 : 4;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_maintenance)

BOOST_FIXTURE_TEST_CASE(a_backup_is_the_same_row_by_row, cellar) {
  const auto report = must(back_up());
  BOOST_TEST(report.version == newest_sqlite_version());
  BOOST_TEST(report.octets == std::filesystem::file_size(copy));
  BOOST_TEST(files_on_shelf() == 1U);
  struct stat about {};
  BOOST_TEST_REQUIRE(::stat(copy.c_str(), &about) == 0);
  BOOST_TEST((about.st_mode & 0777U) == 0600U);

  sqlite_shell shell(shared.file());
  shell.run("ATTACH '" + copy.string() + "' AS copy");
  for (const char* table : all_tables) {
    BOOST_TEST(missing(shell, table, "main", "copy") == "0\n");
    BOOST_TEST(missing(shell, table, "copy", "main") == "0\n");
  }
  BOOST_TEST(shell.run("SELECT count(*) FROM copy.messages") == "100\n");
}

BOOST_FIXTURE_TEST_CASE(a_backup_is_one_moment_while_a_writer_writes_on, cellar) {
  for (int i = 0; i < 3'000; ++i) home.say(chat, alice, bytes(500, 'y'));
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> written = 0;
  std::thread writer([&] {
    while (!over) {
      home.say(chat, bob, bytes(500, 'z'));
      ++written;
    }
  });
  std::uint64_t looks = 0;
  std::uint64_t written_meanwhile = 0;
  const auto report = back_up(false, [&](const work_progress& now) {
    // Goes on only once the writer has written again: they are at it together.
    if (now.step == "copying") {
      const std::uint64_t before = written;
      while (written == before) std::this_thread::yield();
      written_meanwhile += written - before;
      ++looks;
    }
    return true;
  });
  over = true;
  writer.join();
  must(report);
  BOOST_TEST(looks > 1U);
  BOOST_TEST(written_meanwhile >= looks);

  // Restored as an administrator does it, it is a whole store of its own.
  const auto restored = must(open_sqlite({copy, durability::process_crash}));
  const std::uint64_t last = must(must(restored->make_reader())->last_position());
  BOOST_TEST(last >= 3'030U);
  BOOST_TEST(last < must(home.reads->last_position()));
  sqlite_shell shell(shared.file());
  shell.run("ATTACH '" + copy.string() + "' AS copy");
  BOOST_TEST(shell.run("SELECT count(*) FROM copy.messages") == std::to_string(last) + "\n");
  for (const char* table : {"accounts", "devices", "contacts", "messages", "broadcasts"}) {
    BOOST_TEST(missing(shell, table, "copy", "main") == "0\n");
  }
  BOOST_TEST(shell.run("SELECT last_seq, last_position FROM copy.chats") ==
             std::to_string(last) + "|" + std::to_string(last) + "\n");
  expect_only(copy, "");
  expect_only(shared.file(), "");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_there_is_replaced_only_on_demand, cellar) {
  write_file(copy, "precious");
  BOOST_TEST(code_of(back_up()) == errc::not_allowed);
  BOOST_TEST(read_file(copy) == "precious");
  must(back_up(true));
  expect_only(copy, "");
  BOOST_TEST(files_on_shelf() == 1U);
  // One that appears while the copy is made is not replaced either.
  std::filesystem::remove(copy);
  const auto late = back_up(false, [&](const work_progress& now) {
    if (now.step == "verifying") write_file(copy, "precious");
    return true;
  });
  BOOST_TEST(code_of(late) == errc::storage_failed);
  BOOST_TEST(read_file(copy) == "precious");
  BOOST_TEST(files_on_shelf() == 1U);
}

BOOST_FIXTURE_TEST_CASE(targets_that_would_spoil_something_are_refused, cellar) {
  const auto onto = [&](const std::filesystem::path& target) {
    return code_of(back_up_sqlite({shared.file(), target, true}));
  };
  std::filesystem::create_symlink(shared.file(), shelf.path() / "link");
  for (const auto& same : {shared.file(), shelf.path() / "link"}) {
    const auto refused = back_up_sqlite({shared.file(), same, true});
    BOOST_TEST(code_of(refused) == errc::not_allowed);
    BOOST_TEST(refused.error().detail.find("is the database itself") != std::string::npos);
  }
  BOOST_TEST(onto(shelf.path()) == errc::not_allowed);
  BOOST_TEST(onto(shelf.path() / "no/such/place") == errc::storage_failed);
  write_file(copy.string() + "-wal", "of another database");
  BOOST_TEST(onto(copy) == errc::not_allowed);
  expect_only(shared.file(), "");
}

BOOST_FIXTURE_TEST_CASE(names_that_look_like_addresses_are_names, cellar) {
  const auto odd = shelf.path() / "a b?mode=memory#%41.db";
  must(back_up_sqlite({shared.file(), odd}));
  expect_only(odd, "");
}

BOOST_FIXTURE_TEST_CASE(a_backup_that_is_stopped_leaves_nothing, cellar) {
  for (const std::string at : {"copying", "verifying"}) {
    const auto stopped = back_up(false, [&](const work_progress& now) { return now.step != at; });
    BOOST_TEST(code_of(stopped) == errc::interrupted);
    BOOST_TEST(files_on_shelf() == 0U);
  }
  const auto stopped = check_sqlite(shared.file(), [](const work_progress&) { return false; });
  BOOST_TEST(code_of(stopped) == errc::interrupted);
}

BOOST_FIXTURE_TEST_CASE(a_backup_that_finds_no_room_leaves_nothing, cellar) {
  const disk_under_test disk;
  int failures = 0;
  for (int writes = 0;; ++writes) {
    disk_under_test::writes_left = writes;
    const auto report = back_up();
    disk_under_test::writes_left = -1;
    if (report) break;
    ++failures;
    BOOST_TEST_REQUIRE(report.error().code == errc::storage_full, to_text(report.error()));
    BOOST_TEST(report.error().detail.find(copy.string()) != std::string::npos);
    BOOST_TEST_REQUIRE(files_on_shelf() == 0U);
  }
  BOOST_TEST(failures > 10);
  expect_only(copy, "");
}

BOOST_FIXTURE_TEST_CASE(a_backup_onto_a_small_disk_leaves_nothing, cellar) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(back_up_onto_a_full_disk(shared.file(), shelf.path()));
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST_REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    std::cerr << "no file system can be mounted here: not tried\n";
    return;
  }
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_FIXTURE_TEST_CASE(damaged_pages_are_found_and_not_backed_up, cellar) {
  for (int i = 0; i < 300; ++i) home.say(chat, alice, bytes(500, 'y'));
  must(back_up());
  bytes content = read_file(copy);
  // Among the messages, on whole pages.
  const std::size_t last_page = content.rfind(bytes(500, 'y')) / 4096;
  for (std::size_t at = (last_page - 8) * 4096; at < last_page * 4096; ++at) content[at] = '\xa5';
  const auto damaged = shelf.path() / "damaged.db";
  write_file(damaged, content);
  const auto report = must(check_sqlite(damaged));
  BOOST_TEST(report.findings_count() > 0U);
  BOOST_TEST(report.steps[0].name == "structure");
  BOOST_TEST(report.steps[0].findings_count > 0U);
  const auto onto = shelf.path() / "again.db";
  BOOST_TEST(code_of(back_up_sqlite({damaged, onto})) == errc::database_corrupt);
  BOOST_TEST(!std::filesystem::exists(onto));
}

BOOST_FIXTURE_TEST_CASE(what_is_no_database_of_ours_is_told, cellar) {
  const auto file = shelf.path() / "other.db";
  BOOST_TEST(code_of(check_sqlite(file)) == errc::storage_failed);
  BOOST_TEST(code_of(sqlite_version(file)) == errc::storage_failed);
  BOOST_TEST(code_of(back_up_sqlite({file, copy})) == errc::storage_failed);
  write_file(file, "hello");
  BOOST_TEST(code_of(check_sqlite(file)) == errc::database_corrupt);
  BOOST_TEST(code_of(back_up_sqlite({file, copy})) == errc::database_corrupt);
  std::filesystem::remove(file);
  sqlite_shell(file).run("CREATE TABLE theirs (a)");
  BOOST_TEST(code_of(check_sqlite(file)) == errc::database_corrupt);
  BOOST_TEST(code_of(sqlite_version(file)) == errc::database_corrupt);
  BOOST_TEST(code_of(back_up_sqlite({file, copy})) == errc::database_corrupt);
  must(back_up());
  sqlite_shell(copy).run("PRAGMA user_version = 999");
  BOOST_TEST(code_of(check_sqlite(copy)) == errc::database_newer);
  BOOST_TEST(code_of(sqlite_version(copy)) == errc::database_newer);
}

BOOST_FIXTURE_TEST_CASE(a_good_database_has_no_findings, cellar) {
  must(home.change(account_change(delete_account{bob, 5'000})));
  expect_only(shared.file(), "");
  BOOST_TEST(must(sqlite_version(shared.file())) == newest_sqlite_version());
  const auto report = must(check_sqlite(shared.file()));
  BOOST_TEST(!report.older);
  BOOST_TEST(report.version == newest_sqlite_version());
}

BOOST_FIXTURE_TEST_CASE(each_broken_promise_is_found_by_its_step, cellar) {
  const std::pair<const char*, const char*> faults[] = {
      {"sequences", "UPDATE messages SET seq = 101 WHERE seq = 30"},
      {"sequences", "DELETE FROM messages WHERE seq = 7"},
      {"sequences", "DELETE FROM messages WHERE seq = 1"},
      {"sequences", "DELETE FROM messages WHERE seq = 100"},
      {"sequences", "DELETE FROM messages"},
      {"sequences", "UPDATE messages SET seq = 0 WHERE seq = 1"},
      {"sequences", "UPDATE messages SET position = 1000 WHERE seq = 7"},
      {"sequences",
       "INSERT INTO messages SELECT 1000, randomblob(16), chat_key, 101, sender_key, 1, 0, x'' "
       "FROM messages WHERE seq = 1"},
      {"sequences", "INSERT INTO chat_runs VALUES (99, 0, '1')"},
      {"sequences", "UPDATE chats SET tail = replace(tail, '65,1,', '66,0,')"},
      {"sequences", "UPDATE chat_runs SET run = 1"},
      {"sequences", "UPDATE chat_runs SET positions = '1,2,3'"},
      {"counters",
       "UPDATE chats SET tail = '', last_position = 64 "
       "WHERE last_seq = 100; DELETE FROM messages WHERE seq > 64"},
      {"counters", "UPDATE chats SET last_seq = 101"},
      {"counters", "UPDATE chats SET last_position = 99"},
      {"counters", "UPDATE chats SET last_sent_at_ms = 1"},
      {"counters", "UPDATE chats SET speaker_key = 99"},
      {"counters", "UPDATE chats SET speaks_from_seq = 1"},
      {"members", "UPDATE messages SET sender_key = 99 WHERE seq = 7"},
      {"members", "INSERT INTO chats (id, created_at_ms) VALUES (randomblob(16), 1)"},
      {"members", "UPDATE chat_members SET delivered_seq = 101, read_seq = 101"},
      {"members", "UPDATE chat_members SET delivered_seq = 3, read_seq = 4"},
      {"broadcasts", "DELETE FROM broadcasts WHERE seq = 2"},
      {"premium codes",
       "INSERT INTO premium_codes (id, stored, uses_max, uses, created_at_ms, expires_at_ms) "
       "VALUES (randomblob(16), x'01', 1, 2, 1, 0)"},
      {"identities", "UPDATE accounts SET identity = zeroblob(32) WHERE name = 'alice'"},
      {"identities", "DELETE FROM identities"},
      {"identities", "UPDATE accounts SET sealed_by_recovery = x'01' WHERE name = 'carol'"},
      {"chat keys",
       "UPDATE chat_keys SET maker_key = (SELECT key FROM accounts WHERE name = 'carol')"},
      {"deleted accounts", "UPDATE accounts SET deleted_at_ms = 1 WHERE name = 'bob'"},
      {"deleted accounts",
       "UPDATE accounts SET deleted_at_ms = 1, email = '', stored_auth_key = x'' "
       "WHERE name = 'alice'; DELETE FROM devices; DELETE FROM contacts; DELETE FROM locations"},
      {"references", "PRAGMA foreign_keys = OFF; INSERT INTO contacts VALUES (1, 99)"},
      {"references", "PRAGMA foreign_keys = OFF; UPDATE devices SET account_key = 99"},
  };
  for (const auto& [step, fault] : faults) {
    BOOST_TEST_CONTEXT(fault) {
      must(back_up(true));
      sqlite_shell(copy).run(fault);
      expect_only(copy, step);
    }
  }
}

// Who reads is told, and nobody gets another message than the one that was meant.
BOOST_FIXTURE_TEST_CASE(messages_that_are_not_where_they_should_be_are_not_given_out, cellar) {
  const std::pair<const char*, const char*> faults[] = {
      {"DELETE FROM chat_runs", "lacks message 64;"},
      {"UPDATE chat_runs SET positions = 'x'", "lacks message 64;"},
      {"UPDATE chats SET tail = ''", "lacks message 99;"},
      {"DELETE FROM messages WHERE seq = 1", "message 1 of chat"},
      {"UPDATE messages SET seq = 101 WHERE seq = 1", "message 1 of chat"},
  };
  for (const auto& [fault, told] : faults) {
    BOOST_TEST_CONTEXT(fault) {
      sqlite_database spoilt;
      std::filesystem::remove(spoilt.file());
      must(back_up_sqlite({shared.file(), spoilt.file()}));
      sqlite_shell(spoilt.file()).run(fault);
      household after(spoilt);
      const auto page = after.reads->history(alice, {chat, 0, 0, 100}, no_byte_bound);
      BOOST_REQUIRE(!page);
      BOOST_TEST(page.error().code == errc::storage_failed);
      BOOST_TEST(page.error().detail.find(told) != std::string::npos, page.error().detail);
      BOOST_TEST(page.error().detail.find("check the database") != std::string::npos);
      BOOST_TEST(code_of(after.reads->feed(alice, 0, 100, no_byte_bound)) == errc::storage_failed);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(findings_without_number_are_counted, cellar) {
  for (int i = 0; i < 50; ++i) home.chat({alice});
  sqlite_shell(shared.file()).run("UPDATE chats SET last_seq = 1 WHERE last_seq = 0");
  const auto report = must(check_sqlite(shared.file()));
  const auto step = std::ranges::find(report.steps, std::string("counters"), &check_step::name);
  BOOST_TEST_REQUIRE((step != report.steps.end()));
  BOOST_TEST(step->findings_count == 50U);
  BOOST_TEST(step->findings.size() == findings_told_max);
}

BOOST_FIXTURE_TEST_CASE(an_older_database_is_checked_as_far_as_it_goes, cellar) {
  must(back_up());
  sqlite_shell(copy).run("PRAGMA user_version = 1; DROP TABLE broadcasts");
  const auto report = must(check_sqlite(copy));
  BOOST_TEST(report.older);
  BOOST_TEST(report.version == 1U);
  BOOST_TEST(report.steps.size() == 2U);
  BOOST_TEST(report.findings_count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
