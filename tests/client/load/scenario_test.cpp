#include "client/load/shipped.hpp"
#include "tests/client/load/story_host.hpp"

/// What stands at the top of a scenario, and what the command line makes of it.
namespace uod::load {
namespace {

std::string with(const std::string& declarations) {
  return "scenario = {\n" + declarations + "\n}\nfunction person() end\nfunction reader() end\n";
}

scenario_plan plan_of(const std::string& declarations, const scenario_changes& changes = {}) {
  auto loaded = load_story(with(declarations), changes);
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? "" : loaded.error().detail));
  return loaded->plan();
}

std::string why_not(const std::string& source, const scenario_changes& changes = {}) {
  const auto loaded = load_story(source, changes);
  return loaded ? "it was taken" : loaded.error().detail;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios)

BOOST_AUTO_TEST_CASE(all_declarations) {
  const auto plan = plan_of(
      "users = 10, duration = 5, warmup = 2, drain = 3, title = 'a day', login = 'story',\n"
      "tls = 'resumed', think = { 1, 4 }, roles = { person = 2, reader = 1 }, connect_rate = 50,\n"
      "arrival = { rate = 100, to = 200 }, data = { text_bytes = 64, sealed = false, x = 'y' },\n"
      "thresholds = { errors = '<= 0', ['latency_ms.p99'] = '< 50' }");
  BOOST_TEST(plan.name == "story");
  BOOST_TEST(plan.title == "a day");
  BOOST_TEST(plan.users == 10U);
  BOOST_REQUIRE(plan.phases.size() == 2U);
  BOOST_TEST(!plan.phases[0].measured);
  BOOST_TEST(plan.phases[0].rate_end == 100);
  BOOST_TEST(plan.phases[1].seconds == 5);
  BOOST_TEST(plan.phases[1].rate_end == 200);
  BOOST_TEST((plan.arrives == arrival_kind::messages));
  BOOST_TEST(!plan.logged_in_before);
  BOOST_TEST(plan.tls_resumed);
  BOOST_TEST(!plan.sealed);
  BOOST_TEST(plan.text_bytes == 64U);
  BOOST_TEST(plan.think_max_s == 4);
  BOOST_TEST(plan.thresholds.size() == 2U);
  BOOST_TEST(plan.measured_s() == 5);
}

BOOST_AUTO_TEST_CASE(roles_take_turns) {
  const auto plan = plan_of("users = 8, roles = { person = 2, reader = 1 }");
  // person, person, reader, person, person, reader, person, person
  BOOST_TEST((plan.role_of(4) == std::pair<std::size_t, std::uint32_t>(0, 3)));
  BOOST_TEST((plan.role_of(5) == std::pair<std::size_t, std::uint32_t>(1, 1)));
  for (std::uint32_t user = 0; user < plan.users; ++user) {
    const auto [role, number] = plan.role_of(user);
    BOOST_TEST(*plan.user_of(role, number) == user);
  }
  BOOST_TEST(*plan.user_of(1, 2) == 2U);  // two readers: the third is the first again
  BOOST_TEST(!plan_of("users = 2, roles = { person = 2, reader = 1 }").user_of(1, 0));
}

BOOST_AUTO_TEST_CASE(phases_with_rates) {
  const auto plan = plan_of(
      "users = 2, warmup = 1, arrival = { stories_per_s = 5 },\n"
      "phases = { { name = 'calm', seconds = 2 }, { name = 'rush', seconds = 3, rate = 50, to = "
      "80 } }");
  BOOST_REQUIRE(plan.phases.size() == 3U);
  BOOST_TEST((plan.arrives == arrival_kind::stories));
  BOOST_TEST(plan.phases[1].rate == 5);
  BOOST_TEST(plan.phases[2].name == "rush");
  BOOST_TEST(plan.phases[2].rate_end == 80);
  scenario_changes shorter;
  shorter.duration_s = 1;
  const auto changed = plan_of(
      "users = 2, phases = { { name = 'calm', seconds = 2 }, { name = 'rush', seconds = 3 } }",
      shorter);
  BOOST_TEST(changed.measured_s() == 1);
}

