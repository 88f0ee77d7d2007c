#include <signal.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/process/administrator.hpp"
#include "tests/process/house.hpp"
#include "tests/process/raw_client.hpp"
#include "tests/process/refusal.hpp"

/// Premium members speak to everybody: how one becomes such a member, and what everybody sees.
namespace uod::process {
namespace {

const std::string without_rates =
    "[rates]\nbroadcast_account = \"off\"\nbroadcast_network = \"off\"\n";

std::string code_of(const administrator& boss, const words& more = {}) {
  words command = {"premium-code", "create"};
  command.insert(command.end(), more.begin(), more.end());
  return boss.sees(command).at(0).at("code");
}

/// Somebody who may broadcast.
person member(const server& home, const std::string& name) {
  person made(home, name);
  administrator(home).sees({"account", "premium", "on", name});
  return made;
}

/// Each once, in the order of their numbers, under the seq that is their number.
void check_each_once(const std::vector<json>& rows, std::uint64_t count) {
  BOOST_REQUIRE_EQUAL(rows.size(), count);
  for (std::uint64_t number = 1; number <= count; ++number) {
    const auto& row = rows[number - 1];
    const bool right =
        row.at("seq") == number && row.at("text") == "news " + std::to_string(number);
    BOOST_REQUIRE_MESSAGE(right, "instead of " << number << " came " << row.dump());
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(broadcasts)

BOOST_AUTO_TEST_CASE(carol_becomes_a_member_at_registration_and_dave_later) {
  server home;
  const administrator boss(home);
  const auto registers = [&](const person& who, const words& more, const std::string& input) {
    words command = {
        "register",        "--user", who.name(), "--email", who.name() + "@example.org",
        "--password-stdin"};
    command.insert(command.end(), more.begin(), more.end());
    return who.types(command, input);
  };
  const person carol(home, "carol", false);
  // A wrong code makes no account.
  check_refused(
      registers(carol, {"--premium-code", "0000-0000-0000-0000-0000-0000"}, password_line), 7,
      "premium_code_invalid");
  check_refused(registers(carol, {"--premium-code", "a good one"}, password_line), 7,
                "premium_code_invalid");
  const auto code = code_of(boss);
  const auto made = registers(carol, {"--premium-code", "-"}, code + "\n" + password_line);
  BOOST_TEST(made.exit_code == 0, made.err);
  BOOST_TEST(rows_of(made.out).at(0).at("premium") == true);
  BOOST_TEST(carol.sees({"whoami"}).at(0).at("premium") == true);
  const auto sent = carol.sees({"broadcast", "Good", "morning"}).at(0);
  BOOST_TEST(sent.at("type") == "broadcast_sent");
  BOOST_TEST(sent.at("seq") == 1);

  const person dave(home, "dave");
  check_refused(dave.types({"broadcast", "me too"}), 7, "not_premium");
  check_refused(dave.types({"broadcast", "-"}, "me too\n"), 7, "not_premium");
  const auto redeems = [&](const std::string& given) {
    return dave.types({"premium", "redeem", given});
  };
  check_refused(redeems(code), 7, "premium_code_invalid");  // it was for one
  check_refused(redeems("nonsense"), 7, "premium_code_invalid");
  // One that was revoked, by the id that the list shows; it is not the code.
  const auto made_ids = boss.sees({"premium-code", "create", "--count", "2"});
  boss.sees({"premium-code", "revoke", made_ids.at(0).at("id").get<std::string>()});
  check_refused(redeems(made_ids.at(0).at("code").get<std::string>()), 7, "premium_code_invalid");
  check_refused(redeems(made_ids.at(1).at("id").get<std::string>()), 7, "premium_code_invalid");
  const auto other = made_ids.at(1).at("code").get<std::string>();
  BOOST_TEST(dave.sees({"premium", "redeem", "-"}, other + "\n").at(0).at("premium") == true);
  BOOST_TEST(redeems(other).exit_code == 0);  // a retry by the same account costs nothing
  BOOST_TEST(dave.sees({"broadcast", "me too"}).at(0).at("seq") == 2);

  // Taken away again: at once, also for who is logged in.
  boss.sees({"account", "premium", "off", "dave"});
  check_refused(dave.types({"broadcast", "and me"}), 7, "not_premium");
  words states;
  for (const auto& row : boss.sees({"premium-code", "list"})) states.push_back(row.at("state"));
  std::ranges::sort(states);
  BOOST_TEST((states == words{"revoked", "used_up", "used_up"}));
  BOOST_TEST(home.stop().err.find(code) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(everybody_sees_it_at_once_or_when_they_come_and_once_through_a_crash) {
  constexpr std::uint64_t count = 600;
  server home(without_rates);
  const auto carol = member(home, "carol");
  const person bob(home, "bob");
  const person erin(home, "erin");  // who comes when all is over
  auto bob_hears = bob.listens({"--count", std::to_string(count)});
  auto carol_hears = carol.listens();
  std::string lines;
  for (std::uint64_t number = 1; number <= count; ++number) {
    lines += "news " + std::to_string(number) + "\n";
  }
  auto carol_speaks = carol.starts({"--timeout", "50", "broadcast", "-"}, lines);
  // Live: nobody has asked for it.
  const auto first = await_row(bob_hears, "broadcast");
  BOOST_TEST(first.at("from") == "carol");
  BOOST_TEST(first.contains("cursor"));
  await_row(carol_speaks, "broadcast_sent", {{"seq", 50}});
  home.kill();
  home.start();

  const auto spoken = carol_speaks.end();
  BOOST_TEST(spoken.exit_code == 0, spoken.err);
  const auto acknowledged = rows_of_type(spoken.out, "broadcast_sent");
  BOOST_REQUIRE_EQUAL(acknowledged.size(), count);
  const auto heard = bob_hears.end();
  BOOST_TEST(heard.exit_code == 0, heard.err);
  check_each_once(rows_of_type(heard.out, "broadcast"), count);
  BOOST_TEST(rows_of_type(heard.out, "connection").back().at("state") == "resumed");
  // Who sent it sees it like everybody.
  await_row(carol_hears, "broadcast", {{"seq", count}});
  carol_hears.signal(SIGINT);
  check_each_once(rows_of_type(carol_hears.end().out, "broadcast"), count);

  const auto late = erin.listens({"--count", std::to_string(count)}).end();
  check_each_once(rows_of_type(late.out, "broadcast"), count);
  // And not again: what comes next is new.
  auto erin_hears = erin.listens();
  carol.sees({"broadcast", "the end"});
  const auto end = await_row(erin_hears, "broadcast");
  BOOST_TEST(end.at("text") == "the end");
  erin_hears.signal(SIGINT);
  BOOST_TEST(rows_of_type(erin_hears.end().out, "broadcast").size() == 1U);

  const auto page = erin.sees({"home", "--limit", std::to_string(count + 1)});
  BOOST_REQUIRE(page.size() == count + 1);
  check_each_once({page.begin(), page.end() - 1}, count);
  for (std::uint64_t at = 0; at < count; ++at) {
    BOOST_REQUIRE_EQUAL(acknowledged[at].at("id"), page[at].at("id"));
  }
  BOOST_TEST(erin.sees({"home", "--limit", "1"}).at(0).at("text") == "the end");
  // It was the middle: some were stored in the first life, some in the second.
  const auto in_second_life = total_of(home.stop().err, "broadcasts");
  BOOST_TEST(in_second_life > 1U);
  BOOST_TEST(in_second_life < count);
}

BOOST_AUTO_TEST_CASE(somebody_new_begins_with_what_comes) {
  server home;
  const auto carol = member(home, "carol");
  carol.sees({"broadcast", "before"});
  const person bob(home, "bob");
  auto bob_hears = bob.listens();
  carol.sees({"broadcast", "after"});
  BOOST_TEST(await_row(bob_hears, "broadcast").at("text") == "after");
  // The page has all of it.
  const auto page = bob.sees({"home"});
  BOOST_REQUIRE(page.size() == 2);
  BOOST_TEST(page[0].at("text") == "before");
  BOOST_TEST(page[0].at("from") == "carol");
}

BOOST_AUTO_TEST_CASE(the_largest_and_one_octet_more) {
  constexpr std::size_t most = 300;
  server home("[limits]\nbroadcast_bytes_max = 300\n");
  const auto carol = member(home, "carol");
  check_refused(carol.types({"broadcast", std::string(most + 1, 'x')}), 7, "too_large");
  check_refused(carol.types({"broadcast", "\xc3\x28"}), 1, "text_invalid");
  check_refused(carol.types({"broadcast", "-"}, std::string(most + 1, 'x') + "\n"), 7, "too_large");
  BOOST_TEST(carol.sees({"home"}).empty());
  BOOST_TEST(carol.sees({"broadcast", std::string(most, 'x')}).at(0).at("seq") == 1);
  BOOST_TEST(carol.sees({"home"}).at(0).at("text").get<std::string>().size() == most);

  // A client that does not look before it sends.
  raw_client eve(home.port());
  eve.registers("eve");
  administrator(home).sees({"account", "premium", "on", "eve"});
  BOOST_TEST((eve.refusal_of(send_broadcast{new_message_id(), bytes(most + 1, 'x')}).code ==
              errc::too_large));
  BOOST_TEST(
      (eve.refusal_of(send_broadcast{new_message_id(), "\xff\xfe"}).code == errc::text_invalid));
  const auto id = new_message_id();
  BOOST_TEST(eve.ask_for<broadcast_sent>(send_broadcast{id, bytes(most, 'y')}).seq == 2);
  // The same again is the same.
  BOOST_TEST(eve.ask_for<broadcast_sent>(send_broadcast{id, bytes(most, 'y')}).seq == 2);
  BOOST_TEST(carol.sees({"home"}).size() == 2U);
}

BOOST_AUTO_TEST_CASE(two_redeem_the_same_code_at_once) {
  server home;
  const administrator boss(home);
  const person ann(home, "ann");
  const person ben(home, "ben");
  for (int round = 0; round < 4; ++round) {
    const auto code = code_of(boss);
    auto ann_redeems = ann.starts({"premium", "redeem", code});
    auto ben_redeems = ben.starts({"premium", "redeem", code});
    const auto one = ann_redeems.end();
    const auto other = ben_redeems.end();
    const bool ann_won = one.exit_code == 0;
    check_refused(ann_won ? other : one, 7, "premium_code_invalid");
    BOOST_TEST((ann_won ? one : other).exit_code == 0, one.err << other.err);
    BOOST_TEST(ann.sees({"whoami"}).at(0).at("premium") == ann_won);
    BOOST_TEST(ben.sees({"whoami"}).at(0).at("premium") == !ann_won);
    boss.sees({"account", "premium", "off", ann_won ? "ann" : "ben"});
  }
  for (const auto& row : boss.sees({"premium-code", "list"})) {
    BOOST_TEST(row.at("state") == "used_up");
    BOOST_TEST(row.at("uses") == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
