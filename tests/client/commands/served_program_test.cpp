#include "protocol/sealing/sealed_message.hpp"
#include "tests/client/commands/alices_desk.hpp"

using namespace uod::client;

/// The program at a server: what the commands print, and what they leave behind.
BOOST_AUTO_TEST_SUITE(served_programs)

BOOST_FIXTURE_TEST_CASE(an_account_is_shown_as_it_is_now, alices_desk) {
  BOOST_TEST(has(registered.err, "a code to confirm alice@example.org is on its way"),
             registered.err);
  auto me = sees({"whoami"}).at(0);
  BOOST_TEST(me.at("email") == "alice@example.org");
  BOOST_TEST(me.at("email_confirmed") == false);
  BOOST_TEST(me.at("premium") == false);
  BOOST_TEST(types({"email", "confirm", "--code-stdin"}, "AAAAA-BBBBB\n").exit_code == 3);
  sees({"email", "send-code"});
  BOOST_TEST(sees({"email", "confirm", "--code-stdin"}, mail_code).at(0).at("email_confirmed") ==
             true);
  BOOST_TEST(sees({"premium", "redeem", premium_code}).at(0).at("premium") == true);
  BOOST_TEST(sees({"premium", "redeem", "-"}, premium_code + "\n").at(0).at("premium") == true);
  me = sees({"whoami"}).at(0);
  BOOST_TEST(me.at("email_confirmed") == true);
  BOOST_TEST(me.at("premium") == true);
  BOOST_TEST(
      types({"email", "change", "a@example.net", "--password-stdin"}, second_password).exit_code ==
      3);
  sees({"email", "change", "a@example.net", "--password-stdin"}, first_password);
  BOOST_TEST(sees({"whoami"}).at(0).at("email") == "a@example.net");
}

BOOST_AUTO_TEST_CASE(a_premium_code_from_stdin_comes_before_the_password) {
  alices_desk desk;
  const auto done = desk.types({"register", "--user", "carol", "--email", "carol@example.org",
                                "--premium-code", "-", "--password-stdin"},
                               premium_code + "\n" + first_password);
  BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
  BOOST_TEST(desk.rows(done).at(0).at("premium") == true);
}