BOOST_AUTO_TEST_CASE(changes_of_the_command_line) {
  const std::string declared =
      "users = 2, arrival = { window = 8 }, tls = 'full', data = { text_bytes = 128, sealed = "
      "true, city = 'Rome' }, thresholds = { errors = '<= 0' }";
  scenario_changes changes;
  changes.users = 6;
  changes.duration_s = 3;
  changes.set = {
      {"window", "2"},         {"text_bytes", "9"}, {"sealed", "false"},          {"city", "Oslo"},
      {"data.city", "Bergen"}, {"tls", "resumed"},  {"thresholds.errors", "<= 5"}};
  const auto plan = plan_of(declared, changes);
  BOOST_TEST(plan.users == 6U);
  BOOST_TEST(plan.window == 2U);
  BOOST_TEST(plan.text_bytes == 9U);
  BOOST_TEST(!plan.sealed);
  BOOST_TEST(plan.tls_resumed);
  BOOST_TEST(plan.phases.back().seconds == 3);
  BOOST_TEST(plan.thresholds[0].bound == 5);

  scenario_changes open;
  open.rate = 500;
  BOOST_TEST((plan_of(declared, open).arrives == arrival_kind::messages));
  BOOST_TEST(plan_of(declared, open).phases[0].rate == 500);
}

BOOST_AUTO_TEST_CASE(changes_of_what_is_not_declared) {
  scenario_changes changes;
  changes.set = {{"colour", "red"}};
  BOOST_TEST(why_not(with("users = 2"), changes) ==
             "--set colour: the scenario declares no such thing");
  changes.set = {{"users", "many"}};
  BOOST_TEST(why_not(with("users = 2"), changes) == "--set users=many: users is a number");
  changes.set = {{"users", "2.5"}};
  BOOST_TEST(why_not(with("users = 2"), changes) == "story.lua:2: users has to be a whole number");
}

BOOST_AUTO_TEST_CASE(slips_of_the_pen_are_told_with_their_line) {
  struct {
    const char* source;
    const char* reason;
  } const rows[] = {
      {"scenario = { users = 2 }\nfunction person( end", "story.lua:2: "},
      {"function person() end", "story.lua:1: a scenario begins with"},
      {"scenario = { duration = 1 }\nfunction person() end", "story.lua:1: a scenario needs users"},
      {"scenario = { users = 2,\n duratoin = 1 }\nfunction person() end",
       "story.lua:2: unknown field \"duratoin\""},
      {"scenario = { users = 2,\n\n duration = 'long' }\nfunction person() end",
       "story.lua:3: duration has to be a number"},
      {"scenario = { users = 2,\n duration = -1 }\nfunction person() end",
       "story.lua:2: duration is from"},
      {"scenario = { users = 0 }\nfunction person() end", "story.lua:1: users is from 1 to"},
      {"scenario = { users = 2,\n roles = { writer = 1 } }\nfunction person() end",
       "story.lua:2: the role \"writer\" needs a function writer()"},
      {"scenario = { users = 2,\n arrival = { window = 1, rate = 2 } }\nfunction person() end",
       "story.lua:2: arrival has one of"},
      {"scenario = { users = 2,\n thresholds = {\n speed = '> 1' } }\nfunction person() end",
       "story.lua:3: threshold on \"speed\""},
      {"scenario = { users = 2,\n thresholds = { errors = 0 } }\nfunction person() end",
       "story.lua:2: the threshold on errors is a text"},
      {"scenario = { users = 2,\n login = 'later' }\nfunction person() end",
       "story.lua:2: login is \"before\" or \"story\""},
      {"scenario = { users = 2,\n think = { 3, 1 } }\nfunction person() end",
       "story.lua:2: think is"},
      {"\nwhile true do end", "story.lua:2: an endless loop"},
      {"\nuser.login()", "story.lua:2: only a story can do this"},
      {"x = nothing.here", "story.lua:1: there is no \"nothing\""},
  };
  for (const auto& row : rows) {
    const auto said = why_not(row.source);
    BOOST_TEST(said.starts_with(row.reason), row.source << " gave " << said);
  }
}

BOOST_AUTO_TEST_CASE(everything_shipped_is_taken) {
  BOOST_TEST(!shipped_scenarios().empty());
  for (const auto& each : shipped_scenarios()) {
    const auto loaded = story_machine::load(std::string(each.name) + ".lua", each.source, {}, 1);
    BOOST_TEST(loaded.has_value(), each.name << ": " << (loaded ? "" : loaded.error().detail));
    BOOST_TEST(!each.title().empty());
  }
  BOOST_TEST(find_shipped("chat-pairs") != nullptr);
  BOOST_TEST(find_shipped("chat") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::load
