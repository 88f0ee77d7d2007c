#include <algorithm>

#include "tests/storage/sqlite_database.hpp"
#include "tests/storage/sqlite_shell.hpp"

namespace uod::storage::contract {
namespace {

std::vector<std::filesystem::path> migration_files() {
  std::vector<std::filesystem::path> files;
  const auto directory = std::filesystem::path(UOD_SOURCE_DIR) / "storage/migrations/sqlite";
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string shape_of(const std::filesystem::path& file) {
  sqlite_shell shell(file);
  return shell.run(
      "PRAGMA application_id; PRAGMA user_version; PRAGMA integrity_check; "
      "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_migrations)

BOOST_AUTO_TEST_CASE(run_by_hand_they_make_what_the_program_makes) {
  sqlite_database by_program;
  must(by_program.open());
  sqlite_database by_hand;
  {
    sqlite_shell shell(by_hand.file());
    int version = 0;
    for (const auto& file : migration_files()) {
      shell.run(read_file(file));
      BOOST_TEST(shell.run("PRAGMA user_version") == std::to_string(++version) + "\n");
    }
    BOOST_TEST(version > 0);
  }
  BOOST_TEST(shape_of(by_hand.file()) == shape_of(by_program.file()));

  household home(by_hand);
  const account_id alice = home.person("alice");
  home.say(home.chat({alice, home.person("bob")}), alice, "hi");
  home.reopen();
  BOOST_TEST(must(home.reads->last_position()) == 1U);
  sqlite_shell shell(by_hand.file());
  BOOST_TEST(shell.run("PRAGMA journal_mode") == "wal\n");
}

BOOST_AUTO_TEST_CASE(each_is_whole_or_not_at_all) {
  // Run a second time, a migration fails on the first thing that is there already.
  sqlite_database bobs;
  must(bobs.open());
  const std::string before = shape_of(bobs.file());
  for (const auto& file : migration_files()) {
    sqlite3* handle = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_open(bobs.file().c_str(), &handle), SQLITE_OK);
    BOOST_TEST(sqlite3_exec(handle, read_file(file).c_str(), nullptr, nullptr, nullptr) !=
               SQLITE_OK);
    sqlite3_close(handle);
  }
  BOOST_TEST(shape_of(bobs.file()) == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
