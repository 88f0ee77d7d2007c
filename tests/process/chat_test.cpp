#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/process/house.hpp"

/// Two people talk with the real programs.
namespace uod::process {
namespace {

std::vector<std::uint64_t> seqs_of(const std::vector<json>& rows) {
  std::vector<std::uint64_t> seqs;
  for (const auto& row : rows) seqs.push_back(row.at("seq"));
  return seqs;
}

using numbers = std::vector<std::uint64_t>;

/// `from` writes these texts to `to`, in one go.
void write_all(const person& from, const person& to, const words& texts) {
  std::string lines;
  for (const auto& text : texts) lines += text + "\n";
  BOOST_REQUIRE_EQUAL(from.sees({"send", to.name(), "-"}, lines).size(), texts.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chat)

BOOST_AUTO_TEST_CASE(alice_and_bob_talk_live) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto alice_hears = alice.listens();
  auto bob_hears = bob.listens();

  const auto sent = alice.sees({"send", "bob", "Hello,", "Bob"}).at(0);
  BOOST_TEST(sent.at("type") == "sent");
  BOOST_TEST(sent.at("seq") == 1);
  const auto heard = await_row(bob_hears, "message");
  BOOST_TEST(heard.at("id") == sent.at("id"));
  BOOST_TEST(heard.at("chat") == "alice");
  BOOST_TEST(heard.at("from") == "alice");
  BOOST_TEST(heard.at("to") == "bob");
  BOOST_TEST(heard.at("text") == "Hello, Bob");
  BOOST_TEST(heard.at("sent_at") == sent.at("sent_at"));
  BOOST_TEST(heard.contains("cursor"));

  bob.sees({"send", "alice", "Grüß dich \u202e\u001b[31m"});
  const auto answer = await_row(alice_hears, "message", {{"from", "bob"}});
  BOOST_TEST(answer.at("seq") == 2);
  BOOST_TEST(answer.at("text") == "Grüß dich \u202e\u001b[31m");
  // JSON carries the text whole, and still nothing that a terminal would act on.
  bob_hears.signal(SIGINT);
  const auto ended = bob_hears.end();
  BOOST_TEST(ended.exit_code == 0);
  BOOST_TEST(ended.out.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_bob_missed_waits_for_him_and_is_told_once) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  write_all(alice, bob, {"one", "two", "three"});
  const auto chats = bob.sees({"chats"});
  BOOST_REQUIRE(chats.size() == 1);
  BOOST_TEST(chats[0].at("chat") == "alice");
  BOOST_TEST(chats[0].at("last_seq") == 3);
  BOOST_TEST(chats[0].at("unread") == 3);

  auto bob_hears = bob.listens();
  for (const std::uint64_t seq : {1, 2, 3}) {
    BOOST_TEST(await_row(bob_hears, "message").at("seq") == seq);
  }
  bob_hears.signal(SIGINT);
  BOOST_TEST(bob_hears.end().exit_code == 0);

  // The cursor is kept: the next time begins behind what was printed.
  alice.sees({"send", "bob", "four"});
  auto again = bob.listens();
  BOOST_TEST(await_row(again, "message").at("text") == "four");
  again.signal(SIGTERM);
  const auto ended = again.end();
  BOOST_TEST(ended.exit_code == 0);
  BOOST_TEST(rows_of_type(ended.out, "message").size() == 1);

  // Who asks for the past gets it again.
  const auto cursor = rows_of_type(ended.out, "message")[0].at("cursor").get<std::string>();
  auto from_two = bob.listens({"--after", "p1", "--count", "3"});
  const auto past = from_two.end();
  BOOST_TEST(past.exit_code == 0);
  BOOST_TEST((seqs_of(rows_of_type(past.out, "message")) == numbers{2, 3, 4}));
  BOOST_TEST(rows_of_type(past.out, "message")[2].at("cursor") == cursor);
}

BOOST_AUTO_TEST_CASE(history_comes_in_pages_of_any_kind) {
  server home("[limits]\npage_rows_max = 7\n");
  const person alice(home, "alice");
  const person bob(home, "bob");
  words texts;
  for (int number = 1; number <= 60; ++number) texts.push_back("line " + std::to_string(number));
  write_all(alice, bob, texts);
  const auto seqs = [&](const words& more) {
    words command = {"history", "alice", "--keep-unread"};
    command.insert(command.end(), more.begin(), more.end());
    return seqs_of(bob.sees(command));
  };
  const auto from_to = [](std::uint64_t first, std::uint64_t last) {
    numbers all;
    for (auto each = first; each <= last; ++each) all.push_back(each);
    return all;
  };
  BOOST_TEST(seqs({}) == from_to(11, 60));  // the newest fifty, oldest first
  BOOST_TEST(seqs({"--limit", "60"}) == from_to(1, 60));
  BOOST_TEST(seqs({"--limit", "3"}) == from_to(58, 60));
  BOOST_TEST(seqs({"--before", "10", "--limit", "4"}) == from_to(6, 9));
  BOOST_TEST(seqs({"--after", "30", "--limit", "20"}) == from_to(31, 50));
  BOOST_TEST(seqs({"--after", "3", "--before", "6"}) == from_to(4, 5));
  BOOST_TEST(seqs({"--after", "60"}) == numbers{});
  BOOST_TEST(seqs({"--before", "1"}) == numbers{});
}

BOOST_AUTO_TEST_CASE(alice_sees_what_bob_got_and_what_he_read) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  auto alice_hears = alice.listens();
  write_all(alice, bob, {"one", "two"});

  auto bob_hears = bob.listens();
  await_row(alice_hears, "receipt", {{"by", "bob"}, {"delivered_seq", 2}, {"read_seq", 0}});
  BOOST_TEST(bob.sees({"chats"})[0].at("unread") == 2);

