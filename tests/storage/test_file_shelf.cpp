#include <sys/stat.h>

#include "storage/file_shelf.hpp"
#include "tests/storage/full_disk.hpp"
#include "tests/storage/sqlite_database.hpp"

// Where the octets of files lie.
namespace uod::storage::contract {
namespace {

struct one_shelf {
  temporary_directory place;
  std::filesystem::path files = place.path() / "files";
  file_shelf shelf{files, disk_under_test::full_pwrite};
  file_id id = file_id(counted_id(10, 1));
  std::filesystem::path named = files / "01" / to_text(id);

  [[nodiscard]] std::filesystem::path part() const { return named.string() + ".part"; }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat about {};
    BOOST_REQUIRE(::stat(path.c_str(), &about) == 0);
    return about.st_mode & 0777;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(files_on_the_shelf, one_shelf)

BOOST_AUTO_TEST_CASE(a_file_comes_in_pieces_and_gets_its_name_at_the_end) {
  must(shelf.write(id, 0, "hello, "));
  must(shelf.write(id, 7, "world"));
  BOOST_TEST(code_of(shelf.read(id, 0, 5)) == errc::no_such_file);  // not before it is whole
  BOOST_TEST(!shelf.is_finished(id));
  must(shelf.finish(id));
  must(shelf.finish(id));
  BOOST_TEST(must(shelf.read(id, 7, 5)) == "world");
  BOOST_TEST(code_of(shelf.read(id, 8, 5)) == errc::no_such_file);
  BOOST_TEST(!std::filesystem::exists(part()));
}

BOOST_AUTO_TEST_CASE(only_its_owner_reads_it) {
  const mode_t before = ::umask(0);
  must(shelf.write(id, 0, "x"));
  BOOST_TEST(mode_of(part()) == 0600);
  must(shelf.finish(id));
  ::umask(before);
  BOOST_TEST(mode_of(named) == 0600);
  BOOST_TEST(mode_of(named.parent_path()) == 0700);
  BOOST_TEST(mode_of(files) == 0700);
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_part_as_it_was) {
  must(shelf.write(id, 0, "hello"));
  disk_under_test::writes_left = 0;
  const auto refused = shelf.write(id, 5, "more");
  disk_under_test::writes_left = -1;
  BOOST_TEST(code_of(refused) == errc::storage_full);
  BOOST_TEST(read_file(part()) == "hello");
  must(shelf.write(id, 5, "!"));
  BOOST_TEST(read_file(part()) == "hello!");
}

BOOST_AUTO_TEST_CASE(what_was_never_known_to_be_on_disk_is_cut) {
  must(shelf.write(id, 0, "known and not known"));
  must(shelf.cut(id, 5));
  BOOST_TEST(read_file(part()) == "known");
  BOOST_TEST(code_of(shelf.cut(id, 6)) == errc::no_such_file);
  must(shelf.cut(file_id(counted_id(10, 2)), 0));
}

BOOST_AUTO_TEST_CASE(it_goes_with_its_part) {
  must(shelf.write(id, 0, "x"));
  must(shelf.remove(id));
  BOOST_TEST(!std::filesystem::exists(part()));
  must(shelf.write(id, 0, "x"));
  must(shelf.finish(id));
  must(shelf.remove(id));
  must(shelf.remove(id));
  BOOST_TEST(!shelf.is_finished(id));
}

BOOST_AUTO_TEST_CASE(nobody_is_led_elsewhere_by_a_link) {
  must(shelf.write(id, 0, "x"));
  must(shelf.remove(id));
  const auto elsewhere = place.path() / "elsewhere";
  write_file(elsewhere, "mine");
  std::filesystem::create_symlink(elsewhere, part());
  BOOST_TEST(code_of(shelf.write(id, 0, "x")) == errc::storage_failed);
  BOOST_TEST(read_file(elsewhere) == "mine");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::storage::contract