BOOST_FIXTURE_TEST_CASE(devices_are_listed_and_logged_out_but_for_this_one, alices_desk) {
  const auto first = sees({"devices"}).at(0).at("device").get<std::string>();
  sees({"--profile", "other", "login", "--user", "alice", "--password-stdin"}, first_password);
  const auto listed = sees({"devices", "list"});
  BOOST_REQUIRE(listed.size() == 2U);
  std::string mine;
  std::string other;
  for (const auto& row : listed) {
    BOOST_TEST(row.at("type") == "device");
    BOOST_TEST(row.at("created_at") == "1970-01-01T00:00:01.000Z");
    if (row.at("current") == true) mine = row.at("device");
    if (row.at("current") == false) other = row.at("device");
  }
  BOOST_TEST(mine == first);
  const auto refused = types({"devices", "revoke", mine});
  BOOST_TEST(refused.exit_code == 7);
  BOOST_TEST(has(refused.err, "uod logout"), refused.err);
  BOOST_TEST(types({"devices", "revoke", "ffffffff"}).exit_code == 5);
  BOOST_TEST(types({"devices", "revoke", other}).exit_code == 0);
  BOOST_TEST(sees({"devices"}).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(who_logs_in_again_is_the_same_device_with_another_token, alices_desk) {
  const auto first = sees({"devices"}).at(0).at("device").get<std::string>();
  sees({"login", "--user", "alice", "--password-stdin"}, first_password);
  const auto listed = sees({"devices"});
  BOOST_REQUIRE(listed.size() == 1U);
  BOOST_TEST(listed[0].at("device") == first);
}

BOOST_FIXTURE_TEST_CASE(who_becomes_somebody_else_is_logged_out_before, alices_desk) {
  const auto device = sees({"devices"}).at(0).at("device").get<std::string>();
  const auto knows_alices_token = [&] {
    const auto held = port.lock();
    return port.server.knows_token(uod::device_id(*uod::uuid_from_text(device)));
  };
  BOOST_TEST(knows_alices_token());
  const auto done =
      types({"register", "--user", "carol", "--email", "carol@example.org", "--password-stdin"},
            second_password);
  BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
  BOOST_TEST(has(done.err, "was logged in as alice until now"), done.err);
  BOOST_TEST(!has(done.err, "could not be ended"), done.err);
  BOOST_TEST(!knows_alices_token());
  BOOST_TEST(sees({"whoami"}).at(0).at("user") == "carol");
}

BOOST_FIXTURE_TEST_CASE(who_could_not_be_logged_out_before_is_named, alices_desk) {
  {
    const auto held = port.lock();
    port.server.intercept = [&](uod::test::toy_server::session& from,
                                const uod::client_message& asked) {
      if (!std::holds_alternative<uod::log_out>(asked.body)) return false;
      port.server.say(from, {asked.request, uod::failure{{uod::errc::storage_full}}});
      return true;
    };
  }
  const auto done =
      types({"register", "--user", "carol", "--email", "carol@example.org", "--password-stdin"},
            second_password);
  BOOST_TEST(done.exit_code == 0, done.err);
  BOOST_TEST(has(done.err, "could not be ended"), done.err);
  BOOST_TEST(has(done.err, "as alice: uod devices revoke "), done.err);
}

BOOST_FIXTURE_TEST_CASE(a_password_is_changed_forgotten_and_set_anew, alices_desk) {
  const words change = {"password", "change", "--password-stdin"};
  BOOST_TEST(types(change, second_password + first_password).exit_code == 3);
  const auto changed = types(change, first_password + second_password);
  BOOST_TEST(changed.exit_code == 0);
  BOOST_TEST(has(changed.err, "your stored messages stay readable"), changed.err);
  const words login = {"login", "--user", "alice", "--password-stdin"};
  BOOST_TEST(types(login, first_password).exit_code == 3);
  BOOST_TEST(types(login, second_password).exit_code == 0);

  sees({"logout"});
  BOOST_TEST(types({"whoami"}).exit_code == 3);
  sees({"password", "forgot", "--user", "alice"});
  sees({"unlock", "--user", "alice", "--code-stdin"}, mail_code);
  const words reset = {"password", "reset", "--user", "alice", "--code-stdin", "--password-stdin"};
  BOOST_TEST(types(reset, "AAAAA-BBBBB\n" + first_password).exit_code == 3);
  BOOST_TEST(types({"whoami"}).exit_code == 3);
  const auto again = types(reset, mail_code + first_password);
  BOOST_TEST_REQUIRE(again.exit_code == 0, again.err);
  // By a mail alone nobody gets at what was said.
  BOOST_TEST(has(again.err, "uod identity recover"), again.err);
  BOOST_TEST(sees({"whoami"}).at(0).at("user") == "alice");
}

BOOST_FIXTURE_TEST_CASE(what_alice_broadcasts_stands_on_the_home_page, alices_desk) {
  const auto one = sees({"broadcast", "closed", "tomorrow"}).at(0);
  BOOST_TEST(one.at("type") == "broadcast_sent");
  BOOST_TEST(one.at("seq") == 1);
  const auto more = sees({"broadcast", "-"}, "two\n\nthree\n");
  BOOST_REQUIRE(more.size() == 2U);
  BOOST_TEST(more[1].at("seq") == 3);
  const auto too_large = types({"broadcast", std::string(5'000, 'x')});
  BOOST_TEST(too_large.exit_code == 7);

  const auto page = sees({"home"});
  BOOST_REQUIRE(page.size() == 3U);
  BOOST_TEST(page[0].at("type") == "broadcast");
  BOOST_TEST(page[0].at("id") == one.at("id"));
  BOOST_TEST(page[0].at("text") == "closed tomorrow");
  BOOST_TEST(page[0].at("from") == "alice");
  BOOST_TEST(page[0].at("cursor") == "h1");
  BOOST_TEST(sees({"home", "--limit", "1"}).at(0).at("seq") == 3);
  BOOST_TEST(sees({"home", "--limit", "1", "--before", "3"}).at(0).at("seq") == 2);
  BOOST_TEST(sees({"home", "--limit", "1", "--after", "1"}).at(0).at("seq") == 2);
}

BOOST_FIXTURE_TEST_CASE(one_cursor_stands_for_messages_and_broadcasts, alices_desk) {
  bob_says("hi", "to all");
  bob_says("", "again");
  auto heard = sees({"listen", "--count", "3", "-q"});
  std::erase_if(heard, [](const json& row) { return row.at("type") == "connection"; });
  BOOST_REQUIRE(heard.size() == 3U);
  BOOST_TEST(heard[0].at("type") == "message");
  BOOST_TEST(heard[0].at("cursor") == "p1h0");
  BOOST_TEST(heard[1].at("type") == "broadcast");
  BOOST_TEST(heard[1].at("from") == "bob");
  BOOST_TEST(heard[1].at("cursor") == "p1h1");
  BOOST_TEST(heard[2].at("cursor") == "p1h2");
  BOOST_TEST(has(cursor_file(), "\"p1h2\""), cursor_file());
  // The next one goes on from there, and --after from where it says.
  bob_says("later", "");
  BOOST_TEST(sees({"listen", "--count", "1"}).back().at("cursor") == "p2h2");
  const auto after = sees({"listen", "--count", "2", "--after", "p1h1"});
  BOOST_TEST(after.back().at("cursor") == "p2h2");
  BOOST_TEST(after.at(after.size() - 2).at("seq") == 2);
  BOOST_TEST(after.back().at("text") == "again");
  // What came while the goodbye was said is for the next time: a count may end on a broadcast.
  bob_says("unread", "third");
  const auto both = sees({"listen", "--count", "1", "--after", "p3h2"});
  BOOST_TEST(both.back().at("text") == "third");
}

BOOST_FIXTURE_TEST_CASE(a_slow_server_gets_every_line_once_and_in_order, alices_desk) {
  bob_arrives();
  {
    const auto held = port.lock();
    port.server.send_every_ms = 20;
  }
  std::string lines;
  for (int number = 0; number < 30; ++number) lines += std::to_string(number) + "\n";
  const auto done = types({"send", "bob", "-"}, lines);
  BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
  const auto first = done.err.find("slowed by the server");
  BOOST_TEST_REQUIRE(first != std::string::npos, done.err);
  BOOST_TEST(done.err.find("slowed by the server", first + 1) == std::string::npos);
  BOOST_TEST(rows(done).size() == 30U);
  const auto held = port.lock();
  BOOST_TEST(port.server.refusals > 0U);
  BOOST_REQUIRE(port.server.stored.size() == 30U);
  // Counted as they were sealed: what came again came as it was.
  for (std::uint32_t number = 0; number < 30; ++number)
    BOOST_TEST(uod::parse_sealed_message(port.server.stored[number].body).value().counter ==
               number + 1);
}

BOOST_FIXTURE_TEST_CASE(a_single_message_that_comes_too_soon_fails, alices_desk) {
  bob_arrives();
  {
    const auto held = port.lock();
    port.server.send_every_ms = 60'000;
  }
  BOOST_TEST(types({"send", "bob", "one"}).exit_code == 0);
  const auto refused = types({"send", "bob", "two"});
  BOOST_TEST(refused.exit_code == 7);
  BOOST_TEST(rows(refused).at(0).at("code") == "rate_limited");
  BOOST_TEST(has(refused.err, "try again in "), refused.err);
}

BOOST_FIXTURE_TEST_CASE(a_restored_store_is_told_and_the_cursor_goes_back, alices_desk) {
  for (const char* text : {"one", "two", "three"}) bob_says(text, {});
  sees({"listen", "--count", "3", "--after", "p0h0"});
  BOOST_TEST(has(cursor_file(), "p3h0"), cursor_file());
  {
    const auto held = port.lock();
    port.server.restore(1, 0);
  }
  const piped_lines input("");
  program listening(
      with({"--json", "--timeout", "10", "--server", port.address()}, {"listen", "--count", "1"}),
      input.in, -1, -1, home.path / "s");
  listening.hears("a backup was restored there");
  bob_says("two again", {});
  const auto done = listening.end();
  BOOST_TEST(done.exit_code == 0, done.err);
  BOOST_TEST(has(done.err, "a backup was restored there"), done.err);
  BOOST_TEST(has(done.out, "\"seq\":2"), done.out);
  BOOST_TEST(has(cursor_file(), "p2h0"), cursor_file());
}

BOOST_AUTO_TEST_SUITE_END()
