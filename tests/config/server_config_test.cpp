#include "config/server_config.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/config/machine.hpp"

namespace {

using namespace uod;
using uod::test::machine;

/// What is wrong with a configuration file of this text, its path written as FILE.
std::string complaint(const std::string& text) {
  const machine node;
  const auto file = node.write("node.toml", text);
  const auto loaded = load_server_config(file, {}, node.around());
  if (loaded) return "nothing";
  BOOST_TEST(code_name(loaded.error().code) == "config_invalid");
  auto detail = loaded.error().detail;
  for (auto at = detail.find(file.string()); at != std::string::npos;
       at = detail.find(file.string())) {
    detail.replace(at, file.string().size(), "FILE");
  }
  return detail;
}

effective_setting setting_named(const loaded_server_config& loaded, std::string_view key) {
  const auto found = std::ranges::find(loaded.settings, key, &effective_setting::key);
  BOOST_REQUIRE(found != loaded.settings.end());
  return *found;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_config_loads)

BOOST_AUTO_TEST_CASE(a_node_without_a_file_runs_on_defaults) {
  const machine node;
  const auto loaded = load_server_config({}, {}, node.around());
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
  BOOST_TEST(!loaded->file.has_value());
  BOOST_TEST(loaded->config.listen == "0.0.0.0:7400");
  BOOST_TEST(loaded->config.tls_key == "rsa:3072");
  BOOST_TEST(loaded->config.limits.connections_max == 20'000U);
  BOOST_TEST(loaded->config.data_dir == node.root / "home/.local/share/uod-server");
  BOOST_TEST(database_file(loaded->config) == loaded->config.data_dir / "uod.db");
  for (const auto& setting : loaded->settings) {
    BOOST_TEST(to_text(setting.origin) == "default", setting.key);
  }
}

BOOST_AUTO_TEST_CASE(the_data_directory_follows_xdg) {
  machine node;
  node.variables["XDG_DATA_HOME"] = "/srv/data";
  BOOST_TEST(load_server_config({}, {}, node.around())->config.data_dir == "/srv/data/uod-server");
  // A relative path there is to be ignored.
  node.variables["XDG_DATA_HOME"] = "data";
  BOOST_TEST(load_server_config({}, {}, node.around())->config.data_dir ==
             node.root / "home/.local/share/uod-server");
}

BOOST_AUTO_TEST_CASE(a_node_without_any_home_asks_for_a_data_directory) {
  machine node;
  node.variables.clear();
  const auto homeless = load_server_config({}, {}, node.around());
  BOOST_REQUIRE(!homeless.has_value());
  BOOST_TEST(code_name(homeless.error().code) == "config_invalid");
  BOOST_TEST(contains(homeless.error().detail, "--data-dir DIR"), homeless.error().detail);
  BOOST_TEST(
      load_server_config({}, {.listen = {}, .data_dir = "/srv/uod", .storage = {}}, node.around())
          .has_value());
}

BOOST_AUTO_TEST_CASE(a_flag_wins_over_the_file_and_the_file_over_the_default) {
  const machine node;
  const auto file = node.write("node.toml",
                               "listen = \"127.0.0.1:7500\"\n"
                               "[log]\n"
                               "level = \"debug\"\n"
                               "[limits]\n"
                               "drain_ms = 500\n");
  const auto loaded = load_server_config(
      file, {.listen = "[::1]:0", .data_dir = "/srv/uod", .storage = "sqlite:///srv/chat.db"},
      node.around());
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
  BOOST_TEST(*loaded->file == file);
  BOOST_TEST(loaded->config.listen == "[::1]:0");
  BOOST_TEST(loaded->config.data_dir == "/srv/uod");
  BOOST_TEST(database_file(loaded->config) == "/srv/chat.db");
  BOOST_TEST(loaded->config.log_level == "debug");
  BOOST_TEST(loaded->config.limits.drain_ms == 500U);
  BOOST_TEST(loaded->config.log_format == "text");

  const auto origin = [&](std::string_view key) {
    return to_text(setting_named(*loaded, key).origin);
  };
  BOOST_TEST(origin("listen") == "--listen");
  BOOST_TEST(origin("storage.url") == "--storage");
  BOOST_TEST(origin("log.level") == file.string() + ":3");
  BOOST_TEST(origin("limits.drain_ms") == file.string() + ":5");
  BOOST_TEST(origin("log.format") == "default");
  BOOST_TEST(to_text(setting_named(*loaded, "limits.drain_ms").value) == "500");
}

BOOST_AUTO_TEST_CASE(without_a_named_file_the_users_comes_before_the_systems) {
  const machine node;
  const auto systems = node.write("etc/uod-server.toml", "listen = \"10.0.0.1:1\"\n");
  BOOST_TEST(load_server_config({}, {}, node.around())->config.listen == "10.0.0.1:1");
  const auto users = node.write("home/.config/uod/uod-server.toml", "listen = \"10.0.0.1:2\"\n");
  const auto loaded = load_server_config({}, {}, node.around());
  BOOST_TEST(loaded->config.listen == "10.0.0.1:2");
  BOOST_TEST(*loaded->file == users);
}

BOOST_AUTO_TEST_CASE(a_relative_path_in_a_file_counts_from_the_file) {
  const machine node;
  const auto file = node.write("node/uod.toml", "data_dir = \"../data\"\n");
  BOOST_TEST(load_server_config(file, {}, node.around())->config.data_dir == node.root / "data");
  BOOST_TEST(
      load_server_config(file, {.listen = {}, .data_dir = "here", .storage = {}}, node.around())
          ->config.data_dir == "here");
}

BOOST_AUTO_TEST_CASE(rates_are_read_as_people_write_them) {
  const machine node;
  const auto file = node.write("node.toml",
                               "[rates]\n"
                               "search_account = \"10,1/d\"\n"
                               "send_network = \"off\"\n");
  const auto loaded = load_server_config(file, {}, node.around());
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
  BOOST_TEST((loaded->config.rates.search_account == per_day(10, 1)));
  BOOST_TEST(loaded->config.rates.send_network.off);
  BOOST_TEST((loaded->config.rates.search_network == per_second(600, 20)));  // not given
  // Each key leads to a field of its own, and no field is without one.
  std::string text = "[rates]\n";
  std::uint32_t burst = 0;
  for (const auto& setting : rate_settings()) {
    text += std::string(setting.key.substr(6)) + " = \"" + std::to_string(++burst) + ", 1/s\"\n";
  }
  const auto all = load_server_config(node.write("all.toml", text), {}, node.around());
  BOOST_REQUIRE_MESSAGE(all.has_value(), uod::test::why(all));
  burst = 0;
  for (const auto& setting : rate_settings()) {
    BOOST_TEST((all->config.rates.*setting.member == per_second(++burst, 1)), setting.key);
  }
  BOOST_TEST(burst * sizeof(rate) == sizeof(server_rates));
}

BOOST_AUTO_TEST_CASE(no_places_unless_a_database_is_named) {
  const machine node;
  BOOST_TEST(load_server_config({}, {}, node.around())->config.geo_database_file.empty());
  const auto file = node.write("node/uod.toml", "[geo]\ndatabase_file = \"City.mmdb\"\n");
  BOOST_TEST(load_server_config(file, {}, node.around())->config.geo_database_file ==
             node.root / "node/City.mmdb");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(server_config_refuses)

BOOST_AUTO_TEST_CASE(a_rate_that_is_none) {
  BOOST_TEST(complaint("[rates]\nsearch_account = \"2/s\"\n") ==
             "FILE:2: rates.search_account: \"2/s\" was given; allowed: how many at once and how "
             "many more in a time, such as \"20, 30/min\" (1 to 1000000; /s, /min, /h or /d), or "
             "\"off\"");
  BOOST_TEST(contains(complaint("[rates]\nsearch_account = 2\n"), "2 was given; allowed: how"));
  BOOST_TEST(contains(complaint("[rates]\nregister_account = \"off\"\n"),
                      "did you mean rates.request_account?"));
}

BOOST_AUTO_TEST_CASE(an_unknown_key_and_says_which_was_meant) {
  BOOST_TEST(complaint("\nlisten_on = \"0.0.0.0:7400\"\n") ==
             "FILE:2: listen_on: unknown key; did you mean listen?");
  BOOST_TEST(complaint("[limit]\nconnection_max = 1\n") ==
             "FILE:2: limit.connection_max: unknown key; did you mean limits.connections_max?");
  BOOST_TEST(complaint("drain_ms = 1\n") ==
             "FILE:1: drain_ms: unknown key; did you mean limits.drain_ms?");
  BOOST_TEST(complaint("weather = \"fine\"\n") ==
             "FILE:1: weather: unknown key; the example file lists all of them");
  BOOST_TEST(complaint("[wheather]\n") ==
             "FILE:1: wheather: unknown key; the example file lists all of them");
}

BOOST_AUTO_TEST_CASE(a_value_of_the_wrong_type) {
  BOOST_TEST(complaint("listen = 7400\n") ==
             "FILE:1: listen: 7400 was given; allowed: ADDR:PORT, such as \"0.0.0.0:7400\" or "
             "\"[::]:7400\"");
  BOOST_TEST(complaint("[limits]\ndrain_ms = \"1 s\"\n") ==
             "FILE:2: limits.drain_ms: \"1 s\" was given; allowed: a whole number from 0 to "
             "3600000");
  BOOST_TEST(
      contains(complaint("[limits]\ndrain_ms = 1.5\n"), "a number with a fraction was given"));
  BOOST_TEST(contains(complaint("[log]\nlevel = true\n"), "log.level: true was given"));
  BOOST_TEST(contains(complaint("[log]\nlevel = 2026-01-31\n"), "a date or time was given"));
  BOOST_TEST(contains(complaint("listen = [\"a:1\", 2]\n"), "a list that holds more than texts"));
  BOOST_TEST(contains(complaint("listen = {}\n"), "listen: a table was given"));
  BOOST_TEST(
      contains(complaint("[[log]]\nlevel = \"info\"\n"), "log: this is a table of settings"));
  BOOST_TEST(complaint("limits = 5\n") ==
             "FILE:1: limits: this is a table of settings, such as limits.connections_max");
}

BOOST_AUTO_TEST_CASE(a_value_out_of_range) {
  BOOST_TEST(complaint("[argon2]\npasses = 0\n") ==
             "FILE:2: argon2.passes: 0 was given; allowed: a whole number from 1 to 16");
  BOOST_TEST(contains(complaint("[argon2]\nmemory_kib = 8191\n"), "from 8192 to 1048576"));
  BOOST_TEST(complaint("[argon2]\nmemory_kib = 8192\n") == "nothing");
  BOOST_TEST(complaint("[argon2]\nmemory_kib = 1048576\n") == "nothing");
  BOOST_TEST(contains(complaint("[argon2]\nmemory_kib = 1048577\n"), "1048577 was given"));
  // Past 32 bits nothing may wrap around into the range.
  BOOST_TEST(contains(complaint("[argon2]\npasses = 4294967297\n"), "4294967297 was given"));
  BOOST_TEST(contains(complaint("[argon2]\npasses = -1\n"), "-1 was given"));
  BOOST_TEST(complaint("[tls]\nkey = \"rsa:1024\"\n") ==
             "FILE:2: tls.key: \"rsa:1024\" was given; allowed: \"rsa:3072\", \"rsa:2048\" or "
             "\"ec:P-256\"");
  BOOST_TEST(contains(complaint("listen = \"0.0.0.0:65536\"\n"), "ADDR:PORT"));
  BOOST_TEST(contains(complaint("data_dir = \"\"\n"), "allowed: a path"));
  BOOST_TEST(contains(complaint("[storage]\nurl = \"postgres://db\"\n"), "allowed: \"sqlite\""));
  BOOST_TEST(contains(complaint("[storage]\nurl = \"sqlite:///\"\n"), "allowed: \"sqlite\""));
}

BOOST_AUTO_TEST_CASE(settings_that_do_not_go_together) {
  BOOST_TEST(complaint("[tls]\nkey_file = \"/etc/key.pem\"\n") ==
             "FILE:2: tls.key_file: tls.certificate_file and tls.key_file go together; give both "
             "or none");
  BOOST_TEST(complaint("[tls]\nkey_file = \"k.pem\"\ncertificate_file = \"c.pem\"\n") == "nothing");
  BOOST_TEST(contains(complaint("[limits]\nmessage_bytes_max = 262144\n"),
                      "262144 does not fit in a frame; allowed: at most limits.frame_bytes_max - "
                      "4096 = 258048"));
  BOOST_TEST(contains(complaint("[limits]\npage_bytes_max = 131073\n"), "= 131072"));
  BOOST_TEST(
      contains(complaint("[limits]\noutbox_bytes_max = 65536\n"), "does not hold one frame"));
}

BOOST_AUTO_TEST_CASE(what_is_no_toml) {
  BOOST_TEST(contains(complaint("listen = \"a:1\"\n\nlisten\n"), "FILE:3: is not TOML: "));
  BOOST_TEST(contains(complaint("GET / HTTP/1.1\r\n\r\n"), "FILE:1: is not TOML: "));
  BOOST_TEST(contains(complaint("listen = \"\xff\xfe\"\n"), "FILE:1: is not TOML: "));
  BOOST_TEST(contains(complaint(std::string(5'000, '[')), "is not TOML: "));
  BOOST_TEST(contains(complaint("listen = \"a:1\""
                                "\nlisten = \"a:2\"\n"),
                      "FILE:2: is not TOML: "));
  BOOST_TEST(contains(complaint("[log]\n[log]\n"), "FILE:2: is not TOML: "));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read) {
  const machine node;
  const auto refusal = [&](const std::filesystem::path& file) {
    const auto loaded = load_server_config(file, {}, node.around());
    BOOST_REQUIRE(!loaded.has_value());
    BOOST_TEST(code_name(loaded.error().code) == "config_invalid");
    return loaded.error().detail;
  };
  const auto missing = node.root / "missing.toml";
  BOOST_TEST(refusal(missing).starts_with(
      missing.string() + ": cannot be read: No such file or directory; name a readable file"));
  BOOST_TEST(contains(refusal(node.root), "is a directory"));
  BOOST_TEST(contains(refusal(node.write("big.toml", std::string(64 * 1024 + 1, '\n'))),
                      "is larger than 65536 bytes"));
  BOOST_TEST(complaint(std::string(64 * 1024, '\n')) == "nothing");

  const auto locked = node.write("locked.toml", "");
  std::filesystem::permissions(locked, std::filesystem::perms::none);
  if (geteuid() != 0) {  // root reads everything
    BOOST_TEST(contains(refusal(locked), "Permission denied"));
  }
}

BOOST_AUTO_TEST_CASE(several_things_at_once_in_the_order_of_the_file) {
  BOOST_TEST(complaint("[threads]\nio = 0\n[log]\nlevle = \"info\"\n[argon2]\npasses = 99\n") ==
             "FILE:2: threads.io: 0 was given; allowed: a whole number from 1 to 256\n"
             "FILE:4: log.levle: unknown key; did you mean log.level?\n"
             "FILE:6: argon2.passes: 99 was given; allowed: a whole number from 1 to 16");

  std::string many;
  for (int i = 0; i < 25; ++i) many += "nonsense_" + std::to_string(i) + " = 1\n";
  const auto text = complaint(many);
  BOOST_TEST(std::ranges::count(text, '\n') == 20);
  BOOST_TEST(text.ends_with("\nand 5 more"));
}

BOOST_AUTO_TEST_CASE(keys_and_values_without_end_in_a_line_of_bounded_length) {
  std::string deep = "a";
  for (int i = 0; i < 10'000; ++i) deep += ".a";
  BOOST_TEST(complaint(deep + " = 1\n").size() < 400U);
  BOOST_TEST(complaint("listen = \"" + std::string(10'000, 'x') + "\"\n").size() < 400U);
  // Cut between characters, never within one.
  std::string umlauts;
  for (int i = 0; i < 1'000; ++i) umlauts += "ä";
  BOOST_TEST(contains(complaint("listen = \"x" + umlauts + "\"\n"), "ä… was given"));
  BOOST_TEST(contains(complaint("listen = \"" + umlauts + "\"\n"), "ä… was given"));
  BOOST_TEST(contains(complaint("listen = \"a\\u001b[2Jb\"\n"), "\"a\\u001B[2Jb\" was given"));
}

BOOST_AUTO_TEST_CASE(a_wrong_flag_as_wrong_usage) {
  const machine node;
  const auto loaded =
      load_server_config({}, {.listen = "7400", .data_dir = {}, .storage = {}}, node.around());
  BOOST_REQUIRE(!loaded.has_value());
  BOOST_TEST(code_name(loaded.error().code) == "usage");
  BOOST_TEST(loaded.error().detail.starts_with("--listen: \"7400\" was given; allowed: ADDR:PORT"),
             loaded.error().detail);
}

BOOST_AUTO_TEST_CASE(monitoring_looks_from_this_machine_unless_told_otherwise) {
  const auto asked = [](const std::string& listen, const std::string& more = {}) {
    return complaint("[metrics]\nlisten = \"" + listen + "\"\n" + more);
  };
  for (const char* near : {"", "127.0.0.1:0", "127.8.0.9:9401", "localhost:9401", "[::1]:0"}) {
    BOOST_TEST(asked(near) == "nothing", near);
  }
  for (const char* far : {"0.0.0.0:9401", "[::]:9401", "192.0.2.1:9401", "example.org:9401",
                          "127.example.org:9401", "[::2]:9401"}) {
    BOOST_TEST(contains(asked(far), "FILE:2: metrics.listen: "), far);
    BOOST_TEST(contains(asked(far), "metrics.open_to"), far);
    BOOST_TEST(asked(far, "open_to = \"network\"\n") == "nothing", far);
  }
  BOOST_TEST(contains(asked("9401"), "allowed: ADDR:PORT"));
  BOOST_TEST(contains(asked("", "open_to = \"everybody\"\n"), "\"machine\" or \"network\""));
}

BOOST_AUTO_TEST_SUITE_END()
