#include "client/state/secret_store.hpp"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "client/state/profile_state.hpp"
#include "protocol/password.hpp"
#include "tests/client/state/fresh_directory.hpp"
#include "tests/support/desktop.hpp"

using namespace uod;
using namespace uod::client;
using uod::test::desktop;
namespace fs = std::filesystem;

namespace {

/// This process belongs to that session bus, or to none.
struct on_bus {
  explicit on_bus(const std::string& address) {
    ::setenv("DBUS_SESSION_BUS_ADDRESS", address.c_str(), 1);
  }
  explicit on_bus(const desktop& session) : on_bus(session.bus_address()) {}
  ~on_bus() { ::unsetenv("DBUS_SESSION_BUS_ADDRESS"); }
  on_bus(const on_bus&) = delete;
  on_bus& operator=(const on_bus&) = delete;
};

template <class Id>
Id id_of(std::uint8_t last) {
  Id id;
  id.octets[15] = last;
  return id;
}

kept_login login_of(const std::string& user, std::uint8_t device, char octet) {
  return {user,
          false,
          {id_of<account_id>(1), id_of<device_id>(device), bytes(token_octets, octet)},
          {"localhost:7400"}};
}

std::string hex_of(char digit) { return std::string(token_octets * 2, digit); }

const auto first = login_of("alice", 2, '\x11');
const auto second = login_of("alice", 3, '\x22');

/// A session with an open keyring, and Alice's profile, whose tokens go there.
struct alice {
  desktop session;
  on_bus joined{session};
  fresh_directory place;

  alice() { session.start_keyring(); }

  profile_state starts(token_place where = token_place::keyring_if_any) const {
    return *profile_state::open(place.path / "state", "alice", {where, make_secret_service()});
  }
  fs::path directory() const { return place.path / "state" / "profiles" / "alice"; }
  std::string file() const { return content_of(directory() / "credentials.json"); }
  std::optional<std::string> in_keyring() const { return session.secret_of(directory()); }