  bob.sees({"history", "alice"});
  const auto read = await_row(alice_hears, "receipt", {{"read_seq", 2}});
  BOOST_TEST(read.at("chat") == "bob");
  BOOST_TEST(read.at("delivered_seq") == 2);
  BOOST_TEST(bob.sees({"chats"})[0].at("unread") == 0);
  BOOST_TEST(alice.sees({"chats"})[0].at("unread") == 0);  // one's own are never unread
}

BOOST_AUTO_TEST_CASE(presence_shows_between_those_who_have_each_other) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  const person eve(home, "eve");
  befriend(alice, bob);
  BOOST_TEST(eve.sees({"contacts", "add", "bob"})[0].at("online") == false);
  auto alice_hears = alice.listens();
  auto eve_hears = eve.listens();

  auto bob_hears = bob.listens();
  await_row(alice_hears, "presence", {{"user", "bob"}, {"online", true}});
  const auto listed = alice.sees({"contacts"});
  BOOST_REQUIRE(listed.size() == 1);
  BOOST_TEST(listed[0].at("user") == "bob");
  BOOST_TEST(listed[0].at("online") == true);
  BOOST_TEST(eve.sees({"contacts", "list"})[0].at("online") == false);  // one-sided: hidden

  bob_hears.signal(SIGINT);
  BOOST_TEST(bob_hears.end().exit_code == 0);
  const auto gone = await_row(alice_hears, "presence", {{"user", "bob"}, {"online", false}});
  BOOST_TEST(gone.contains("last_seen"));

  // A message after it all: had Eve been told of Bob, it would stand before this.
  alice.sees({"send", "eve", "anything?"});
  await_row(eve_hears, "message");
  eve_hears.signal(SIGINT);
  BOOST_TEST(rows_of_type(eve_hears.end().out, "presence").size() == 0);

  alice.sees({"contacts", "remove", "bob"});
  BOOST_TEST(alice.sees({"contacts"}).empty());
}

BOOST_AUTO_TEST_CASE(names_are_found_by_a_part_in_any_script_and_case) {
  server home("[limits]\npage_rows_max = 2\n");
  const person alice(home, "alice");
  const person zoe(home, "Zoë");
  const person anger(home, "Ärger");
  const person wang(home, "王小明");
  const auto found = [&](const std::string& part, const words& more = {}) {
    words command = {"contacts", "search", part};
    command.insert(command.end(), more.begin(), more.end());
    words names;
    for (const auto& row : alice.sees(command)) names.push_back(row.at("user"));
    return names;
  };
  BOOST_TEST(found("oË") == words{"Zoë"});
  BOOST_TEST(found("ZOE\u0308") == words{"Zoë"});  // decomposed
  BOOST_TEST(found("ärg") == words{"Ärger"});
  BOOST_TEST(found("小") == words{"王小明"});
  BOOST_TEST(found("LIC") == words{"alice"});
  BOOST_TEST(found("nobody") == words{});
  BOOST_TEST(found("e").size() == 2);  // alice, Ärger; ë is another letter
  const person more(home, "Peter");
  BOOST_TEST(found("e").size() == 3);  // more than a page
  BOOST_TEST(found("e", {"--limit", "1"}).size() == 1);

  auto wang_hears = wang.listens();
  zoe.sees({"send", "王小明", "你好"});
  const auto heard = await_row(wang_hears, "message");
  BOOST_TEST(heard.at("from") == "Zoë");
  BOOST_TEST(heard.at("text") == "你好");
}

BOOST_AUTO_TEST_CASE(a_second_device_and_a_second_profile_see_the_same_chat) {
  server home;
  const person alice(home, "alice");
  const person bob(home, "bob");
  const person tablet(home, "bob", false);
  BOOST_TEST(tablet.types({"whoami"}).exit_code == 3);
  const auto in = tablet.sees({"login", "--user", "BOB", "--password-stdin"},
                              std::string(usual_password) + "\n");
  BOOST_TEST(in.at(0).at("user") == "bob");
  BOOST_TEST(in.at(0).at("device") != bob.sees({"whoami"}).at(0).at("device"));

  auto phone_hears = bob.listens();
  auto tablet_hears = tablet.listens();
  alice.sees({"send", "bob", "both of you"});
  await_row(phone_hears, "message", {{"text", "both of you"}});
  await_row(tablet_hears, "message", {{"text", "both of you"}});
  // What Bob writes on one of them stands on the other too.
  tablet.sees({"send", "alice", "from the tablet"});
  await_row(phone_hears, "message", {{"from", "bob"}, {"text", "from the tablet"}});

  // Alice's machine holds a second identity, apart from the first.
  BOOST_TEST(alice.types({"--profile", "work", "whoami"}).exit_code == 3);
  alice.sees({"--profile", "work", "login", "--user", "bob", "--password-stdin"},
             std::string(usual_password) + "\n");
  BOOST_TEST(alice.sees({"--profile", "work", "whoami"})[0].at("user") == "bob");
  BOOST_TEST(alice.sees({"whoami"})[0].at("user") == "alice");

  // One log-out ends one device; all ends the rest, those that listen too.
  BOOST_TEST(alice.types({"--profile", "work", "logout"}).exit_code == 0);
  BOOST_TEST(bob.types({"whoami"}).exit_code == 0);
  BOOST_TEST(bob.types({"logout", "--all-devices"}).exit_code == 0);
  BOOST_TEST(tablet_hears.end().exit_code == 3);
  BOOST_TEST(tablet.types({"chats"}).exit_code == 3);
  BOOST_TEST(bob.types({"chats"}).exit_code == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
