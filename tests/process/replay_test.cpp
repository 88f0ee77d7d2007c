#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/process/house.hpp"
#include "tests/process/raw_client.hpp"

/// What comes twice: frames, which is an attack, and message ids, which is a client that did not
/// hear the answer.
namespace uod::process {
namespace {

const char* const alarm = " warning THIS IS A REPLAY ATTACK session=";

chat_id chat_with(raw_client& client, const std::string& name) {
  return client.ask_for<chat_opened>(open_chat{name}).chat.id;
}

send_message text_to(const chat_id& chat, const std::string& text) {
  return {new_message_id(), chat, content_type::text, text};
}

std::size_t stored_messages(raw_client& client, const chat_id& chat) {
  return client.ask_for<history>(fetch_history{.chat = chat}).messages.size();
}

/// `uod-replay` with these words behind it.
ended shown_by_the_tool(const words& given) {
  const fresh_directory home;
  launch what;
  what.command = {UOD_BIN_DIR "/uod-replay"};
  what.command.insert(what.command.end(), given.begin(), given.end());
  what.environment = quiet_environment(home);
  return run(std::move(what));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay)

BOOST_AUTO_TEST_CASE(the_same_frame_twice_inside_a_link) {
  server home;
  const person bob(home, "bob");
  raw_client alice(home.port());
  alice.registers("alice");
  const auto chat = chat_with(alice, "bob");

  const bytes frame = alice.segments_of({1000, text_to(chat, "once")});
  const std::string id = alice.last_frame();
  BOOST_TEST(alice.write(frame));
  BOOST_TEST(std::get<message_sent>(alice.answer_to(1000)).seq == 1);
  BOOST_TEST(alice.write(frame));
  BOOST_TEST(alice.write(frame));

  // The connection goes on, and no answer came for the repetitions.
  BOOST_TEST(alice.ask_for<message_sent>(text_to(chat, "two")).seq == 2);
  BOOST_TEST(stored_messages(alice, chat) == 2);
  BOOST_TEST(bob.sees({"history", "alice"}).size() == 2);
  const auto ended = home.stop();
  BOOST_TEST(lines_with(ended.err, alarm) == 2, ended.err);
  BOOST_TEST(lines_with(ended.err, " frame=" + id + " address=127.0.0.1:") == 2, ended.err);
  BOOST_TEST(total_of(ended.err, "replays") == 2);
  BOOST_TEST(total_of(ended.err, "repeated") == 0);
}

BOOST_AUTO_TEST_CASE(a_frame_of_one_link_on_another_and_after_a_restart) {
  server home;
  const person bob(home, "bob");
  raw_client first(home.port());
  const auto alice = first.registers("alice");
  const auto chat = chat_with(first, "bob");
  const bytes frame = first.segments_of({1000, text_to(chat, "once")});
  const std::string id = first.last_frame();
  BOOST_TEST(first.write(frame));
  first.answer_to(1000);

  const auto replays_on_a_new_link = [&] {
    raw_client other(home.port());
    other.resumes(alice);
    BOOST_TEST(other.write(frame));
    BOOST_TEST(stored_messages(other, chat) == 1);
  };
  replays_on_a_new_link();
  BOOST_TEST(total_of(home.stop().err, "replays") == 1);
  home.start();
  replays_on_a_new_link();
  BOOST_TEST(total_of(home.stop().err, "replays") == 1);
  BOOST_TEST(lines_with(home.log(), alarm) == 2);
  BOOST_TEST(lines_with(home.log(), " frame=" + id + " ") == 2);
}

BOOST_AUTO_TEST_CASE(the_same_ciphertext_twice) {
  server home;
  const person bob(home, "bob");
  raw_client alice(home.port());
  alice.registers("alice");
  const auto chat = chat_with(alice, "bob");
  const bytes record = alice.encrypted(alice.segments_of({1000, text_to(chat, "once")}));
  BOOST_TEST(alice.socket().write(record));
  alice.answer_to(1000);

  // TLS numbers its records: a repeated one does not even decrypt.
  alice.socket().write(record);
  home.process().await_message("reason=link_failed");
  BOOST_TEST(bob.sees({"history", "alice"}).size() == 1);
}

BOOST_AUTO_TEST_CASE(the_same_message_again_after_a_lost_answer) {
  server home;
  const person bob(home, "bob");
  auto first = std::make_unique<raw_client>(home.port());
  const auto alice = first->registers("alice");
  const auto chat = chat_with(*first, "bob");
  const auto wanted = text_to(chat, "did you get this?");
  const auto acknowledged = first->ask_for<message_sent>(wanted);
  first.reset();

  const auto asks_again = [&] {
    raw_client again(home.port());
    again.resumes(alice);
    const auto answer = again.ask_for<message_sent>(wanted);
    BOOST_TEST((answer == acknowledged));
    BOOST_TEST(stored_messages(again, chat) == 1);
  };
  asks_again();
  home.kill();
  home.start();
  asks_again();

  // The id with another sender is refused.
  raw_client eve(home.port());
  eve.registers("eve");
  auto stolen = wanted;
  stolen.chat = chat_with(eve, "bob");
  BOOST_TEST((eve.refusal_of(stolen).code == errc::id_conflict));

  const auto ended = home.stop();
  BOOST_TEST(total_of(ended.err, "repeated") == 1);
  BOOST_TEST(total_of(ended.err, "replays") == 0);
  BOOST_TEST(lines_with(home.log(), alarm) == 0);
}

BOOST_AUTO_TEST_CASE(the_tool_sees_every_replay_ignored_counted_and_logged) {
  const auto ended = shown_by_the_tool({"--server-binary", UOD_BIN_DIR "/uod-server", "--json"});
  BOOST_TEST(ended.exit_code == 0, ended.out << ended.err);
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& row : rows_of_type(ended.out, "replay")) {
    BOOST_TEST(row.at("ok") == true, row);
    BOOST_TEST(row.at("unchanged") == true, row);
    BOOST_TEST(row.at("unanswered") == true, row);
    BOOST_TEST(row.at("counted") == true, row);
    BOOST_TEST(row.at("logged") == true, row);
    BOOST_TEST(!row.at("session").get<std::string>().empty(), row);
    seen.emplace(row.at("what"), row.at("how"));
  }
  for (const char* how :
       {"same_link", "second_link", "reconnect", "restart", "same_socket", "whole_connection"}) {
    for (const char* what : {"message", "contact", "mark"}) {
      BOOST_TEST(seen.contains({what, how}), what << " " << how << " is missing:\n" << ended.out);
    }
  }
  BOOST_TEST(seen.size() == 18);
}

BOOST_AUTO_TEST_CASE(the_tool_tries_a_server_that_runs_already) {
  server home;
  const auto ended = shown_by_the_tool({"--server", home.address(), "--json"});
  BOOST_TEST(ended.exit_code == 3, ended.out << ended.err);  // whose log it cannot read
  const auto rows = rows_of_type(ended.out, "replay");
  BOOST_TEST(rows.size() == 15);
  for (const auto& row : rows) {
    BOOST_TEST(row.at("ok") == true, row);
    BOOST_TEST(row.at("logged").is_null(), row);
  }
  BOOST_TEST(total_of(home.stop().err, "replays") == 9);
  BOOST_TEST(shown_by_the_tool({"--server", "192.0.2.1:7400"}).exit_code == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace uod::process
