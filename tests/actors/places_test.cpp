#include "actors/places.hpp"

#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <random>
#include <thread>

#include "protocol/names.hpp"
#include "tests/actors/mmdb_writer.hpp"
#include "tests/protocol/random_seed.hpp"

namespace {

using namespace uod;
namespace mmdb = uod::test::mmdb;

/// A directory that goes away again.
class shelf {
 public:
  shelf() {
    std::string name = (std::filesystem::temp_directory_path() / "uod-places-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    root = name;
  }
  ~shelf() {
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
  }
  shelf(const shelf&) = delete;
  shelf& operator=(const shelf&) = delete;

  [[nodiscard]] std::filesystem::path write(const std::string& octets) const {
    auto file = root / "places.mmdb";
    // A new file each time: an open one may not change.
    std::filesystem::remove(file);
    std::ofstream(file, std::ios::binary) << octets;
    return file;
  }

  std::filesystem::path root;
};

std::string names(std::string_view english, std::string_view german) {
  return mmdb::map(
      {{"geoname_id", mmdb::uint32(42)},
       {"names", mmdb::map({{"de", mmdb::text(german)}, {"en", mmdb::text(english)}})}});
}

/// A record as GeoLite2-City has them, with things that nobody asks for before and between.
std::string city_and_country(std::string_view city, std::string_view country) {
  return mmdb::map({{"city", names(city, "Stadt")},
                    {"continent", names("Europe", "Europa")},
                    {"location", mmdb::map({{"latitude", mmdb::real(52.5)}})},
                    {"country", names(country, "Land")},
                    {"subdivisions", mmdb::array({names("Berlin", "Berlin")})}});
}

std::string country_alone(std::string_view country) {
  return mmdb::map({{"continent", names("Europe", "Europa")}, {"country", names(country, "Land")}});
}

mmdb::database some_places() {
  mmdb::database places;
  places.put("198.51.100.0", 24, city_and_country("Berlin", "Germany"));
  places.put("203.0.113.0", 25, country_alone("Germany"));
  places.put("203.0.113.128", 25, city_and_country("Singapore", "Singapore"));
  places.put("2001:db8:1::", 48, city_and_country("Zürich", "Switzerland"));
  return places;
}

place_finder finder_of(const shelf& at, const std::string& octets) {
  auto opened = place_finder::open(at.write(octets));
  BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : to_text(opened.error())));
  return std::move(*opened);
}

std::string place_in(const std::string& record) {
  const shelf at;
  mmdb::database places;
  places.put("192.0.2.0", 24, record);
  return finder_of(at, places.file()).place_of("192.0.2.1");
}

