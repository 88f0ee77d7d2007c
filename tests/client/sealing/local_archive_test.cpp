#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/client/sealing/household.hpp"
#include "tests/storage/sqlite_shell.hpp"

using namespace uod;
using namespace uod::tests;

/// The file itself: who may read it, and what becomes of a torn one.
BOOST_AUTO_TEST_SUITE(local_archive_file)

BOOST_AUTO_TEST_CASE(is_its_owners_alone) {
  const sealing_device hers(alice());
  struct stat status {};
  BOOST_REQUIRE(::stat(hers.file().c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_torn_one_is_told_and_left_as_it_is) {
  sealing_device hers(alice());
  const auto copy = hers.file().parent_path() / "torn.db";
  std::ofstream(copy, std::ios::binary) << bytes(5'000, 'x');
  BOOST_TEST((why(client::keyring::open(copy, alice().account, bytes(32, 'k'))) ==
              errc::database_corrupt));
  BOOST_TEST(std::filesystem::file_size(copy) == 5'000U);
}

BOOST_AUTO_TEST_CASE(one_of_an_earlier_version_goes_on) {
  sealing_server server;
  sealing_device hers(alice());
  sealing_device his(bob());
  const auto first = server.say(hers, "one");
  server.show_all(his);
  storage::contract::sqlite_shell(his.file().string())
      .run(
          "DROP INDEX messages_by_place;"
          "ALTER TABLE messages DROP COLUMN misplaced;"
          "ALTER TABLE messages DROP COLUMN doubtful;"
          "DROP INDEX peers_by_name;"
          "ALTER TABLE peers DROP COLUMN name_key;"
          "CREATE TABLE former_keys (account BLOB NOT NULL, fingerprint BLOB NOT NULL);"
          "CREATE UNIQUE INDEX messages_by_chat ON messages (chat, seq);"
          "PRAGMA user_version = 1");
  his.restart();
  auto second = server.say(hers, "two");
  second.seq = 1;
  const auto read = server.show(his, {second});
  BOOST_TEST(text_of(read[0]) == "two");
  BOOST_TEST(read[0].is_misplaced);
  BOOST_TEST(text_of(server.show(his, {first})[0]) == "one");
}

BOOST_AUTO_TEST_CASE(one_in_a_directory_that_is_not_there_is_told) {
  const auto opened = client::keyring::open("/nowhere/archive.db", alice().account, bytes(32, 'k'));
  BOOST_TEST((why(opened) == errc::storage_failed));
}

BOOST_AUTO_TEST_SUITE_END()
