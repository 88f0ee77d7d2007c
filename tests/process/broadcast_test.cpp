#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"

/// The home page with the real programs: codes, premium members, and everybody else.
namespace uod::process {
namespace {

std::string code_name_of(const ended& done) {
  const auto errors = rows_of_type(done.out, "error");
  return errors.size() == 1 ? errors[0].at("code").get<std::string>() : done.out + done.err;
}

/// What an administrator of this server types.
ended administers(const server& home, words command) {
  command.insert(command.end(), {"--data-dir", home.data_dir(), "--json"});
  return run(server_launch(command, home.home()));
}

std::string new_code(const server& home, const words& more = {}) {
  words command{"premium-code", "create"};
  command.insert(command.end(), more.begin(), more.end());
  return rows_of(administers(home, command).out).at(0).at("code");
}

words texts(const std::vector<json>& rows) {
  words found;
  for (const auto& row : rows) {
    if (row.at("type") == "broadcast") found.push_back(row.at("text"));
  }
  return found;
}

/// Registers with a code.
ended join(const person& who, const std::string& code) {
  return who.types({"register", "--user", who.name(), "--email", who.name() + "@example.org",
                    "--premium-code", code, "--password-stdin"},
                   std::string(usual_password) + "\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(broadcasts)

BOOST_AUTO_TEST_CASE(everybody_hears_each_once_and_in_order) {
  server home;
  const person carol(home, "carol", false);
  BOOST_TEST(join(carol, new_code(home)).exit_code == 0);
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto alice_hears = alice.listens();

  BOOST_TEST(carol.types({"broadcast", "Hello", "everybody"}).exit_code == 0);
  const auto row = await_row(alice_hears, "broadcast");
  BOOST_TEST(row.at("from") == "carol");
  BOOST_TEST(row.at("seq") == 1);
  BOOST_TEST(row.at("text") == "Hello everybody");

  // Bob comes later, in two goes, with a killed node between.
  const auto first = bob.sees({"listen", "--count", "1"});
  BOOST_TEST((texts(first) == words{"Hello everybody"}));
  BOOST_TEST(carol.types({"broadcast", "-"}, "two\nthree\n").exit_code == 0);
  home.kill();
  home.start();
  BOOST_TEST(carol.types({"broadcast", "four"}).exit_code == 0);
  BOOST_TEST((texts(bob.sees({"listen", "--count", "3"})) == words{"two", "three", "four"}));
  await_row(alice_hears, "broadcast", {{"seq", 4}});
  alice_hears.signal(SIGINT);
  const auto heard = rows_of_type(alice_hears.end().out, "broadcast");
  BOOST_TEST((texts(heard) == words{"Hello everybody", "two", "three", "four"}));

  BOOST_TEST((texts(alice.sees({"home", "--limit", "2"})) == words{"three", "four"}));
  BOOST_TEST(code_name_of(alice.types({"broadcast", "me too"})) == "not_premium");
  BOOST_TEST(alice.types({"broadcast", "me too"}).exit_code == 7);
}

BOOST_AUTO_TEST_CASE(sizes_have_an_end) {
  server home("[limits]\nbroadcast_bytes_max = 500\n");
  const person carol(home, "carol", false);
  BOOST_TEST(join(carol, new_code(home)).exit_code == 0);
  BOOST_TEST(carol.types({"broadcast", std::string(500, 'x')}).exit_code == 0);
  const auto refused = carol.types({"broadcast", std::string(501, 'x')});
  BOOST_TEST(refused.exit_code == 7);
  BOOST_TEST(code_name_of(refused) == "too_large");
  BOOST_TEST(carol.sees({"home"}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_code_is_worth_its_uses) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  // Two at once: one of them has it.
  const auto once = new_code(home);
  auto one = alice.starts({"premium", "redeem", once});
  auto other = bob.starts({"premium", "redeem", once});
  const auto first = one.end();
  const auto second = other.end();
  BOOST_TEST(first.exit_code + second.exit_code == 7, first.err + second.err);
  const auto& winner = first.exit_code == 0 ? alice : bob;
  BOOST_TEST(winner.sees({"whoami"}).at(0).at("premium") == true);

  // One that is not good registers nobody.
  const auto id = rows_of(administers(home, {"premium-code", "list"}).out).at(0).at("id");
  const auto revoked = new_code(home);
  for (const auto& row : rows_of(administers(home, {"premium-code", "list"}).out)) {
    if (row.at("id") == id) continue;
    BOOST_TEST(administers(home, {"premium-code", "revoke", row.at("id")}).exit_code == 0);
  }
  for (const std::string& bad : {revoked, once, std::string("no code at all")}) {
    const person dave(home, "dave", false);
    const auto refused = join(dave, bad);
    BOOST_TEST(refused.exit_code == 7);
    BOOST_TEST(code_name_of(refused) == "premium_code_invalid");
  }
  const person dave(home, "dave");
  BOOST_TEST(dave.sees({"whoami"}).at(0).at("premium") == false);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