  bool any_file_has(const std::string& secret) const {
    for (const auto& entry : fs::recursive_directory_iterator(place.path))
      if (entry.is_regular_file() && content_of(entry.path()).find(secret) != std::string::npos)
        return true;
    return false;
  }
};

bool tells(const std::vector<std::string>& warnings, const std::string& what) {
  return warnings.size() == 1 && warnings[0].find(what) != std::string::npos &&
         warnings[0].find('\n') == std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secret_stores)

BOOST_AUTO_TEST_CASE(what_is_kept_is_found_under_its_key_only_and_forgotten) {
  desktop session;
  session.start_keyring();
  const on_bus joined(session);
  const auto store = make_secret_service();
  BOOST_TEST(store->available());
  const secret_key phone{"/p", "a", "1", "UOD Messenger: alice at localhost:7400"};
  const secret_key desk{"/p", "a", "2", "two"};
  const secret_key others{"/q", "a", "1", "three"};
  BOOST_TEST(!store->find(phone).value());
  BOOST_TEST(store->keep(phone, "0").has_value());
  BOOST_TEST(store->keep(phone, "1").has_value());  // in its place
  BOOST_TEST(store->keep(desk, "2").has_value());
  BOOST_TEST(store->keep(others, "3").has_value());
  BOOST_TEST((store->find(phone).value() == "1"));
  BOOST_TEST((store->find(desk).value() == "2"));
  BOOST_TEST(!store->find({"/p", "b", "1", {}}).value());
  const auto labels = session.labels();
  BOOST_TEST(process::lines_of(labels).size() == 3U);
  BOOST_TEST(labels.find(phone.label + "\n") != std::string::npos);

  BOOST_TEST(store->forget_others(desk).has_value());
  BOOST_TEST(!store->find(phone).value());
  BOOST_TEST((store->find(desk).value() == "2"));
  BOOST_TEST(store->forget_others({"/p", {}, {}, {}}).has_value());
  BOOST_TEST(store->forget_others({"/p", {}, {}, {}}).has_value());
  BOOST_TEST(!store->find(desk).value());
  BOOST_TEST((store->find(others).value() == "3"));
}

BOOST_AUTO_TEST_CASE(a_session_without_one_says_why) {
  const secret_key key{"/p", "a", "1", "label"};
  const auto why = [&] {
    const auto store = make_secret_service();
    BOOST_TEST(!store->available());
    const auto kept = store->keep(key, "x");
    BOOST_REQUIRE(!kept);
    BOOST_TEST((kept.error().code == errc::io_failed));
    BOOST_TEST((store->find(key).error() == kept.error()));
    BOOST_TEST((store->forget_others(key).error() == kept.error()));
    return kept.error().detail;
  };
  const auto unset = why();
  BOOST_TEST(unset.find("DBUS_SESSION_BUS_ADDRESS is not set") != std::string::npos, unset);
  {
    const on_bus joined("unix:path=/nowhere/bus");
    const auto nowhere = why();
    BOOST_TEST(nowhere.find("no session bus at unix:path=/nowhere/bus") != std::string::npos,
               nowhere);
  }
  const desktop bare;
  const on_bus joined(bare);
  const auto nobody = why();
  BOOST_TEST(nobody.find("nothing on its bus offers") != std::string::npos, nobody);
}

BOOST_AUTO_TEST_CASE(asking_whether_there_is_one_starts_nothing) {
  const fresh_directory place;
  const auto trace = place.path / "started";
  const desktop session("/bin/sh -c '/usr/bin/touch " + trace.string() + "; exit 1'");
  const on_bus joined(session);
  const auto store = make_secret_service();
  BOOST_TEST(store->available());
  BOOST_TEST(!fs::exists(trace));
  // Only what needs it starts it. This one ends at once, and the bus tells.
  BOOST_TEST((store->keep({"/p", "a", "1", "label"}, "x").error().code == errc::io_failed));
  BOOST_TEST(fs::exists(trace));
}

BOOST_AUTO_TEST_CASE(a_bus_and_a_keyring_that_do_not_answer_are_given_up) {
  const secret_key key{"/p", "a", "1", "label"};
  const auto late = [](const error& why) {
    return why.code == errc::io_failed && why.detail.find("did not answer") != std::string::npos;
  };
  {
    desktop session;
    session.start_keyring();
    session.freeze_keyring();
    const on_bus joined(session);
    const auto store = make_secret_service();
    BOOST_TEST(late(store->keep(key, "x").error()));
    BOOST_TEST(late(store->find(key).error()));
    BOOST_TEST(store->available());  // a fault, not an absence
  }
  // Somebody who takes calls, and never says a word.
  const fresh_directory place;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (place.path / "bus").string().copy(address.sun_path, sizeof address.sun_path - 1);
  const int deaf = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BOOST_REQUIRE(::bind(deaf, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  BOOST_REQUIRE(::listen(deaf, 1) == 0);
  const on_bus joined("unix:path=" + (place.path / "bus").string());
  const auto store = make_secret_service();
  BOOST_TEST(store->available());
  BOOST_TEST(late(store->keep(key, "x").error()));
  ::close(deaf);
}

BOOST_AUTO_TEST_CASE(a_name_that_the_bus_cannot_carry_is_an_error) {
  desktop session;
  session.start_keyring();
  const on_bus joined(session);
  const auto store = make_secret_service();
  const secret_key key{"/p\xff", "a", "1", "label"};
  for (const auto& failure :
       {store->keep(key, "x").error(), store->find(key).error(), store->forget_others(key).error()})
    BOOST_TEST(failure.detail.find("not UTF-8") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tokens_in_a_keyring)

BOOST_FIXTURE_TEST_CASE(alice_logs_in_and_no_file_has_her_token, alice) {
  auto profile = starts();
  BOOST_REQUIRE(profile.keep_login(first).has_value());
  BOOST_TEST(profile.take_warnings().empty());
  BOOST_TEST(in_keyring().value_or("") == hex_of('1'));
  BOOST_TEST(session.labels() == "UOD Messenger: alice at localhost:7400\n");
  BOOST_TEST(!any_file_has(hex_of('1')));
  BOOST_TEST(!any_file_has(first.secret.token));
  BOOST_TEST(file().find("\"token_in\": \"secret-service\"") != std::string::npos);
  BOOST_TEST(mode_of(directory() / "credentials.json") == 0600u);

  // A restart finds it, also one that would keep new tokens elsewhere.
  for (const auto place_of_new :
       {token_place::keyring_if_any, token_place::keyring, token_place::file})
    BOOST_TEST((starts(place_of_new).login().value() == first));
  // Another profile does not.
  auto bobs = *profile_state::open(place.path / "state", "bob",
                                   {token_place::keyring_if_any, make_secret_service()});
  BOOST_TEST(!bobs.login().value());

  BOOST_TEST(starts().forget_login().has_value());
  BOOST_TEST(!in_keyring());
  BOOST_TEST(session.labels().empty());
  BOOST_TEST(!starts().login().value());
}

BOOST_FIXTURE_TEST_CASE(a_new_log_in_leaves_nothing_of_the_old_one, alice) {
  BOOST_REQUIRE(starts().keep_login(first).has_value());
  BOOST_REQUIRE(starts().keep_login(second).has_value());
  BOOST_TEST((starts().login().value() == second));
  BOOST_TEST(in_keyring().value_or("") == hex_of('2'));
  BOOST_TEST(process::lines_of(session.labels()).size() == 1U);

  // From the keyring into a file, and back.
  BOOST_REQUIRE(starts(token_place::file).keep_login(first).has_value());
  BOOST_TEST(!in_keyring());
  BOOST_TEST(any_file_has(hex_of('1')));
  BOOST_TEST((starts().login().value() == first));  // goes on working
  BOOST_REQUIRE(starts(token_place::keyring).keep_login(second).has_value());
  BOOST_TEST(!any_file_has(hex_of('1')));
  BOOST_TEST(!any_file_has(hex_of('2')));
  BOOST_TEST((starts().login().value() == second));
}

BOOST_FIXTURE_TEST_CASE(a_crash_leaves_the_old_log_in_or_the_new_one, alice) {
  BOOST_REQUIRE(starts().keep_login(first).has_value());
  const auto old_file = file();
  BOOST_REQUIRE(starts().keep_login(second).has_value());
  const auto new_file = file();
  // As it is when the file has not been replaced, and the old token not been removed yet.
  const auto store = make_secret_service();
  const secret_key old{directory().string(), to_text(first.secret.account),
                       to_text(first.secret.device), "left over"};
  BOOST_REQUIRE(store->keep(old, hex_of('1')).has_value());
  put_file(directory() / "credentials.json", old_file);
  BOOST_TEST((starts().login().value() == first));
  put_file(directory() / "credentials.json", new_file);
  BOOST_TEST((starts().login().value() == second));
  // The next log-in tidies up.
  BOOST_REQUIRE(starts().keep_login(second).has_value());
  BOOST_TEST(process::lines_of(session.labels()).size() == 1U);

  // A file that cannot be written leaves the old log-in.
  fs::remove(directory() / "credentials.json");
  fs::create_directory(directory() / "credentials.json");
  BOOST_TEST(!starts().keep_login(first).has_value());
  BOOST_TEST(in_keyring().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_locked_keyring_is_not_waited_for, alice) {
  BOOST_REQUIRE(starts().keep_login(first).has_value());
  session.lock_keyring();
  auto profile = starts();
  const auto none = profile.login();
  BOOST_TEST((none.error().code == errc::not_logged_in));
  BOOST_TEST(none.error().detail.find("the keyring is locked") != std::string::npos);

  const auto refused = starts(token_place::keyring).keep_login(second);
  BOOST_TEST((refused.error().code == errc::io_failed));
  BOOST_TEST(refused.error().detail.find("the keyring is locked") != std::string::npos);
  BOOST_TEST(refused.error().detail.find("credentials.store") != std::string::npos);
  session.start_keyring();  // opened again: the old log-in is as it was
  BOOST_TEST((starts().login().value() == first));
}

BOOST_FIXTURE_TEST_CASE(a_keyring_that_does_not_take_it_leaves_it_to_the_file, alice) {
  session.lock_keyring();
  auto profile = starts();
  BOOST_REQUIRE(profile.keep_login(first).has_value());
  BOOST_TEST(tells(profile.take_warnings(), "the keyring is locked"));
  BOOST_TEST(any_file_has(hex_of('1')));
  BOOST_TEST((starts().login().value() == first));

  // Nobody has made one yet: making one would ask for its password.
  desktop fresh;
  fresh.start_keyring(false);
  const on_bus elsewhere(fresh);
  auto later = starts();
  BOOST_REQUIRE(later.keep_login(second).has_value());
  BOOST_TEST(tells(later.take_warnings(), "no default keyring"));
  BOOST_TEST((starts().login().value() == second));
}

BOOST_FIXTURE_TEST_CASE(a_keyring_that_is_gone_or_empty_asks_for_a_new_log_in, alice) {
  BOOST_REQUIRE(starts().keep_login(first).has_value());
  const auto lacks = [&](const std::string& what) {
    const auto none = starts().login();
    BOOST_REQUIRE(!none);
    BOOST_TEST((none.error().code == errc::not_logged_in));
    BOOST_TEST(none.error().detail.find("alice") != std::string::npos);
    BOOST_TEST(none.error().detail.find(what) != std::string::npos, none.error().detail);
  };
  BOOST_REQUIRE(
      make_secret_service()->forget_others({directory().string(), {}, {}, {}}).has_value());
  lacks("has not got it any more");
  BOOST_REQUIRE(starts().keep_login(first).has_value());
  session.kill_keyring();
  lacks("has no secret service");
  auto profile = starts();
  BOOST_REQUIRE(profile.keep_login(second).has_value());
  BOOST_TEST(tells(profile.take_warnings(), "an earlier token is still in the keyring"));
  BOOST_TEST((starts().login().value() == second));
  BOOST_TEST(starts().forget_login().has_value());
}

BOOST_AUTO_TEST_CASE(without_a_desktop_the_file_is_used_without_a_word) {
  const fresh_directory place;
  const auto opened = [&](token_place where) {
    return *profile_state::open(place.path / "state", "alice", {where, make_secret_service()});
  };
  auto profile = opened(token_place::keyring_if_any);
  BOOST_REQUIRE(profile.keep_login(first).has_value());
  BOOST_TEST(profile.take_warnings().empty());
  BOOST_TEST((profile.login().value() == first));
  // Whoever insists gets an error, and keeps what there was.
  const auto refused = opened(token_place::keyring).keep_login(second);
  BOOST_TEST((refused.error().code == errc::io_failed));
  BOOST_TEST(refused.error().detail.find("DBUS_SESSION_BUS_ADDRESS") != std::string::npos);
  BOOST_TEST((profile.login().value() == first));
}

BOOST_AUTO_TEST_SUITE_END()