error refusal(const std::filesystem::path& file) {
  const auto opened = place_finder::open(file);
  BOOST_REQUIRE(!opened.has_value());
  BOOST_TEST(opened.error().detail.starts_with(file.string() + ": "), opened.error().detail);
  return opened.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(places_of_addresses)

BOOST_AUTO_TEST_CASE(a_city_and_its_country) {
  const shelf at;
  const auto finder = finder_of(at, some_places().file());
  BOOST_TEST(finder.place_of("198.51.100.0") == "Berlin, Germany");
  BOOST_TEST(finder.place_of("198.51.100.255") == "Berlin, Germany");
  BOOST_TEST(finder.place_of("2001:db8:1::7") == "Zürich, Switzerland");
  BOOST_TEST(finder.place_of("203.0.113.5") == "Germany");
  BOOST_TEST(finder.place_of("203.0.113.200") == "Singapore");
  // As sockets write addresses.
  BOOST_TEST(finder.place_of("::ffff:198.51.100.7") == "Berlin, Germany");
  BOOST_TEST(finder.place_of("2001:db8:1::7%eth0") == "Zürich, Switzerland");
}

BOOST_AUTO_TEST_CASE(nothing_where_nothing_is_known) {
  const shelf at;
  const auto finder = finder_of(at, some_places().file());
  for (const std::string_view address :
       {"198.51.101.1", "127.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "2001:db8:2::1",
        "fe80::1%eth0", "", "unknown", "localhost", "198.51.100.7:7400", "198.51.100"}) {
    BOOST_TEST(finder.place_of(address) == "", address);
  }
}

BOOST_AUTO_TEST_CASE(a_database_of_ipv4_alone) {
  const shelf at;
  mmdb::database places(4);
  places.put("198.51.100.0", 24, city_and_country("Berlin", "Germany"));
  const auto finder = finder_of(at, places.file());
  BOOST_TEST(finder.place_of("198.51.100.7") == "Berlin, Germany");
  BOOST_TEST(finder.place_of("::ffff:198.51.100.7") == "Berlin, Germany");
  BOOST_TEST(finder.place_of("2001:db8:1::7") == "");
}

BOOST_AUTO_TEST_CASE(records_of_other_shapes) {
  BOOST_TEST(place_in(mmdb::map({{"city", names("Atlantis", "Atlantis")}})) == "Atlantis");
  BOOST_TEST(place_in(mmdb::map({})) == "");
  BOOST_TEST(place_in(mmdb::text("Berlin")) == "");
  BOOST_TEST(place_in(mmdb::map({{"city", mmdb::text("Berlin")}, {"country", mmdb::uint32(49)}})) ==
             "");
  BOOST_TEST(place_in(mmdb::map({{"country", mmdb::map({{"names", mmdb::array({})}})}})) == "");
  BOOST_TEST(place_in(mmdb::map(
                 {{"country", mmdb::map({{"names", mmdb::map({{"en", mmdb::real(1.5)}})}})}})) ==
             "");
  // Known in another language only.
  BOOST_TEST(place_in(mmdb::map(
                 {{"country", mmdb::map({{"names", mmdb::map({{"de", mmdb::text("Land")}})}})}})) ==
             "");
}

BOOST_AUTO_TEST_CASE(names_become_one_safe_line_of_bounded_length) {
  BOOST_TEST(place_in(city_and_country("Ber\nlin\x1b[2J\r", " Ger\tmany\x7f ")) ==
             "Ber lin[2J, Ger many");
  BOOST_TEST(place_in(city_and_country("\xff\xfe", "Germany")) == "Germany");
  BOOST_TEST(place_in(city_and_country("Ber\u202elin", "Germany")) == "Berlin, Germany");
  BOOST_TEST(place_in(city_and_country(std::string(95, 'x'), "Germany")) ==
             std::string(95, 'x') + ", Ger");
  std::string umlauts;
  for (int i = 0; i < 500; ++i) umlauts += "ü";
  const auto cut = place_in(city_and_country("x" + umlauts, "Germany"));
  BOOST_TEST(cut.size() == 99U);
  BOOST_TEST(cut.ends_with("ü"));
  BOOST_TEST(is_utf8(cut));
}

BOOST_AUTO_TEST_CASE(a_finder_moves_and_many_threads_ask_it) {
  const shelf at;
  auto first = finder_of(at, some_places().file());
  const auto finder = std::move(first);
  // What lies at its path does not matter any more.
  std::filesystem::remove_all(at.root);
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 1'000; ++round) {
        right += finder.place_of("198.51.100.7") == "Berlin, Germany" ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  BOOST_TEST(right == 4'000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(places_refused)

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_or_not_for_us) {
  const shelf at;
  const auto missing = refusal(at.root / "missing.mmdb");
  BOOST_TEST(code_name(missing.code) == "io_failed");
  BOOST_TEST(missing.detail.find("No such file or directory") != std::string::npos);
  BOOST_TEST(code_name(refusal(at.root).code) == "io_failed");
  BOOST_TEST(code_name(refusal(at.write("") / "below").code) == "io_failed");
  BOOST_TEST(code_name(refusal({}).code) == "io_failed");

  const auto locked = at.write(some_places().file());
  std::filesystem::permissions(locked, std::filesystem::perms::none);
  if (geteuid() != 0) {  // root reads everything
    BOOST_TEST(code_name(refusal(locked).code) == "permission_denied");
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_database) {
  const shelf at;
  for (const auto& octets : {std::string{}, std::string("listen = \"0.0.0.0:7400\"\n"),
                             std::string("\xab\xcd\xefMaxMind.com"), std::string(100'000, '\0')}) {
    const auto why = refusal(at.write(octets));
    BOOST_TEST(code_name(why.code) == "config_invalid");
    BOOST_TEST(why.detail.find("is not a MaxMind database") != std::string::npos, why.detail);
  }
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Opens it and asks about everywhere; what comes out is safe, whatever it is.
bool survives(const shelf& at, const std::string& octets) {
  const auto finder = place_finder::open(at.write(octets));
  if (!finder) return false;
  for (const auto address : {"198.51.100.7", "203.0.113.5", "203.0.113.200", "2001:db8:1::7",
                             "0.0.0.0", "255.255.255.255", "::1", "ffff::ffff"}) {
    const auto place = finder->place_of(address);
    BOOST_REQUIRE_LE(place.size(), place_octets_max);
    BOOST_REQUIRE(is_utf8(place));
    BOOST_REQUIRE(clean_line(place, place_octets_max) == place);
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(places_from_damaged_files)

BOOST_AUTO_TEST_CASE(cut_anywhere) {
  const shelf at;
  const auto whole = some_places().file();
  for (std::size_t size = 0; size < whole.size(); ++size) survives(at, whole.substr(0, size));
  // Cut from the front, what is left still ends as a database does.
  for (std::size_t size = 1; size < whole.size(); size += 7) survives(at, whole.substr(size));
  BOOST_TEST(survives(at, whole));
}

BOOST_AUTO_TEST_CASE(with_any_octet_changed) {
  const shelf at;
  const auto whole = some_places().file();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char other : {'\x00', '\xff', '\x20', '\xe0', '\x7f'}) {
      auto damaged = whole;
      if (damaged[i] == other) continue;
      damaged[i] = other;
      survives(at, damaged);
    }
  }
}

BOOST_AUTO_TEST_CASE(with_many_octets_changed) {
  std::mt19937_64 chance(tests::random_seed("places_from_damaged_files"));
  const shelf at;
  const auto whole = some_places().file();
  const auto values_at = whole.find("city");
  // Not the description at the end, which the tests above damage: libmaxminddb 1.7 leaks a little
  // when it refuses certain ones, which a leak checker would tell.
  const auto values_end = whole.rfind("\xab\xcd\xefMaxMind.com");
  int opened = 0;
  for (int round = 0; round < 3'000; ++round) {
    auto damaged = whole;
    const auto from = round % 2 == 0 ? values_at : 0;
    for (auto count = tests::draw(chance, 1, 20); count > 0; --count) {
      damaged[tests::draw(chance, from, values_end - 1)] = static_cast<char>(chance());
    }
    opened += survives(at, damaged) ? 1 : 0;
  }
  BOOST_TEST(opened > 1'000);
}

BOOST_AUTO_TEST_SUITE_END()
