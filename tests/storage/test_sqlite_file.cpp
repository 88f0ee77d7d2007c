#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <map>
#include <random>

#include "tests/storage/sqlite_database.hpp"
#include "tests/storage/sqlite_shell.hpp"

namespace uod::storage::contract {
namespace {

/// Every file of a directory with its content.
std::map<std::string, bytes> snapshot(const std::filesystem::path& directory) {
  std::map<std::string, bytes> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    found[entry.path().filename().string()] = read_file(entry.path());
  }
  return found;
}

/// A database in which two people have talked, closed.
void fill(sqlite_database& target) {
  household home(target);
  const account_id alice = home.person("alice");
  const chat_id chat = home.chat({alice, home.person("bob")});
  for (int i = 0; i < 100; ++i) home.say(chat, alice, bytes(500, 'x'));
}

void check_refused_and_untouched(sqlite_database& target, errc expected) {
  const auto before = snapshot(target.directory());
  const auto opened = target.open();
  BOOST_REQUIRE(!opened);
  BOOST_TEST(opened.error().code == expected);
  BOOST_TEST(opened.error().detail.find(target.file().string()) != std::string::npos,
             opened.error().detail);
  BOOST_TEST((snapshot(target.directory()) == before));
}

mode_t mode_of(const std::filesystem::path& file) {
  struct stat about {};
  BOOST_REQUIRE_EQUAL(::stat(file.c_str(), &about), 0);
  return about.st_mode & 0777;
}

/// Runs as a user who is nobody; root is not stopped by modes. The code of the error, or 0.
int opened_by_nobody(const std::filesystem::path& file) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(255);
    const auto opened = open_sqlite({file, durability::process_crash});
    ::_exit(opened ? 0 : static_cast<int>(opened.error().code));
  }
  int status = 0;
  BOOST_REQUIRE_EQUAL(::waitpid(child, &status, 0), child);
  BOOST_REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_file)

BOOST_AUTO_TEST_CASE(only_its_owner_may_read_it) {
  const mode_t mask = ::umask(0);
  sqlite_database alices;
  {
    household home(alices);
    home.person("alice");
    for (const char* suffix : {"", "-wal", "-shm"}) {
      BOOST_TEST(mode_of(alices.file().string() + suffix) == 0600U, suffix);
    }
  }
  ::umask(mask);
  BOOST_TEST(snapshot(alices.directory()).size() == 1U);  // closed, nothing is left beside it
}

BOOST_AUTO_TEST_CASE(a_newer_version_is_refused) {
  sqlite_database future;
  fill(future);
  sqlite_shell(future.file()).run("PRAGMA user_version = 1000");
  check_refused_and_untouched(future, errc::database_newer);
}

BOOST_AUTO_TEST_CASE(a_newer_version_that_is_only_in_the_log_is_refused) {
  sqlite_database future;
  fill(future);
  {
    sqlite_shell shell(future.file());
    shell.run("PRAGMA user_version = 1000; CREATE TABLE inventions (name TEXT)");
    shell.leave_log_on_close();
  }
  BOOST_REQUIRE(std::filesystem::file_size(future.file().string() + "-wal") > 0);
  const bytes before = read_file(future.file());
  const bytes log_before = read_file(future.file().string() + "-wal");
  BOOST_TEST(code_of(future.open()) == errc::database_newer);
  BOOST_TEST((read_file(future.file()) == before));
  BOOST_TEST((read_file(future.file().string() + "-wal") == log_before));
}

BOOST_AUTO_TEST_CASE(somebody_elses_database_is_refused) {
  sqlite_database browser;
  sqlite_shell(browser.file()).run("CREATE TABLE cookies (name TEXT); PRAGMA user_version = 1");
  check_refused_and_untouched(browser, errc::database_corrupt);
}

