#include "config/client_config.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/config/machine.hpp"

namespace {

using namespace uod;
using uod::test::machine;
using names = std::vector<std::string>;

error refusal(const machine& desk, const client_overrides& flags = {}) {
  const auto loaded = load_client_config(flags, desk.around());
  BOOST_REQUIRE(!loaded.has_value());
  return loaded.error();
}

std::string origin(const loaded_client_config& loaded, std::string_view key) {
  const auto found = std::ranges::find(loaded.settings, key, &effective_setting::key);
  BOOST_REQUIRE(found != loaded.settings.end());
  return to_text(found->origin);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_config_loads)

BOOST_AUTO_TEST_CASE(alice_needs_no_file) {
  const machine desk;
  const auto loaded = load_client_config({}, desk.around());
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
  BOOST_TEST(loaded->config.servers == names{"localhost:7400"});
  BOOST_TEST(loaded->config.profile == "default");
  BOOST_TEST(loaded->config.state_dir == desk.root / "home/.local/state/uod");
  BOOST_TEST(loaded->config.timeout_s == 10U);
  BOOST_TEST(loaded->config.color == "auto");
  BOOST_TEST(loaded->config.credentials_store == "auto");
  BOOST_TEST(loaded->config.trust_fingerprint.empty());
}

BOOST_AUTO_TEST_CASE(flags_win_over_the_environment_and_that_over_the_file) {
  machine desk;
  const auto file = desk.write("home/.config/uod/config.toml",
                               "servers = [\"file:1\"]\n"
                               "profile = \"of-file\"\n"
                               "timeout_s = 20\n");
  desk.variables["UOD_SERVER"] = "env:1,[::1]:2";
  desk.variables["UOD_PROFILE"] = "of-env";
  desk.variables["UOD_STATE_DIR"] = "/srv/state";
  client_overrides flags;
  flags.servers = {"flag:1"};

  const auto loaded = load_client_config(flags, desk.around());
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
  BOOST_TEST(loaded->config.servers == names{"flag:1"});
  BOOST_TEST(loaded->config.profile == "of-env");
  BOOST_TEST(loaded->config.state_dir == "/srv/state");
  BOOST_TEST(loaded->config.timeout_s == 20U);
  BOOST_TEST(origin(*loaded, "servers") == "--server");
  BOOST_TEST(origin(*loaded, "profile") == "UOD_PROFILE");
  BOOST_TEST(origin(*loaded, "timeout_s") == file.string() + ":3");
  BOOST_TEST(origin(*loaded, "color") == "default");

  BOOST_TEST(load_client_config({}, desk.around())->config.servers == (names{"env:1", "[::1]:2"}));
  // An empty variable counts as not set.
  desk.variables["UOD_SERVER"] = "";
  BOOST_TEST(load_client_config({}, desk.around())->config.servers == names{"file:1"});
}

BOOST_AUTO_TEST_CASE(every_flag_reaches_its_setting) {
  const std::string fingerprint = "SHA256:" + std::string(43, 'A');
  const machine desk;
  client_overrides flags;
  flags.servers = {"a:1", "b:2"};
  flags.profile = "work";
  flags.state_dir = "/srv/alice";
  flags.timeout_s = 3;
  flags.fingerprint = fingerprint;
  flags.ca_file = "/srv/ca.pem";
  flags.no_color = true;
  const auto loaded = load_client_config(flags, desk.around());
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
  BOOST_TEST(loaded->config.servers == (names{"a:1", "b:2"}));
  BOOST_TEST(loaded->config.profile == "work");
  BOOST_TEST(loaded->config.state_dir == "/srv/alice");
  BOOST_TEST(loaded->config.timeout_s == 3U);
  BOOST_TEST(loaded->config.trust_fingerprint == fingerprint);
  BOOST_TEST(loaded->config.trust_ca_file == "/srv/ca.pem");
  BOOST_TEST(loaded->config.color == "never");
  BOOST_TEST(origin(*loaded, "trust.fingerprint") == "--server-fingerprint");
  BOOST_TEST(origin(*loaded, "trust.ca_file") == "--ca");
}

BOOST_AUTO_TEST_CASE(terminals_that_want_no_colour_get_none) {
  machine desk;
  desk.variables["TERM"] = "xterm";
  BOOST_TEST(load_client_config({}, desk.around())->config.color == "auto");
  desk.variables["TERM"] = "dumb";
  BOOST_TEST(load_client_config({}, desk.around())->config.color == "never");
  desk.variables["TERM"] = "xterm";
  desk.variables["NO_COLOR"] = "1";
  BOOST_TEST(load_client_config({}, desk.around())->config.color == "never");
}

BOOST_AUTO_TEST_CASE(a_log_in_is_kept_where_alice_says) {
  const machine desk;
  for (const std::string store : {"auto", "file", "secret-service"}) {
    desk.write("home/.config/uod/config.toml", "[credentials]\nstore = \"" + store + "\"\n");
    const auto loaded = load_client_config({}, desk.around());
    BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
    BOOST_TEST(loaded->config.credentials_store == store);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_config_refuses)

BOOST_AUTO_TEST_CASE(a_place_for_log_ins_that_there_is_not) {
  const machine desk;
  desk.write("home/.config/uod/config.toml", "[credentials]\nstore = \"keyring\"\n");
  BOOST_TEST(refusal(desk).detail.find("\"auto\", \"file\" or \"secret-service\"") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_profile_that_would_lead_out_of_the_state_directory) {
  const machine desk;
  for (const std::string profile :
       {"", ".", "..", "../bob", "a/b", ".hidden", "a b", "\xc3\xa4", "tab\t"}) {
    client_overrides flags;
    flags.profile = profile;
    const auto failure = refusal(desk, flags);
    BOOST_TEST(code_name(failure.code) == "usage", profile);
    BOOST_TEST(failure.detail.starts_with("--profile: "), failure.detail);
  }
  client_overrides flags;
  flags.profile = std::string(65, 'a');
  BOOST_TEST(refusal(desk, flags).detail.ends_with("not '.' first"));
  flags.profile = std::string(64, 'a');
  BOOST_TEST(load_client_config(flags, desk.around()).has_value());
}

BOOST_AUTO_TEST_CASE(servers_that_are_nowhere) {
  machine desk;
  for (const std::string server : {"localhost", "localhost:0", ":7400", "a:b", "a:1,", "a:1 "}) {
    desk.variables["UOD_SERVER"] = server;
    const auto failure = refusal(desk);
    BOOST_TEST(code_name(failure.code) == "config_invalid", server);
    BOOST_TEST(failure.detail.starts_with("UOD_SERVER: servers: "), failure.detail);
  }
  desk.variables.erase("UOD_SERVER");
  desk.write("home/.config/uod/config.toml", "servers = []\n");
  BOOST_TEST(refusal(desk).detail.find("[] was given; allowed: one or more HOST:PORT") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_fingerprint_of_the_wrong_shape_and_a_time_of_none) {
  const machine desk;
  for (const auto& fingerprint :
       {"SHA256:" + std::string(42, 'A'), "SHA256:" + std::string(44, 'A'),
        "sha256:" + std::string(43, 'A'), "SHA256:" + std::string(42, 'A') + ":"}) {
    client_overrides flags;
    flags.fingerprint = fingerprint;
    BOOST_TEST(refusal(desk, flags).detail.starts_with("--server-fingerprint: "), fingerprint);
  }
  for (const std::int64_t timeout_s : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{3'601}}) {
    client_overrides flags;
    flags.timeout_s = timeout_s;
    BOOST_TEST(refusal(desk, flags).detail == "--timeout: " + std::to_string(timeout_s) +
                                                  " was given; allowed: a whole number from 1 to "
                                                  "3600");
  }
}

BOOST_AUTO_TEST_CASE(a_home_that_is_nowhere_and_a_file_that_is_none) {
  machine desk;
  desk.write("home/.config/uod/config.toml/x", "");
  BOOST_TEST(refusal(desk).detail.find("is a directory") != std::string::npos);
  desk.variables.clear();
  BOOST_TEST(refusal(desk).detail.find("--state-dir DIR") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_wrong_file_is_not_wrong_usage_even_beside_a_wrong_flag) {
  const machine desk;
  desk.write("home/.config/uod/config.toml", "servers = 1\n");
  client_overrides flags;
  flags.timeout_s = 0;
  const auto failure = refusal(desk, flags);
  BOOST_TEST(code_name(failure.code) == "config_invalid");
  BOOST_TEST(std::ranges::count(failure.detail, '\n') == 1);
}

BOOST_AUTO_TEST_SUITE_END()
