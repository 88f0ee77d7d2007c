#include "config/private_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/client/state/fresh_directory.hpp"

using namespace uod;
using namespace uod::client;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(private_files)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_and_only_for_its_owner) {
  const fresh_directory place;
  const auto file = place.path / "secret";
  std::vector<std::string> warnings;
  BOOST_TEST(!read_private_file(file, warnings).value());
  const bytes content("a\0b", 3);
  BOOST_TEST(write_private_file(file, content).has_value());
  BOOST_TEST(mode_of(file) == 0600u);
  BOOST_TEST((read_private_file(file, warnings).value() == content));
  BOOST_TEST(write_private_file(file, "").has_value());
  BOOST_TEST((read_private_file(file, warnings).value() == ""));
  BOOST_TEST(warnings.empty());
  BOOST_TEST(remove_private_file(file).has_value());
  BOOST_TEST(remove_private_file(file).has_value());
  BOOST_TEST(std::distance(fs::directory_iterator(place.path), {}) == 0);  // nothing left behind
}

BOOST_AUTO_TEST_CASE(a_reader_sees_the_old_or_the_new_content_and_nothing_between) {
  const fresh_directory place;
  const auto file = place.path / "file";
  const bytes one(200'000, '1');
  const bytes two(100'000, '2');
  BOOST_REQUIRE(write_private_file(file, one).has_value());
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i)
      static_cast<void>(write_private_file(file, i % 2 == 0 ? two : one));
    over = true;
  });
  int torn = 0;
  while (!over) {
    std::vector<std::string> warnings;
    const auto seen = read_private_file(file, warnings);
    if (!seen || !*seen || (**seen != one && **seen != two)) ++torn;
  }
  writer.join();
  BOOST_TEST(torn == 0);
}

BOOST_AUTO_TEST_CASE(a_failed_write_leaves_the_old_file_and_no_litter) {
  const fresh_directory place;
  const auto file = place.path / "file";
  fs::create_directory(file);  // a rename over it fails
  const auto written = write_private_file(file, "new");
  BOOST_REQUIRE(!written);
  BOOST_TEST(written.error().detail.find(file.string()) != std::string::npos);
  BOOST_TEST(std::distance(fs::directory_iterator(place.path), {}) == 1);
}

BOOST_AUTO_TEST_CASE(a_mode_that_lets_others_in_is_tightened_and_told) {
  const fresh_directory place;
  const auto file = place.path / "file";
  put_file(file, "x");
  ::chmod(file.c_str(), 0644);
  std::vector<std::string> warnings;
  BOOST_TEST((read_private_file(file, warnings).value() == "x"));
  BOOST_TEST(mode_of(file) == 0600u);
  BOOST_REQUIRE(warnings.size() == 1u);
  BOOST_TEST(warnings[0].find(file.string()) != std::string::npos);

  const auto directory = place.path / "open";
  fs::create_directory(directory);
  ::chmod(directory.c_str(), 0755);
  BOOST_TEST(make_private_directory(directory, warnings).has_value());
  BOOST_TEST(mode_of(directory) == 0700u);
  BOOST_TEST(warnings.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_no_file_or_too_much_is_an_error_with_its_name) {
  const fresh_directory place;
  std::vector<std::string> warnings;
  const auto pipe = place.path / "pipe";
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  BOOST_TEST((read_private_file(pipe, warnings).error().code == errc::io_failed));
  BOOST_TEST((read_private_file(place.path, warnings).error().code == errc::io_failed));
  put_file(place.path / "big", std::string(private_file_bytes_max + 1, 'x'));
  const auto big = read_private_file(place.path / "big", warnings);
  BOOST_TEST((big.error().code == errc::too_large));
  BOOST_TEST(big.error().detail.find("big") != std::string::npos);
  const auto below = make_private_directory(place.path / "big" / "below", warnings);
  BOOST_TEST((below.error().code == errc::io_failed));
}

BOOST_AUTO_TEST_CASE(a_lock_is_for_one_at_a_time) {
  const fresh_directory place;
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      const auto held = file_lock::take(place.path / "lock");
      if (!held) continue;
      most = std::max<int>(most, ++inside);
      std::this_thread::yield();
      --inside;
    }
  };
  std::thread other(work);
  work();
  other.join();
  BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_SUITE_END()
