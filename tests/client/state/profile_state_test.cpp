#include "client/state/profile_state.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "protocol/password.hpp"
#include "tests/client/state/fresh_directory.hpp"

using namespace uod;
using namespace uod::client;
namespace fs = std::filesystem;

namespace {

template <class Id>
Id id_of(std::uint8_t last) {
  Id id;
  id.octets[15] = last;
  return id;
}

kept_login alices_login() {
  return {"alice",
          true,
          {id_of<account_id>(1), id_of<device_id>(2), bytes(token_octets, '\xf0')},
          {"localhost:7400", "[::1]:7401"}};
}

const endpoint nearby{"localhost", 7400};
const endpoint other{"localhost", 7401};

struct alice {
  fresh_directory place;
  profile_state profile = *profile_state::open(place.path / "state", "alice");
  fs::path file(const char* name) const { return profile.directory() / name; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(profile_states)

BOOST_FIXTURE_TEST_CASE(everything_lies_under_one_directory_for_its_owner_only, alice) {
  BOOST_REQUIRE(profile.keep_login(alices_login()).has_value());
  BOOST_REQUIRE(profile.pin(nearby, "SHA256:a").has_value());
  BOOST_REQUIRE(profile.keep_cursor(id_of<account_id>(1), {7, 1}).has_value());
  profile.keep_tls_session(nearby, "ticket");
  BOOST_TEST(mode_of(place.path / "state") == 0700u);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(place.path / "state")) {
    BOOST_TEST(mode_of(entry.path()) == (entry.is_directory() ? 0700u : 0600u));
    files += entry.is_regular_file() ? 1 : 0;
  }
  BOOST_TEST(files == 5);  // four and the lock: no litter
}

BOOST_FIXTURE_TEST_CASE(a_log_in_is_kept_and_forgotten, alice) {
  BOOST_TEST(!profile.login().value());
  BOOST_REQUIRE(profile.keep_login(alices_login()).has_value());
  auto later = *profile_state::open(place.path / "state", "alice");
  BOOST_TEST((later.login().value() == alices_login()));
  auto bobs = *profile_state::open(place.path / "state", "bob");
  BOOST_TEST(!bobs.login().value());
  BOOST_TEST(profile.forget_login().has_value());
  BOOST_TEST(!later.login().value());
}

BOOST_FIXTURE_TEST_CASE(a_torn_log_in_is_an_error_that_names_the_file_wherever_it_is_torn, alice) {
  BOOST_REQUIRE(profile.keep_login(alices_login()).has_value());
  const auto whole = content_of(file("credentials.json"));
  for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
    put_file(file("credentials.json"), whole.substr(0, length));
    const auto torn = profile.login();
    BOOST_REQUIRE(!torn);
    BOOST_TEST((torn.error().code == errc::config_invalid));
    BOOST_TEST(torn.error().detail.find("credentials.json is damaged") != std::string::npos);
    BOOST_TEST(content_of(file("credentials.json")).size() == length);  // left as it is
  }
}

BOOST_FIXTURE_TEST_CASE(files_of_another_shape_are_errors_and_no_crashes, alice) {
  const std::string good_ids = R"("account":"00000000-0000-0000-0000-000000000001","device":)"
                               R"("00000000-0000-0000-0000-000000000002")";
  for (const std::string& content :
       {std::string("[]"), std::string("null"), std::string("\xff\xfe"), std::string("{}"),
        std::string(20'000, '['), R"({"user":1,)" + good_ids + R"(,"token":"","servers":[]})",
        R"({"user":"a",)" + good_ids + R"(,"token":"zz","servers":[]})",
        R"({"user":"a",)" + good_ids + R"(,"token":"00","servers":[]})",
        R"({"user":"a",)" + good_ids + ",\"token\":\"" + std::string(64, '0') +
            R"(","servers":[1]})"}) {
    put_file(file("credentials.json"), content);
    put_file(file("servers.json"), content.starts_with("{") ? R"({"a":1})" : content);
    put_file(file("cursor.json"), content);
    put_file(file("sessions.json"), content);
    BOOST_TEST((profile.login().error().code == errc::config_invalid));
    BOOST_TEST((profile.pinned(nearby).error().code == errc::config_invalid));
    BOOST_TEST((profile.pin(nearby, "x").error().code == errc::config_invalid));
    BOOST_TEST((profile.pin_first(nearby, "x").error().code == errc::config_invalid));
    BOOST_TEST((profile.cursor(id_of<account_id>(1)).error().code == errc::config_invalid));
    BOOST_TEST(profile.tls_session(nearby).empty());
  }
  // What only speeds things up, or is replaced anyway, mends itself.
  profile.keep_tls_session(nearby, "new");
  BOOST_TEST(profile.tls_session(nearby) == "new");
  const stream_place mended{3, 1};
  BOOST_TEST(profile.keep_cursor(id_of<account_id>(1), mended).has_value());
  BOOST_TEST((profile.cursor(id_of<account_id>(1)).value() == mended));
}

BOOST_FIXTURE_TEST_CASE(the_first_key_of_a_server_is_pinned_and_another_refused, alice) {
  BOOST_TEST(!profile.pinned(nearby).value());
  BOOST_TEST(profile.pin_first(nearby, "SHA256:a").value());
  BOOST_TEST(!profile.pin_first(nearby, "SHA256:a").value());
  BOOST_TEST(profile.pin_first(other, "SHA256:b").value());
  const auto changed = profile.pin_first(nearby, "SHA256:b");
  BOOST_TEST((changed.error().code == errc::key_changed));
  BOOST_TEST(changed.error().detail.find("localhost:7400") != std::string::npos);
  BOOST_TEST(profile.pinned(nearby).value().value() == "SHA256:a");
  BOOST_TEST(profile.pin(nearby, "SHA256:b").has_value());  // on a person's word
  BOOST_TEST(profile.pinned(nearby).value().value() == "SHA256:b");
  BOOST_TEST(profile.pinned(other).value().value() == "SHA256:b");
}

BOOST_FIXTURE_TEST_CASE(a_cursor_belongs_to_an_account_and_never_goes_back, alice) {
  const auto me = id_of<account_id>(1);
  BOOST_TEST(!profile.cursor(me).value());
  const auto keeps = [&](const account_id& whose, stream_place at) {
    BOOST_REQUIRE(profile.keep_cursor(whose, at).has_value());
  };
  const auto stands_at = [&](const account_id& whose, stream_place at) {
    BOOST_TEST((profile.cursor(whose).value() == at), cursor_text(at));
  };
  keeps(me, {10, {}});
  keeps(me, {5, {}});
  stands_at(me, {10, {}});
  BOOST_TEST(!profile.cursor(id_of<account_id>(2)).value());
  // Messages and broadcasts go forward each for itself, and what is not known takes nothing away.
  keeps(me, {9, 4});
  stands_at(me, {10, 4});
  keeps(me, {12, 3});
  stands_at(me, {12, 4});
  keeps(me, {{}, 5});
  keeps(me, {13, {}});
  stands_at(me, {13, 5});
  keeps(id_of<account_id>(2), {3, 1});
  stands_at(id_of<account_id>(2), {3, 1});
}

BOOST_FIXTURE_TEST_CASE(a_cursor_goes_back_where_the_server_has_less, alice) {
  const auto me = id_of<account_id>(1);
  BOOST_REQUIRE(profile.keep_cursor(me, {10, 4}).has_value());
  BOOST_REQUIRE(profile.set_cursor_back(me, {7, 2}).has_value());
  BOOST_TEST((profile.cursor(me).value() == stream_place{7, 2}));
  BOOST_REQUIRE(profile.keep_cursor(me, {8, 1}).has_value());
  BOOST_TEST((profile.cursor(me).value() == stream_place{8, 2}));
}

BOOST_FIXTURE_TEST_CASE(a_cursor_that_was_kept_before_there_was_a_home_page_is_read, alice) {
  const auto me = id_of<account_id>(1);
  put_file(file("cursor.json"),
           R"({"account":"00000000-0000-0000-0000-000000000001","cursor":"p12"})");
  BOOST_TEST((profile.cursor(me).value() == stream_place{12, {}}));
  BOOST_REQUIRE(profile.keep_cursor(me, {11, 2}).has_value());
  BOOST_TEST((profile.cursor(me).value() == stream_place{12, 2}));
}

BOOST_FIXTURE_TEST_CASE(sessions_are_kept_a_server_and_bounded, alice) {
  const bytes ticket("\x00\xff\x1b", 3);
  profile.keep_tls_session(nearby, ticket);
  BOOST_TEST((profile.tls_session(nearby) == ticket));
  BOOST_TEST(profile.tls_session(other).empty());
  for (std::uint16_t port = 1; port < 100; ++port)
    profile.keep_tls_session({"localhost", port}, bytes(2'000, 'x'));
  BOOST_TEST(fs::file_size(file("sessions.json")) < 100'000u);
  BOOST_TEST(profile.tls_session({"localhost", 99}).size() == 2'000u);
}

BOOST_AUTO_TEST_CASE(a_profiles_name_leads_nowhere_else) {
  const fresh_directory place;
  const std::string too_long(65, 'x');
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string(".hidden"),
        std::string("a/b"), std::string("../a"), std::string("/etc"), std::string("a b"),
        std::string("ä"), std::string("a\nb"), too_long})
    BOOST_TEST((profile_state::open(place.path / "state", name).error().code == errc::usage));
  BOOST_TEST(!fs::exists(place.path / "state"));
  BOOST_TEST(profile_state::open(place.path / "state", "work-2.Alice_B").has_value());
}

BOOST_AUTO_TEST_CASE(a_directory_that_holds_other_things_keeps_its_mode) {
  const fresh_directory place;
  const auto crowded = place.path / "crowded";
  fs::create_directory(crowded);
  ::chmod(crowded.c_str(), 0755);
  put_file(crowded / "thesis.txt", "x");
  auto opened = profile_state::open(crowded, "alice");
  BOOST_REQUIRE(opened.has_value());
  BOOST_TEST(mode_of(crowded) == 0755u);
  BOOST_TEST(mode_of(crowded / "profiles") == 0700u);
  BOOST_TEST(opened->take_warnings().empty());

  const auto ours = place.path / "ours";
  fs::create_directory(ours);
  ::chmod(ours.c_str(), 0755);
  opened = profile_state::open(ours, "alice");
  BOOST_REQUIRE(opened.has_value());
  BOOST_TEST(mode_of(ours) == 0700u);
  BOOST_TEST(opened->take_warnings().size() == 1u);
  BOOST_TEST(opened->take_warnings().empty());
}

BOOST_AUTO_TEST_SUITE_END()
