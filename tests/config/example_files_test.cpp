#include <boost/test/unit_test.hpp>

#include "config/client_config.hpp"
#include "config/server_config.hpp"
#include "protocol/password.hpp"
#include "tests/config/machine.hpp"

namespace {

using namespace uod;
using uod::test::machine;
using uod::test::text_of;

const std::filesystem::path examples = std::filesystem::path(UOD_SOURCE_DIR) / "config";

/// As if somebody had taken away the # of every setting.
std::string with_all_settings(const std::string& example) {
  std::string text;
  for (std::size_t at = 0; at < example.size();) {
    const auto end = example.find('\n', at) + 1;
    const auto line = example.substr(at, end - at);
    text += line.starts_with("#") && !line.starts_with("# ") ? line.substr(1) : line;
    at = end;
  }
  return text;
}

template <class Loaded>
void check_every_key_comes_from_the_file(const Loaded& loaded) {
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
  BOOST_TEST(!loaded->settings.empty());
  for (const auto& setting : loaded->settings) {
    BOOST_TEST((setting.origin.kind == origin_kind::file), setting.key);
    BOOST_TEST(setting.description.ends_with("."), setting.key);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(example_files)

BOOST_AUTO_TEST_CASE(the_servers_is_what_the_table_says_and_loads) {
  const auto committed = text_of(examples / "uod-server.example.toml");
  BOOST_TEST(committed == server_example_file());

  const machine node;
  const auto as_shipped = load_server_config(node.write("a.toml", committed), {}, node.around());
  BOOST_REQUIRE_MESSAGE(as_shipped.has_value(), uod::test::why(as_shipped));
  const auto full =
      load_server_config(node.write("b.toml", with_all_settings(committed)), {}, node.around());
  check_every_key_comes_from_the_file(full);
  // What it shows as defaults are the defaults.
  for (std::size_t i = 0; i < full->settings.size(); ++i) {
    if (full->settings[i].key == "data_dir") continue;  // differs from home to home
    BOOST_TEST(to_text(full->settings[i].value) == to_text(as_shipped->settings[i].value),
               full->settings[i].key);
  }
}

BOOST_AUTO_TEST_CASE(the_clients_is_what_the_table_says_and_loads) {
  const auto committed = text_of(examples / "uod.example.toml");
  BOOST_TEST(committed == client_example_file());

  const machine desk;
  desk.write("home/.config/uod/config.toml", with_all_settings(committed));
  check_every_key_comes_from_the_file(load_client_config({}, desk.around()));
}

BOOST_AUTO_TEST_CASE(the_load_tests_loads_and_limits_no_rate) {
  const machine node;
  const auto loaded = load_server_config(examples / "load-test.toml", {}, node.around());
  BOOST_REQUIRE_MESSAGE(loaded.has_value(), uod::test::why(loaded));
  for (const auto& setting : rate_settings()) {
    BOOST_TEST(to_text(loaded->config.rates.*setting.member) == "off", setting.key);
  }
  const auto& argon2 = loaded->config.argon2;
  BOOST_TEST(argon2.memory_kib == argon2_weakest.memory_kib);
  BOOST_TEST(argon2.passes == argon2_weakest.passes);
  const auto& limits = loaded->config.limits;
  BOOST_TEST(limits.connections_per_address_max == limits.connections_max);
  // Everything else is as people have it, or the test would measure something else.
  for (const auto& setting : loaded->settings) {
    BOOST_TEST(((setting.origin.kind == origin_kind::built_in) !=
                (setting.key.starts_with("rates.") || setting.key.starts_with("argon2.") ||
                 setting.key == "limits.connections_per_address_max")),
               setting.key);
  }
}

BOOST_AUTO_TEST_SUITE_END()
