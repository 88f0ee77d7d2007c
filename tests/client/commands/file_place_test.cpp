#include <boost/test/unit_test.hpp>
#include <fstream>

#include "client/commands/file_download.hpp"
#include "client/commands/file_part.hpp"
#include "client/commands/file_transfer.hpp"
#include "client/commands/file_upload.hpp"
#include "tests/client/state/fresh_directory.hpp"

using namespace uod;
using namespace uod::client;

/// Where a file goes that somebody sent, and what is known of one that is to be sent.
BOOST_AUTO_TEST_SUITE(file_places)

BOOST_AUTO_TEST_CASE(a_name_that_is_a_path_leads_nowhere) {
  const fresh_directory place;
  const auto directory = place.path.string();
  for (const std::string name : {"../x", "/etc/passwd", "a/b", "..", ".", "", "a\nb"}) {
    for (const auto& output : {std::string{}, directory, directory + "/chosen"}) {
      BOOST_TEST(!place_to_save(output, name).has_value());
    }
  }
  BOOST_TEST(place_to_save({}, "photo.jpg").value() == "photo.jpg");
  BOOST_TEST(place_to_save(directory, "photo.jpg").value() == place.path / "photo.jpg");
  BOOST_TEST(place_to_save(directory + "/chosen", "photo.jpg").value() == place.path / "chosen");
}

BOOST_AUTO_TEST_CASE(a_name_that_programs_heed_is_not_taken_unseen) {
  const fresh_directory place;
  for (const std::string name : {".bash_profile", "-rf"}) {
    BOOST_TEST((place_to_save({}, name).error().code == errc::not_allowed));
    BOOST_TEST((place_to_save(place.path.string(), name).error().code == errc::not_allowed));
    const auto chosen = (place.path / "chosen").string();
    BOOST_TEST(place_to_save(chosen, name).value() == chosen);
  }
}

BOOST_AUTO_TEST_CASE(a_part_is_one_programs_and_ones_own) {
  const fresh_directory place;
  part_file first(place.path / "photo.jpg");
  BOOST_REQUIRE(first.open(0).has_value());
  BOOST_TEST(first.write(0, "half").has_value());
  part_file second(place.path / "photo.jpg");
  BOOST_TEST((second.open(0).error().code == errc::not_allowed));
  BOOST_TEST(std::filesystem::file_size(first.path()) == 4U);
  put_file(place.path / "mine", "something");
  std::filesystem::create_hard_link(place.path / "mine", place.path / "other.jpg.part");
  part_file other(place.path / "other.jpg");
  BOOST_TEST((other.open(0).error().code == errc::not_allowed));
  BOOST_TEST(std::filesystem::file_size(place.path / "mine") == 9U);
}

BOOST_AUTO_TEST_CASE(a_file_that_shrinks_or_changes_is_noticed) {
  const fresh_directory place;
  const auto path = place.path / "notes.txt";
  put_file(path, "hello, world");
  const auto opened = source_file::open(path);
  BOOST_REQUIRE(opened.has_value());
  BOOST_TEST(opened->read(7, 5).value().view() == "world");
  BOOST_TEST(opened->check_unchanged().has_value());
  std::filesystem::resize_file(path, 9);
  BOOST_TEST((opened->read(7, 5).error().code == errc::io_failed));
  BOOST_TEST((opened->read(0, 5).error().code == errc::io_failed));
  BOOST_TEST(!opened->check_unchanged().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_not_opened) {
  const fresh_directory place;
  BOOST_TEST((source_file::open(place.path).error().code == errc::io_failed));
  BOOST_TEST((source_file::open(place.path / "nothing").error().code == errc::io_failed));
  BOOST_REQUIRE(::mkfifo((place.path / "pipe").c_str(), 0600) == 0);
  BOOST_TEST((source_file::open(place.path / "pipe").error().code == errc::io_failed));
}

BOOST_AUTO_TEST_CASE(what_was_begun_is_gone_on_with_while_the_file_is_the_same) {
  const fresh_directory place;
  const account_id alice(uuid{});
  auto keys = keyring::open(place.path / "archive.db", alice, bytes(32, 'k'));
  BOOST_REQUIRE(keys.has_value());
  const auto path = place.path / "notes.txt";
  put_file(path, "hello");
  const auto id_of = [](std::uint8_t number) {
    uuid id;
    id.octets[15] = number;
    return file_id(id);
  };
  upload_notes notes(*keys, chat_id(uuid{}));
  const auto take = [&](std::uint8_t fresh) {
    return notes.take_up(source_file::open(path).value(), id_of(fresh)).value();
  };
  auto first = take(1);
  const auto again = take(2);
  BOOST_TEST((again.id == id_of(1)));
  BOOST_TEST((again.key.view() == first.key.view()));
  first.announced = true;
  BOOST_TEST(notes.keep(first).has_value());
  BOOST_TEST(take(3).announced);
  put_file(path, "hello, world");
  const auto changed = take(4);
  BOOST_TEST((changed.id == id_of(4)));
  BOOST_TEST((changed.key.view() != first.key.view()));
  BOOST_TEST(notes.forget(id_of(4)).has_value());
  BOOST_TEST((take(5).id == id_of(5)));
  // Neither path nor key lies in the archive readably.
  std::ifstream in(place.path / "archive.db", std::ios::binary);
  const std::string raw{std::istreambuf_iterator<char>(in), {}};
  BOOST_TEST(raw.find("notes.txt") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(octets_for_people) {
  BOOST_TEST(octets_text(0) == "0 B");
  BOOST_TEST(octets_text(1'023) == "1023 B");
  BOOST_TEST(octets_text(1'536) == "1.5 KiB");
  BOOST_TEST(octets_text(100ULL << 20) == "100.0 MiB");
}

BOOST_AUTO_TEST_SUITE_END()