BOOST_AUTO_TEST_CASE(damage_is_told_and_left_as_it_is) {
  sqlite_database good;
  fill(good);
  const bytes whole = read_file(good.file());
  const std::size_t page = 4'096;
  BOOST_REQUIRE(whole.size() > 4 * page);
  const auto seed = std::random_device{}();
  std::cout << "seed of the garbage: " << seed << std::endl;
  std::mt19937 random(seed);
  bytes garbage(3 * page, '\0');
  for (char& one : garbage) one = static_cast<char>(random());

  const auto overwritten = [&](std::size_t at, const bytes& with) {
    bytes damaged = whole;
    damaged.replace(at, with.size(), with);
    return damaged;
  };
  const std::vector<std::pair<const char*, bytes>> damages = {
      {"nothing in it", ""},
      {"garbage", garbage},
      {"text", "dear diary"},
      {"half a header", whole.substr(0, 50)},
      {"a header alone", whole.substr(0, 100)},
      {"one page of it", whole.substr(0, page)},
      {"half of it", whole.substr(0, whole.size() / 2)},
      {"a page too few", whole.substr(0, whole.size() - page)},
      {"another magic", overwritten(0, "SQLITE")},
      {"an impossible page size", overwritten(16, bytes("\x12\x34", 2))},
      {"another page size", overwritten(16, bytes("\x02\x00", 2))},
      {"a future file format", overwritten(18, bytes("\x63\x63", 2))},
      {"no application id", overwritten(68, bytes(4, '\0'))},
      {"garbage for a schema", overwritten(100, garbage.substr(0, page - 100))},
      {"zeros for a schema", overwritten(100, bytes(page - 100, '\0'))},
      {"garbage behind the schema", overwritten(page, garbage.substr(0, 2 * page))},
  };
  for (const auto& [name, content] : damages) {
    BOOST_TEST_CONTEXT(name) {
      sqlite_database damaged;
      write_file(damaged.file(), content);
      check_refused_and_untouched(damaged, errc::database_corrupt);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_lost_table_is_told) {
  for (const std::string table : {"contacts", "chat_runs"}) {
    sqlite_database damaged;
    fill(damaged);
    sqlite_shell(damaged.file()).run("PRAGMA foreign_keys = OFF; DROP TABLE " + table);
    check_refused_and_untouched(damaged, errc::database_corrupt);
  }
}

BOOST_AUTO_TEST_CASE(damage_found_later_is_an_error_for_who_reads) {
  sqlite_database damaged;
  fill(damaged);
  bytes content = read_file(damaged.file());
  // The newest messages lie at the end; what opening looks at lies before.
  std::fill(content.end() - 4 * 4'096, content.end(), '\xee');
  write_file(damaged.file(), content);
  household home(damaged);
  const auto page = home.reads->history(nth_account(1), {nth_chat(1), 0, 0, 500}, no_byte_bound);
  BOOST_TEST(code_of(page) == errc::database_corrupt);
  BOOST_TEST(must(home.reads->account_by_id(nth_account(1))).has_value());
}

BOOST_AUTO_TEST_CASE(what_may_not_be_written_is_told) {
  sqlite_database alices;
  fill(alices);
  const bytes before = read_file(alices.file());
  constexpr int denied = static_cast<int>(errc::permission_denied);
  constexpr auto others = std::filesystem::perms::others_all;
  using std::filesystem::permissions;
  const auto add = std::filesystem::perm_options::add;
  if (::geteuid() != 0) {
    permissions(alices.file(), std::filesystem::perms::owner_read);
    BOOST_TEST(opened_by_nobody(alices.file()) == denied);
    permissions(alices.file(), std::filesystem::perms::owner_all);
    permissions(alices.directory(),
                std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    BOOST_TEST(opened_by_nobody(alices.file()) == denied);
    BOOST_TEST(opened_by_nobody(alices.directory() / "new.db") == denied);
    permissions(alices.directory(), std::filesystem::perms::owner_all);
  } else {
    BOOST_TEST(opened_by_nobody(alices.file()) == denied);  // the directory is root's
    permissions(alices.directory(),
                std::filesystem::perms::others_read | std::filesystem::perms::others_exec, add);
    BOOST_TEST(opened_by_nobody(alices.file()) == denied);  // the file is
    permissions(alices.file(), std::filesystem::perms::others_read, add);
    BOOST_TEST(opened_by_nobody(alices.file()) == denied);  // may be read only
    permissions(alices.file(), others, add);
    BOOST_TEST(opened_by_nobody(alices.file()) == denied);  // the directory takes no log
    BOOST_TEST(opened_by_nobody(alices.directory() / "new.db") == denied);
    permissions(alices.directory(), others, add);
    BOOST_TEST(opened_by_nobody(alices.file()) == 0);
  }
  BOOST_TEST((read_file(alices.file()) == before));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_is_told) {
  const temporary_directory nowhere;
  BOOST_TEST(code_of(open_sqlite({nowhere.path() / "missing" / "a.db", durability::power_loss})) ==
             errc::storage_failed);
  BOOST_TEST(code_of(open_sqlite({nowhere.path(), durability::power_loss})) ==
             errc::storage_failed);
  BOOST_TEST(snapshot(nowhere.path()).empty());
}

BOOST_AUTO_TEST_CASE(what_changes_nothing_writes_nothing) {
  sqlite_database shared;
  household home(shared);
  const account_id alice = home.person("alice");
  const account_id bob = home.person("bob");
  const chat_id chat = home.chat({alice, bob});
  const message said = home.say(chat, alice, "hi");
  must(home.mark(chat, bob, 1, 1));
  const bytes before = read_file(shared.file().string() + "-wal");
  must(home.mark(chat, bob, 1, 1));
  BOOST_TEST(must(home.send(said.id, chat, alice, "hi")).repeated);
  must(home.change(message_change(create_chat{chat, {alice, bob}})));
  BOOST_TEST((read_file(shared.file().string() + "-wal") == before));
  must(home.mark(chat, alice, 1, 0));
  BOOST_TEST((read_file(shared.file().string() + "-wal") != before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
